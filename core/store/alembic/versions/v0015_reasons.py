"""Explanations that were kept with their decisions.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the table of kept explanations."""
    op.create_table(
        "reasons",
        sa.Column("model_key", sa.Text, primary_key=True),
        sa.Column("row", sa.Text, primary_key=True),
        sa.Column("kept_at", sa.DateTime, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
