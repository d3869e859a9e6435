"""Evidence that people give, rule packs as last seen, models that no registry holds.

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "evidence_forms",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("pack", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("valid_until", sa.DateTime),
        sa.Column("filled_at", sa.DateTime, nullable=False),
        sa.Column("filled_by", sa.Text, nullable=False),
        sa.Column("item_digest", sa.Text, nullable=False),
        sa.Column("accepted_at", sa.DateTime),
        sa.Column("accepted_by", sa.Text),
        sa.Column("rests", sa.Text, nullable=False),
    )
    op.create_table(
        "inventory",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("risk", sa.Text, nullable=False),
        sa.Column("use_case", sa.Text),
        sa.Column("vendor", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
    )
    op.create_table(
        "evidence_packs",
        sa.Column("pack", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
    )
