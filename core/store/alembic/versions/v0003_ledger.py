"""The ledger: entries, their private parts and signed checkpoints, guarded by triggers.

Revision ID: 0003
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Beside this folder: a file of guards for each database that has them.
_GUARDED = ("sqlite", "postgresql")


def upgrade() -> None:
    """Create the three tables and what guards them."""
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("model", sa.Text, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("prev", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_payloads",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ledger", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
    )
    connection = op.get_bind()
    if connection.dialect.name in _GUARDED:
        guards = Path(__file__).parents[1] / f"ledger_{connection.dialect.name}.sql"
        for statement in guards.read_text(encoding="utf-8").split("\n\n"):
            if not statement.startswith("--"):
                connection.exec_driver_sql(statement)
