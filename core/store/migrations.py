"""The analytics store's schema: numbered files in ``sql/migrations``, applied once each, in order.

A file ``….each.sql`` is run for each table of rows or labels that there is, its name in place of ``{table}``:
these tables are made model by model (:mod:`core.logs.layout`).
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import duckdb

from core.errors import Conflict

_FILE = re.compile(r"(\d{3})_(\w+?)(\.each)?\.sql")
_EACH = (
    "SELECT table_name FROM duckdb_tables() WHERE regexp_full_match(table_name, '(rows|labels)_[0-9a-f]{12}')"
)
_log = logging.getLogger("trimtab.store.migrations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema: its number, its name and its statements, once or for each table of rows."""

    number: int
    name: str
    text: str
    is_for_each: bool = False


def packaged() -> tuple[Migration, ...]:
    """Return all steps that this Trimtab knows, in order."""
    folder = resources.files("core.store") / "sql" / "migrations"
    found = ((_FILE.fullmatch(entry.name), entry) for entry in folder.iterdir())
    steps = (
        Migration(
            number=int(match[1]),
            name=match[2],
            text=entry.read_text(encoding="utf-8"),
            is_for_each=match[3] is not None,
        )
        for match, entry in found
        if match
    )
    return tuple(sorted(steps, key=lambda step: step.number))


def is_initialised(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether the database has ever been migrated."""
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'schema_version' AND NOT temporary"
    ).fetchone()
    return found is not None and found[0] > 0


def pending(connection: duckdb.DuckDBPyConnection) -> tuple[Migration, ...]:
    """Return the steps that the database lacks.

    Raises
    ------
    Conflict
        The database has steps that this Trimtab does not know: a newer one wrote it.
    """
    known = packaged()
    if not is_initialised(connection):
        return known
    applied = {number for (number,) in connection.execute("SELECT number FROM schema_version").fetchall()}
    newer = applied - {step.number for step in known}
    if newer:
        raise Conflict(
            f"The analytics store has schema {max(newer)}, this Trimtab knows up to "
            f"{max(step.number for step in known)}",
            hint="Use the Trimtab that wrote it, or a newer one.",
        )
    return tuple(step for step in known if step.number not in applied)


def apply(connection: duckdb.DuckDBPyConnection, steps: Sequence[Migration]) -> None:
    """Apply the steps in order: an empty database gets all or none, another one each by itself."""
    batches = [[step] for step in steps] if is_initialised(connection) else [list(steps)]
    for batch in batches:
        connection.execute("BEGIN")
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version"
                " (number INTEGER, name VARCHAR, applied_at TIMESTAMP)"
            )
            for step in batch:
                _run(connection, step)
            connection.execute(
                "INSERT INTO schema_version"
                " SELECT unnest(?::INTEGER[]), unnest(?::VARCHAR[]), now()::TIMESTAMP",
                [[step.number for step in batch], [step.name for step in batch]],
            )
            connection.execute("COMMIT")
        except duckdb.Error:
            connection.execute("ROLLBACK")
            raise
        for step in batch:
            _log.info("store.migrated number=%d name=%s", step.number, step.name)


def _run(connection: duckdb.DuckDBPyConnection, step: Migration) -> None:
    if not step.is_for_each:
        connection.execute(step.text)
        return
    for (table,) in connection.execute(_EACH).fetchall():
        connection.execute(step.text.replace("{table}", table))
