"""What jobs made, and what waivers were given for, as they were.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Keep the digest of a job's result, and what a waiver covers; one given before covers nothing."""
    op.add_column("jobs", sa.Column("digest", sa.Text))
    op.add_column("waivers", sa.Column("covers", sa.Text, nullable=False, server_default="[]"))
