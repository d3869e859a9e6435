"""Models that are retired: still on record, judged no more.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Let a monitor say since when it is closed."""
    op.add_column("monitors", sa.Column("retired_at", sa.DateTime))
