"""Approvals: who agreed to which change, and what an approval stands on.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of approvals, and keep with actions what they stand on and when they began."""
    op.add_column("actions", sa.Column("binding", sa.Text))
    op.add_column("actions", sa.Column("begun_at", sa.DateTime))
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("action_id", sa.Text, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("binding", sa.Text, nullable=False),
        sa.UniqueConstraint("action_id", "actor"),
    )
