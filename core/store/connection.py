"""The analytics store: one DuckDB file, owned by one process, read by many threads, written by one."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import duckdb

from core.errors import Conflict, IntegrityError, Unavailable
from core.store import migrations

Cursor: TypeAlias = duckdb.DuckDBPyConnection

# Nothing is fetched from the network behind our back.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
}
_HOLDER = re.compile(r"PID (\d+)")


@cache
def statement(name: str) -> str:
    """Return the text of ``core/store/sql/<name>.sql``.

    Raises
    ------
    FileNotFoundError
        No such statement is packaged: a mistake in the program, not in its input.
    """
    return (resources.files("core.store") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


class AnalyticsStore:
    """DuckDB behind one door: a cursor per use, one writer at a time.

    A connection that threads share gives wrong answers without a word, so every use gets a cursor of
    its own. DuckDB refuses concurrent changes to the same table; one lock makes writers wait instead.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
        self.path = path
        self._connection = connection
        self._writer = threading.Lock()
        self._writing_thread: int | None = None

    @classmethod
    def open(cls, path: Path | None) -> "AnalyticsStore":
        """Open, or create, the store and bring its schema up to date.

        Parameters
        ----------
        path
            The database file; None for a store in memory, gone when closed.

        Raises
        ------
        Unavailable
            Another process holds the file (the sentence names it), or it cannot be opened.
        IntegrityError
            The file is not a DuckDB database.
        Conflict
            The store was written by a newer Trimtab.
        """
        connection = _connect(path)
        try:
            pending = migrations.pending(connection)
            if pending and path is not None and migrations.is_initialised(connection):
                connection.execute("CHECKPOINT")
                connection.close()
                shutil.copy2(path, path.with_name(f"{path.name}.before-{pending[0].number:03d}"))
                connection = _connect(path)
            migrations.apply(connection, pending)
        except Conflict:
            connection.close()
            raise
        return cls(connection, path)

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Give a cursor that sees one unchanging state of the store for as long as it is held."""
        with self._cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            finally:
                _roll_back(cursor)

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """Give the one writing cursor: committed, hence on disk, when the block ends; else undone.

        Raises
        ------
        RuntimeError
            The calling thread is already writing: waiting for itself would never end.
        Unavailable
            The disk is full or the file has become unreachable; nothing of the block was kept.
        """
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("this thread already writes to the analytics store")
        with self._writer, self._cursor() as cursor:
            self._writing_thread = threading.get_ident()
            try:
                cursor.execute("BEGIN")
                try:
                    yield cursor
                    cursor.execute("COMMIT")
                except BaseException:
                    _roll_back(cursor)
                    raise
            except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException) as error:
                raise Unavailable(
                    "The analytics store",
                    str(error).splitlines()[0],
                    hint="Nothing of this request was kept. Check free disk space and memory, then retry.",
                ) from error
            finally:
                self._writing_thread = None

    def close(self) -> None:
        """Wait for the writer, fold the write-ahead log into the file and release it."""
        with self._writer:
            self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        try:
            cursor = self._connection.cursor()
        except duckdb.ConnectionException as error:
            raise Unavailable("The analytics store", "it was closed") from error
        try:
            yield cursor
        finally:
            cursor.close()


def _roll_back(cursor: Cursor) -> None:
    # A statement that broke the transaction may have ended it already: then there is nothing to undo.
    try:
        cursor.execute("ROLLBACK")
    except (duckdb.TransactionException, duckdb.FatalException, duckdb.ConnectionException):
        return


def _connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(":memory:" if path is None else str(path), config=_SETTINGS)
    except duckdb.IOException as error:
        raise _cannot_open(path, str(error)) from error
    except duckdb.Error as error:
        raise Unavailable(f"The analytics store {path}", str(error).splitlines()[0]) from error
    # Times are UTC whatever the machine says; global, so that every cursor inherits it.
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _cannot_open(path: Path | None, message: str) -> IntegrityError | Unavailable:
    if "lock" in message.lower():
        holder = _HOLDER.search(message)
        who = f"process {holder.group(1)} holds it" if holder else "another process holds it"
        return Unavailable(
            f"The analytics store {path}",
            who,
            hint="One process owns a workspace at a time: stop that process, or let it answer.",
        )
    if "not a valid DuckDB" in message:
        return IntegrityError(
            f"{path} is not a DuckDB database",
            hint="Restore the file from a backup, or move it away to start with an empty store.",
        )
    return Unavailable(f"The analytics store {path}", message.splitlines()[0])
