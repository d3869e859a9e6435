"""OpenLineage events: as they came, and what they say together.

Revision ID: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the tables of events."""
    op.create_table(
        "lineage_events",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("event_time", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "lineage_refused",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "lineage_said",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("thing", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True, index=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "lineage_links",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("data", sa.Text, primary_key=True),
        sa.Column("way", sa.Text, primary_key=True),
    )
