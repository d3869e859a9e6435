"""Environments of versions, as their files ask for them.

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the table of environments."""
    op.create_table(
        "environments",
        sa.Column("registry", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("read_at", sa.DateTime, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
