import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from core.errors import Conflict, IntegrityError, InvalidInput, Unavailable
from core.store import AnalyticsStore, connection, migrations, statement
from core.store.connection import check_file
from core.store.files import reading_file


def numbers(store: AnalyticsStore) -> list[int]:
    with store.reading() as cursor:
        return [number for (number,) in cursor.execute("SELECT x FROM t ORDER BY x").fetchall()]


@pytest.fixture
def store(tmp_path: Path) -> AnalyticsStore:
    opened = AnalyticsStore.open(tmp_path / "a.duckdb")
    with opened.writing() as cursor:
        cursor.execute("CREATE TABLE t (x INTEGER)")
    return opened


def test_a_block_is_kept_whole_or_not_at_all(store: AnalyticsStore) -> None:
    with store.writing() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")

    def failing() -> None:
        with store.writing() as cursor:
            cursor.execute("INSERT INTO t VALUES (2)")
            raise KeyError("x")

    with pytest.raises(KeyError):
        failing()
    assert numbers(store) == [1]
    store.close()


def test_what_was_written_is_there_after_reopening(tmp_path: Path, store: AnalyticsStore) -> None:
    with store.writing() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")
    store.close()
    again = AnalyticsStore.open(tmp_path / "a.duckdb")
    assert numbers(again) == [1]
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.duckdb"]


def test_a_reader_sees_one_state(store: AnalyticsStore) -> None:
    with store.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM t").fetchone() == (0,)
        with store.writing() as writer:
            writer.execute("INSERT INTO t VALUES (1)")
        assert cursor.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert numbers(store) == [1]
    store.close()


def test_writers_take_turns_and_readers_do_not_wait(store: AnalyticsStore) -> None:
    def add(start: int) -> None:
        for x in range(start, start + 10):
            with store.writing() as cursor:
                cursor.execute("INSERT INTO t SELECT $x WHERE $x NOT IN (SELECT x FROM t)", {"x": x % 25})

    threads = [threading.Thread(target=add, args=(start,)) for start in (0, 10, 20, 30)]
    for thread in threads:
        thread.start()
    with store.reading() as cursor:
        cursor.execute("SELECT count(*) FROM t").fetchall()
    for thread in threads:
        thread.join()
    assert numbers(store) == list(range(25))
    store.close()


def test_writing_inside_writing_is_a_mistake(store: AnalyticsStore) -> None:
    with store.writing(), pytest.raises(RuntimeError, match="already writes"), store.writing():
        pass
    store.close()


def test_times_are_utc_in_every_cursor(store: AnalyticsStore) -> None:
    with store.reading() as cursor:
        query = (
            "SELECT '2026-01-01 02:00:00+02'::TIMESTAMPTZ::TIMESTAMP::VARCHAR, current_setting('TimeZone')"
        )
        assert cursor.execute(query).fetchone() == ("2026-01-01 00:00:00", "UTC")
    store.close()


def test_a_closed_store_says_so(store: AnalyticsStore) -> None:
    store.close()
    with pytest.raises(Unavailable, match="was closed"), store.reading():
        pass


def test_a_store_held_by_another_process_names_it(tmp_path: Path, store: AnalyticsStore) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from core.store import AnalyticsStore; from core.errors import Unavailable\n"
        "try: AnalyticsStore.open(Path(sys.argv[1]))\n"
        "except Unavailable as error: print(error)"
    )
    path = tmp_path / "a.duckdb"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert "process" in done.stdout
    assert "holds it" in done.stdout
    store.close()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    path.write_bytes(b"this is no database " * 1000)
    with pytest.raises(IntegrityError, match="is not a DuckDB database"):
        AnalyticsStore.open(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        AnalyticsStore.open(tmp_path / "no" / "a.duckdb")


def test_a_newer_schema_is_refused(tmp_path: Path, store: AnalyticsStore) -> None:
    with store.writing() as cursor:
        cursor.execute("INSERT INTO schema_version VALUES (999, 'later', now()::TIMESTAMP)")
    store.close()
    with pytest.raises(Conflict, match="schema 999"):
        AnalyticsStore.open(tmp_path / "a.duckdb")


def test_an_older_schema_migrates_after_a_backup(
    tmp_path: Path, store: AnalyticsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    known = migrations.packaged()
    step = migrations.Migration(number=999, name="more", text="CREATE TABLE more (x INTEGER)")
    monkeypatch.setattr(migrations, "packaged", lambda: (*known, step))
    again = AnalyticsStore.open(tmp_path / "a.duckdb")
    with again.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM more").fetchone() == (0,)
        assert cursor.execute("SELECT name FROM schema_version WHERE number = 999").fetchone() == ("more",)
    again.close()
    with duckdb.connect(str(tmp_path / "a.duckdb.before-999")) as backup:
        assert backup.execute("SELECT max(number) < 999 FROM schema_version").fetchone() == (True,)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = migrations.Migration(number=1, name="broken", text="CREATE TABLE a (x INTEGER); SELECT nonsense")
    monkeypatch.setattr(migrations, "packaged", lambda: (step,))
    with pytest.raises(duckdb.Error):
        AnalyticsStore.open(tmp_path / "a.duckdb")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_a_statement_is_read_by_name() -> None:
    assert "quarantine" in statement("quarantine_open")
    with pytest.raises(FileNotFoundError):
        statement("no such statement")


def test_complaints_about_a_file_name_what_its_sender_calls_it(tmp_path: Path) -> None:
    path = tmp_path / "spooled"
    path.write_bytes(b"PAR1 nothing PAR1")
    with (
        pytest.raises(InvalidInput, match=r"sent\.parquet") as caught,
        reading_file("sent.parquet", str(path)),
    ):
        duckdb.sql(f"FROM read_parquet('{path}')").fetchall()
    assert str(tmp_path) not in str(caught.value)


# ---------------------------------------------------------------- copied and rewritten


def test_a_copy_is_of_one_moment_and_waits_for_nobody(tmp_path: Path, store: AnalyticsStore) -> None:
    with store.writing() as cursor:
        cursor.execute("INSERT INTO t FROM range(1000)")
    # A reader inside, and a writer as soon as the moment is over.
    with store.reading() as cursor:
        cursor.execute("FROM t").fetchone()
        store.copy_to(tmp_path / "it's a copy.duckdb", meanwhile=lambda: None)
    with store.writing() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")
    store.close()
    copied = AnalyticsStore.open(tmp_path / "it's a copy.duckdb")
    assert len(numbers(copied)) == 1000
    copied.close()


def test_nobody_writes_while_the_moment_of_a_copy_is_fixed(tmp_path: Path, store: AnalyticsStore) -> None:
    written = threading.Event()

    def write() -> None:
        with store.writing() as cursor:
            cursor.execute("INSERT INTO t VALUES (7)")
        written.set()

    def meanwhile() -> None:
        threading.Thread(target=write).start()
        assert not written.wait(0.2)

    store.copy_to(tmp_path / "copy.duckdb", meanwhile=meanwhile)
    assert written.wait(10)
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as copy:
        assert copy.execute("SELECT count(*) FROM t").fetchone() == (0,)
    store.close()


def test_a_rewritten_file_holds_nothing_of_what_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    store = AnalyticsStore.open(path)
    with store.writing() as cursor:
        cursor.execute("CREATE TABLE people (name VARCHAR)")
        cursor.execute("INSERT INTO people SELECT 'somebody ' || i FROM range(10) t(i)")
        cursor.execute("INSERT INTO people VALUES ('Zacharias Unverkennbar')")
    with store.writing() as cursor:
        cursor.execute("DELETE FROM people WHERE name LIKE 'Zach%'")
    store.rewrite()
    assert [one.name for one in tmp_path.iterdir()] == ["a.duckdb"]
    assert b"Unverkennbar" not in path.read_bytes()
    with store.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM people").fetchone() == (10,)
        assert cursor.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
    with store.writing() as cursor:
        cursor.execute("INSERT INTO people VALUES ('x')")
    store.close()
    again = AnalyticsStore.open(path)
    with again.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM people").fetchone() == (11,)
    again.close()


def test_readers_and_writers_work_on_while_the_file_is_rewritten(store: AnalyticsStore) -> None:
    over = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not over.is_set():
            with store.reading() as cursor:
                first = cursor.execute("SELECT count(*) FROM t").fetchone()
                with store.reading() as inner:
                    inner.execute("SELECT 1").fetchone()
                if cursor.execute("SELECT count(*) FROM t").fetchone() != first:
                    wrong.append(first)

    def write() -> None:
        for x in range(60):
            with store.writing() as cursor:
                cursor.execute("INSERT INTO t VALUES (?)", [x])

    threads = [threading.Thread(target=read) for _ in range(3)] + [threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        store.rewrite()
    threads[-1].join()
    over.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert numbers(store) == list(range(60))
    store.close()


def test_a_rewritten_file_has_each_models_lines_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = AnalyticsStore.open(tmp_path / "a.duckdb")
    with store.writing() as cursor:
        cursor.execute(
            "INSERT INTO measurements (model_key, window_index, value)"
            " SELECT 'model ' || i % 100, i // 100, i FROM range(1_500_000) t(i)"
        )
        cursor.execute("INSERT INTO model_state (model_key, arrival) VALUES ('model 7', 3)")
    assert not store.is_scattered()  # too few for anybody to notice
    monkeypatch.setattr(connection, "SCATTERED_ROWS", 1_000_000)
    assert store.is_scattered()
    store.rewrite()
    assert not store.is_scattered()
    with store.reading() as cursor:
        assert cursor.execute(
            "SELECT count(*), sum(value), any_value(baseline), count(DISTINCT rowid // 122880)"
            " FROM measurements WHERE model_key = 'model 7'"
        ).fetchone() == (15_000, sum(range(7, 1_500_000, 100)), "fixed", 1)
        assert cursor.execute("SELECT arrival FROM model_state").fetchall() == [(3,)]
    with store.writing() as cursor:
        cursor.execute("INSERT INTO measurements (model_key) VALUES ('new')")
        assert cursor.execute("SELECT baseline FROM measurements WHERE model_key = 'new'").fetchone() == (
            "fixed",
        )
    store.close()


def test_a_file_that_was_not_finished_is_no_part_of_the_store(tmp_path: Path, store: AnalyticsStore) -> None:
    store.close()
    (tmp_path / "a.duckdb.rewriting").write_bytes(b"half")
    again = AnalyticsStore.open(tmp_path / "a.duckdb")
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.duckdb"]


def test_a_store_in_memory_has_no_file_to_rewrite() -> None:
    store = AnalyticsStore.open(None)
    store.rewrite()
    assert store.schema() > 0
    store.close()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").write_bytes(b"this is no database " * 1000)
    with pytest.raises(IntegrityError, match="not a sound store"):
        check_file(tmp_path / "a.duckdb")
