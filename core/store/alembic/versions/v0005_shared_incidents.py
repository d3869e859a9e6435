"""Incidents that share a cause with another model's.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let an incident say what is wrong with which column, and what it is part of."""
    op.add_column("incidents", sa.Column("faults", sa.Text, nullable=False, server_default="[]"))
    op.add_column("incidents", sa.Column("part_of", sa.Text))
    op.create_index("ix_incidents_part_of", "incidents", ["part_of"])
