"""Tables of the state store, and how its schema is brought up to date."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.types import TypeDecorator

from core.errors import Conflict
from core.store.sqlite_files import copy_database

# The newest revision in core/store/alembic/versions. Stated here so that opening an up-to-date store
# need not load Alembic; a test keeps the two equal.
HEAD = "0020"
_FOLDER = Path(__file__).parent / "alembic"
_log = logging.getLogger("trimtab.store.state")


class UtcTime(TypeDecorator[datetime]):
    """A UTC time: aware in Python, without a zone in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Drop the zone, which is UTC; refuse a time that has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Add the zone again."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = sa.MetaData()

monitors = sa.Table(
    "monitors",
    metadata,
    sa.Column("model_key", sa.String(12), primary_key=True),
    sa.Column("registry", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("layout", sa.Text, nullable=False),
    sa.Column("watched_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("retired_at", UtcTime),
    sa.UniqueConstraint("registry", "model"),
)
batches = sa.Table(
    "batches",
    metadata,
    sa.Column("model_key", sa.String(12), primary_key=True),
    sa.Column("batch_key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
)
incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("first_window", sa.Text, nullable=False),
    sa.Column("last_window", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("features", sa.Text, nullable=False),
    sa.Column("verdicts", sa.Text, nullable=False),
    sa.Column("acknowledged_by", sa.Text),
    sa.Column("acknowledged_at", UtcTime),
    sa.Column("snoozed_until", UtcTime),
    sa.Column("resolved_at", UtcTime),
    sa.Column("resolved_by", sa.Text),
    sa.Column("resolution", sa.Text),
    sa.Column("faults", sa.Text, nullable=False, server_default="[]"),
    sa.Column("part_of", sa.Text, index=True),
)
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    # Null once a job failed or was cancelled: the same may then be asked for again.
    sa.Column("idempotency_key", sa.Text, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Column("expected_s", sa.Float),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("result", sa.Text),
    # Of the result as it was made; null before that was kept.
    sa.Column("digest", sa.Text),
)
# Times here are texts: what was hashed is kept as it was hashed. Triggers refuse all but the next row.
ledger = sa.Table(
    "ledger",
    metadata,
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
ledger_payloads = sa.Table(
    "ledger_payloads",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)
ledger_checkpoints = sa.Table(
    "ledger_checkpoints",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ledger", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
)
# What an alias was last seen to show, and the lock on it; changed by transitions only.
pointers = sa.Table(
    "pointers",
    metadata,
    sa.Column("registry", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("alias", sa.Text, primary_key=True),
    sa.Column("version", sa.Text),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("action_id", sa.Text),
)
actions = sa.Table(
    "actions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("registry", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("alias", sa.Text, nullable=False),
    sa.Column("from_version", sa.Text),
    sa.Column("to_version", sa.Text),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("gates", sa.Text, nullable=False),
    sa.Column("approvals", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("from_arrival", sa.Integer),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("ledger_seq", sa.Integer),
    sa.Column("binding", sa.Text),
    sa.Column("begun_at", UtcTime),
)
# One decision a person and action: whoever presses twice decides once.
approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("action_id", sa.Text, nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("binding", sa.Text, nullable=False),
    sa.UniqueConstraint("action_id", "actor"),
)
# Names are never given twice: what a token did stands in the ledger under its name.
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("until", UtcTime),
    sa.Column("used_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
    sa.Column("revoked_by", sa.Text),
)
retrains = sa.Table(
    "retrains",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("registry", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("from_version", sa.Text),
    sa.Column("to_version", sa.Text),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("gates", sa.Text, nullable=False),
    sa.Column("approvals", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("ledger_seq", sa.Integer),
)
# The outbox: one row a message, known by what it tells.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("incident", sa.Text, nullable=False, index=True),
    sa.Column("episode", sa.Integer, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("next_at", UtcTime, nullable=False),
    sa.Column("n_attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", UtcTime),
    sa.Column("error", sa.Text),
)
alert_states = sa.Table(
    "alert_states",
    metadata,
    sa.Column("incident", sa.Text, primary_key=True),
    sa.Column("episode", sa.Integer, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
)
maintenance = sa.Table(
    "maintenance",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("model", sa.Text),
    sa.Column("starts_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
)
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("signed_in_at", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("ended_by", sa.Text),
    sa.Column("why", sa.Text),
)
# Explanations kept with their decisions; a row by its digest.
reasons = sa.Table(
    "reasons",
    metadata,
    sa.Column("model_key", sa.Text, primary_key=True),
    sa.Column("row", sa.Text, primary_key=True),
    sa.Column("kept_at", UtcTime, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
# The files of a version when it was first seen: what is promoted must still be that.
manifests = sa.Table(
    "manifests",
    metadata,
    sa.Column("registry", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("n_bytes", sa.BigInteger, nullable=False),
    sa.Column("files", sa.Text, nullable=False),
)
waivers = sa.Table(
    "waivers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("registry", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("stood_for", sa.Text, nullable=False),
    sa.Column("covers", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("until", UtcTime, nullable=False),
)
meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


def upgrade(engine: Engine, writing: Callable[[], Connection]) -> None:
    """Bring the schema to :data:`HEAD`, after a backup copy where there is something to lose.

    Raises
    ------
    Conflict
        A newer Trimtab wrote the database.
    """
    with engine.connect() as connection:
        current = _current(connection)
    if current == HEAD:
        return
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(_FOLDER))
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise Conflict(
            f"The state store has schema {current}, this Trimtab knows up to {HEAD}",
            hint="Use the Trimtab that wrote it, or a newer one.",
        )
    if current is not None:
        _back_up(engine, current)
    with writing() as connection, connection.begin():
        context = MigrationContext.configure(connection)
        # Another process may have migrated while this one waited for the lock: look again.
        missing = script.iterate_revisions(HEAD, context.get_current_revision() or "base")
        for revision in reversed(list(missing)):
            with Operations.context(context):
                revision.module.upgrade()
            context.stamp(script, revision.revision)
            _log.info("state.migrated revision=%s", revision.revision)


def _current(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def known_revisions() -> frozenset[str]:
    """Return all revisions that this Trimtab knows."""
    from alembic.script import ScriptDirectory

    return frozenset(one.revision for one in ScriptDirectory(str(_FOLDER)).walk_revisions())


def _back_up(engine: Engine, current: str) -> None:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or name is None or name == ":memory:":
        return
    copy = Path(f"{name}.before-{current}")
    # Whole or not there: a copy that was cut off has another name.
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    copy_database(Path(name), part)
    part.replace(copy)
    _log.info("state.copied before=%s", copy.name)
