"""Tables of evidence that people give; the rest of the state store's is in :mod:`core.store.state_schema`."""

import sqlalchemy as sa

from core.store.state_schema import UtcTime, metadata

forms = sa.Table(
    "evidence_forms",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("pack", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("valid_until", UtcTime),
    sa.Column("filled_at", UtcTime, nullable=False),
    sa.Column("filled_by", sa.Text, nullable=False),
    sa.Column("item_digest", sa.Text, nullable=False),
    sa.Column("accepted_at", UtcTime),
    sa.Column("accepted_by", sa.Text),
    sa.Column("rests", sa.Text, nullable=False),
)
inventory = sa.Table(
    "inventory",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("risk", sa.Text, nullable=False),
    sa.Column("use_case", sa.Text),
    sa.Column("vendor", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
)
packs = sa.Table(
    "evidence_packs",
    metadata,
    sa.Column("pack", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("items", sa.Text, nullable=False),
    sa.Column("changed", sa.Text, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
)
