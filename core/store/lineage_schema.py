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
