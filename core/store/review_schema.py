"""Tables of reviews and decisions; the rest of the state store's is in :mod:`core.store.state_schema`."""

import sqlalchemy as sa

from core.store.state_schema import UtcTime, metadata

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("head_seq", sa.Integer, nullable=False),
    sa.Column("head_hash", sa.Text, nullable=False),
    # Frozen: what was known when it opened, as JSON of the view's items.
    sa.Column("agenda", sa.Text, nullable=False),
    sa.Column("attendees", sa.Text, nullable=False),
    sa.Column("closed_at", UtcTime),
    sa.Column("closed_by", sa.Text),
    sa.Column("minutes", sa.Text),
)
decisions = sa.Table(
    "review_decisions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, unique=True),
    sa.Column("review", sa.Text, nullable=False, index=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("choice", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("due_at", UtcTime),
    sa.Column("until", UtcTime),
    sa.Column("version", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False, index=True),
    sa.Column("receipt", sa.Text),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("ledger_seq", sa.Integer),
)
