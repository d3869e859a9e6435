"""Tables of validations and findings; the rest of the state store's is in :mod:`core.store.state_schema`."""

import sqlalchemy as sa

from core.store.state_schema import UtcTime, metadata

validations = sa.Table(
    "validations",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("registry", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("loads", sa.Boolean, nullable=False),
    sa.Column("version_digest", sa.Text, nullable=False),
    sa.Column("findings_digest", sa.Text, nullable=False),
    sa.Column("policy_digest", sa.Text, nullable=False),
    sa.Column("rows_digest", sa.Text, nullable=False),
)
findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("registry", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("check", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime),
    sa.Column("closed_by", sa.Text),
    sa.Column("closed_why", sa.Text),
)
