"""Tables of lineage; the rest of the state store's is in :mod:`core.store.state_schema`."""

import sqlalchemy as sa

from core.store.state_schema import UtcTime, metadata

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("registry", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("experiment_id", sa.Text, nullable=False, index=True),
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Column("read_at", UtcTime, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)
lineage_events = sa.Table(
    "lineage_events",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("event_time", sa.Text, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
# What could not be used, with the reason, as it came.
lineage_refused = sa.Table(
    "lineage_refused",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
# The newest of what events say: of one thing, under one name; newest by time of event, then its digest.
lineage_said = sa.Table(
    "lineage_said",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("thing", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True, index=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)
# Which run of which job read or wrote what: it only ever grows.
lineage_links = sa.Table(
    "lineage_links",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("data", sa.Text, primary_key=True),
    sa.Column("way", sa.Text, primary_key=True),
)

environments = sa.Table(
    "environments",
    metadata,
    sa.Column("registry", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("read_at", UtcTime, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)
