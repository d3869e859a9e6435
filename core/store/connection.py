"""The analytics store: one DuckDB file, owned by one process, read by many threads, written by one."""

import logging
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import duckdb

from core.errors import Conflict, IntegrityError, Unavailable
from core.store import migrations

Cursor: TypeAlias = duckdb.DuckDBPyConnection

# Nothing is fetched from the network behind our back.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    # Folding the log into the file writes the last rows of each table anew: done a quarter as often as by
    # default. What is committed is on disk either way; a start after a crash reads it again.
    "checkpoint_threshold": "64MB",
}
_log = logging.getLogger("trimtab.store")
REWRITING = ".rewriting"
"""Ending of a file that is being written to take the store's place."""
BLOCK_ROWS = 122_880
"""Rows that DuckDB keeps and skips together."""
SCATTERED_ROWS = 5_000_000
SCATTERED_TIMES = 8
_READERS_S = 60.0
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
        self._door = threading.Condition()
        self._inside: dict[int, int] = {}
        self._shut = False

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
        if path is not None:
            path.with_name(path.name + REWRITING).unlink(missing_ok=True)
        connection = _connect(path)
        try:
            pending = migrations.pending(connection)
            if pending and path is not None and migrations.is_initialised(connection):
                connection.execute("CHECKPOINT")
                connection.close()
                _keep_copy(path, path.with_name(f"{path.name}.before-{pending[0].number:03d}"))
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

    def schema(self) -> int:
        """Return the number of the newest migration that the store has."""
        with self.reading() as cursor:
            (found,) = cursor.execute("SELECT max(number) FROM schema_version").fetchone() or (0,)
        return int(found)

    def copy_to(self, target: Path, *, meanwhile: Callable[[], None] | None = None) -> None:
        """Write a copy of the store, as it is at one moment, to a new file.

        Others read and write on while it is copied.

        Parameters
        ----------
        target
            A file that does not exist.
        meanwhile
            Called at that moment: no writer is in the store while it runs, nor between it and the moment.

        Raises
        ------
        Unavailable
            The disk is full.
        """
        with self._cursor() as cursor:
            self._copy(cursor, target, meanwhile)

    def is_scattered(self) -> bool:
        """Say whether it pays to write the file anew, so that each model's lines lie together again.

        That is so once a model's measurements lie in eight times as many blocks as they would fill, and
        there are enough of them for anybody to notice.
        """
        with self.reading() as cursor:
            n, places, models = cursor.execute(statement("scattered"), {"block": BLOCK_ROWS}).fetchone() or (
                0,
                0,
                0,
            )
        return bool(n >= SCATTERED_ROWS and places > SCATTERED_TIMES * (models + n // BLOCK_ROWS))

    def rewrite(self) -> None:
        """Write the file anew: nothing of deleted rows is left in it, and each model's lines lie together.

        Writers wait all the while, readers only at the end, while the new file takes the old one's place.

        Raises
        ------
        Unavailable
            The disk is full, or a reader did not leave for a minute; the store is as it was then.
        """
        if self.path is None:
            return
        fresh = self.path.with_name(self.path.name + REWRITING)
        try:
            with self._writer:
                fresh.unlink(missing_ok=True)
                with self._cursor() as cursor:
                    self._copy(cursor, fresh, None, locked=True)
                _sync(fresh)
                with self._alone():
                    self._connection.close()
                    self._replace(fresh, self.path)
        finally:
            fresh.unlink(missing_ok=True)

    def _replace(self, fresh: Path, path: Path) -> None:
        try:
            # What a log beside the old file holds must never be played into the new one.
            if path.with_name(f"{path.name}.wal").exists():
                raise Unavailable("The analytics store", "its log could not be folded into its file")
            fresh.replace(path)
            _sync(path.parent)
        finally:
            self._connection = _connect(path)

    def _copy(
        self, cursor: Cursor, target: Path, meanwhile: Callable[[], None] | None, *, locked: bool = False
    ) -> None:
        name = f"copy_{uuid4().hex[:8]}"
        try:
            (own,) = cursor.execute("SELECT current_database()").fetchone() or ("",)
            cursor.execute(f"ATTACH '{str(target).replace(chr(39), chr(39) * 2)}' AS {name}")
            try:
                with nullcontext() if locked else self._writer:
                    cursor.execute("BEGIN")
                    # A transaction sees the state at its first statement, not at its beginning.
                    cursor.execute("SELECT count(*) FROM schema_version").fetchone()
                    if meanwhile is not None:
                        meanwhile()
                if locked:
                    _copy_gathered(cursor, own, name)
                else:
                    cursor.execute(f'COPY FROM DATABASE "{own}" TO {name}')
                cursor.execute("COMMIT")
            finally:
                _roll_back(cursor)
                cursor.execute(f"DETACH {name}")
        except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException) as error:
            hint = "Check free disk space and memory, then try again."
            raise Unavailable(
                "A copy of the analytics store", str(error).splitlines()[0], hint=hint
            ) from error

    def close(self) -> None:
        """Wait for the writer, fold the write-ahead log into the file and release it."""
        with self._writer:
            self._connection.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody in, and wait until all are out."""
        with self._door:
            self._shut = True
        try:
            with self._door:
                if not self._door.wait_for(lambda: not self._inside, timeout=_READERS_S):
                    raise Unavailable("The analytics store", "it is being read without a pause")
            yield
        finally:
            with self._door:
                self._shut = False
                self._door.notify_all()

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        thread = threading.get_ident()
        with self._door:
            # Who is inside already may go further in: waiting for himself would never end.
            self._door.wait_for(lambda: not self._shut or thread in self._inside)
            self._inside[thread] = self._inside.get(thread, 0) + 1
        try:
            with closing(self._new_cursor()) as cursor:
                yield cursor
        finally:
            with self._door:
                self._inside[thread] -= 1
                if not self._inside[thread]:
                    del self._inside[thread]
                    self._door.notify_all()

    def _new_cursor(self) -> Cursor:
        try:
            return self._connection.cursor()
        except duckdb.ConnectionException as error:
            raise Unavailable("The analytics store", "it was closed") from error


def _copy_gathered(cursor: Cursor, own: str, target: str) -> None:
    """Copy a database with every model's lines together: blocks that hold only others' are then skipped.

    Without it a model's lines lie where each day's run over the fleet has left them, and every question
    about one model reads all models.
    """
    cursor.execute(f'COPY FROM DATABASE "{own}" TO {target} (SCHEMA)')
    found = cursor.execute(
        "SELECT table_name, bool_or(column_name = 'model_key'), bool_or(column_name = 'window_index')"
        " FROM duckdb_columns() WHERE database_name = ? AND table_name IN"
        " (SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND NOT temporary)"
        " GROUP BY table_name",
        [own, own],
    ).fetchall()
    for table, is_models, is_windowed in found:
        order = " ORDER BY model_key" + (", window_index" if is_windowed else "") if is_models else ""
        cursor.execute(f'INSERT INTO {target}."{table}" FROM "{own}"."{table}"{order}')


def _roll_back(cursor: Cursor) -> None:
    # A statement that broke the transaction may have ended it already: then there is nothing to undo.
    try:
        cursor.execute("ROLLBACK")
    except (duckdb.TransactionException, duckdb.FatalException, duckdb.ConnectionException):
        return


def check_file(path: Path) -> None:
    """Open a store's file without changing it and read every table; raises ``IntegrityError``."""
    try:
        with duckdb.connect(str(path), read_only=True, config=_SETTINGS) as connection:
            tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            for (table,) in tables:
                connection.execute(f'SELECT count(COLUMNS(*)) FROM "{table}"').fetchall()
    except duckdb.Error as error:
        raise IntegrityError(f"{path.name} is not a sound store: {str(error).splitlines()[0]}") from error


def _keep_copy(path: Path, copy: Path) -> None:
    """Copy a file so that the copy is whole or not there."""
    part = copy.with_name(f"{copy.name}.part")
    shutil.copy2(path, part)
    _sync(part)
    part.replace(copy)
    _sync(path.parent)
    _log.info("store.copied before=%s", copy.name)


def _sync(path: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
