"""A person's rows go from everything that holds them, to the last byte; what was counted of them stays."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from core.chain.entries import Draft
from core.errors import InvalidInput, NotFound, Unavailable
from core.evidence import archives
from core.evidence.exports.archive import lay_out
from core.job import Job, JobStatus
from core.keeping import erase as erasing
from core.keeping.erase import Erasure, mentions
from core.receipts import EraseReceipt
from tests.keeping_desk import BY_ROWS, DAY, Place, open_trimtab
from tests.loans import SPEC, rows

Make = Callable[..., Place]
PERSON = "Zacharias-Unverkennbar-4711"
CHANNEL = "carrier pigeon of Zacharias"


def with_person(table: pa.Table, at: int = 7) -> pa.Table:
    """The same rows, one of them the person's, with a value that nobody else has."""
    ids, channels = table["id"].to_pylist(), table["channel"].to_pylist()
    ids[at], channels[at] = PERSON, CHANNEL
    named = table.set_column(table.schema.get_field_index("id"), "id", [ids])
    return named.set_column(named.schema.get_field_index("channel"), "channel", [channels])


def filled(place: Place, spec: str = SPEC) -> Place:
    place.watch(spec, with_person(rows(-8, 8, n=60)))
    place.send(with_person(rows(0, 6, n=60)))
    bad = with_person(rows(20, 1, n=10))
    place.send(bad.set_column(bad.schema.get_field_index("at"), "at", [["never"] * 10]))
    csv = place.root.with_name("broken.csv")
    csv.write_text(f"id,at,income\n{PERSON},2026-09-01,1,2,3\nsomebody,2026-09-01,1,2,3\n")
    from core.logs.upload import sniff

    place.trimtab.ingest("loans", sniff(csv), kind="predictions")
    place.send(pa.table({"id": [PERSON], "repaid": [1]}), "labels")
    place.trimtab.monitor()
    return place


def erase(place: Place, **options: object) -> EraseReceipt:
    return place.trimtab.keeping.erase("loans", [PERSON], actor="ann", **options)  # type: ignore[arg-type]


def assert_gone(place: Place, *, but: tuple[str, ...] = ()) -> None:
    """No byte of the person is in any file of the workspace, and no row in any table."""
    place.trimtab.close()
    root = place.trimtab.settings.workspace.root
    for path in root.rglob("*"):
        if path.is_file() and path.name not in but:
            content = path.read_bytes()
            for text in (PERSON, CHANNEL, "Unverkennbar", "carrier pigeon"):
                for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
                    assert text.encode(encoding) not in content, (path.name, text)
    # DuckDB may have packed a text so that its bytes do not show: look at what the tables say, too.
    with duckdb.connect(str(root / "analytics.duckdb"), read_only=True) as store:
        for (table,) in store.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            said = store.execute(
                f"SELECT count(*) FROM {table} t WHERE contains(t::VARCHAR, 'Unverkennbar')"
            ).fetchone()
            assert said == (0,), table
    place.trimtab = open_trimtab(place.trimtab.settings, place.clock)


@pytest.mark.parametrize("spec", [SPEC, BY_ROWS], ids=["time windows", "row windows"])
def test_a_person_is_gone_to_the_last_byte_and_nothing_counted_changes(place: Make, spec: str) -> None:
    made = filled(place(), spec)
    before = made.on_record()
    assert made.value(f"SELECT count(*) FROM {{rows}} WHERE row_id = '{PERSON}'") == 1
    receipt = erase(made)
    assert {place: n for place, n in receipt.removed.items() if n} == {
        "rows": 1,
        "labels": 2,
        "reference": 1,
        "quarantine": 2,
    }
    assert (receipt.model, receipt.n_ids, receipt.copies) == ("local/loans", 1, ())
    assert receipt.mentioned_in == ()
    assert made.on_record() == before
    assert_gone(made)
    assert made.trimtab.monitor().windows == 0
    assert made.on_record() == before
    assert made.value("SELECT count(*) FROM {rows}") == 359
    assert sum(erase(made).removed.values()) == 0


def test_a_category_that_only_the_person_had_loses_its_name_and_no_count(place: Make) -> None:
    made = filled(place())
    count = "SELECT sum(list_sum(counts)) FROM profile_categorical"
    before, drift = made.value(count), made.trimtab.measurements("loans", feature="channel")
    erase(made)
    assert made.value(count) == before
    assert made.trimtab.measurements("loans", feature="channel") == drift
    assert made.value("SELECT count(*) FROM profile_columns WHERE list_contains(categories, 'web')") == 1
    renamed = "len(list_filter(categories, lambda x: x LIKE '(erased %)'))"
    assert made.value(f"SELECT sum({renamed}) FROM profile_columns") == 1


@pytest.mark.parametrize("spec", [SPEC, BY_ROWS], ids=["time windows", "row windows"])
def test_later_windows_hold_the_rows_that_they_would_have_held(place: Make, spec: str) -> None:
    made, twin = filled(place(), spec), filled(place("twin"), spec)
    erase(made)
    for one in (made, twin):
        one.send(rows(6, 3, n=60, shift=1.0))
        one.trimtab.monitor()
    assert made.on_record() == twin.on_record()
    # A late row into the person's window: it is judged anew, with the rows that are there.
    for one in (made, twin):
        one.send(rows(0, 1, n=3, seed=99))
        one.trimtab.monitor()
    counted, of_twin = (
        {m.window.index: m.n for m in one.trimtab.measurements("loans", metric="row_count")}
        for one in (made, twin)
    )
    assert of_twin.pop(0) - counted.pop(0) == 1
    assert counted == of_twin
    assert made.trimtab.monitor().windows == 0


def test_erased_places_go_when_their_window_is_pruned(place: Make) -> None:
    made = filled(place(rows=10 * DAY), BY_ROWS)
    erase(made)
    before = made.on_record()
    assert made.value("SELECT count(*) FROM erased_places") == 1
    made.prune()
    assert made.value("SELECT count(*) FROM erased_places") == 0
    assert made.trimtab.monitor().windows == 0
    assert made.on_record() == before


def test_copies_are_listed_or_removed_and_backups_are_told(place: Make) -> None:
    made = filled(place())
    root = made.trimtab.settings.workspace.root
    (root / "analytics.duckdb.before-070").write_bytes(PERSON.encode())
    with made.trimtab.keeping.backup():
        pass
    receipt = erase(made)
    assert receipt.copies == ("analytics.duckdb.before-070",)
    assert receipt.mentioned_in == ("analytics.duckdb.before-070",)
    assert receipt.backed_up_at == made.clock.at
    receipt = erase(made, backups=True)
    assert (receipt.copies, receipt.removed["copies"]) == ((), 1)


def test_files_that_name_the_person_go(place: Make) -> None:
    made = filled(place())
    workspace = made.trimtab.settings.workspace
    files = {
        workspace.root / "reports" / "deep.html": f"<td>{PERSON}</td>",
        workspace.root / "exports" / "rows.csv": f"id\n{PERSON}\n",
        workspace.spool / "left.upload": f"id\n{PERSON}\n",
    }
    others = {
        workspace.root / "reports" / "other.html": "<td>somebody</td>",
        workspace.logs / "x.log": f"not {PERSON}-0815",
    }
    for path, text in {**files, **others}.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    removed = erase(made).removed
    assert (removed["exports"], removed["spool"]) == (2, 1)
    assert not [path for path in files if path.exists()]
    assert all(path.exists() for path in others)


def test_what_was_asked_is_finished_at_the_next_start(place: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(place())
    before = made.on_record()

    def full() -> None:
        raise Unavailable("The disk", "it is full")

    monkeypatch.setattr(made.trimtab._store, "rewrite", full)
    with pytest.raises(Unavailable):
        erase(made)
    pending = made.trimtab.settings.workspace.root / "erasing.json"
    assert json.loads(pending.read_text())["removed"]["rows"] == 1
    assert pending.stat().st_mode & 0o077 == 0
    made.reopen()
    made.trimtab.keeping.finish()
    assert not pending.exists()
    assert_gone(made)
    assert made.on_record() == before


def test_an_erasure_that_was_cut_off_is_finished_before_another(place: Make) -> None:
    made = filled(place())
    cut_off = Erasure(
        model="local/loans", ids=(PERSON,), copies=False, actor="ann", asked_at=made.clock.at - timedelta(1)
    )
    erasing.note(made.trimtab.settings.workspace, cut_off)
    receipt = made.trimtab.keeping.erase("loans", ["7-0-1"], actor="ann")
    assert receipt.removed["rows"] == 1
    assert_gone(made)


def told_of(place: Place) -> None:
    """Put a text that names the person on record."""
    draft = Draft(kind="test.noted", actor="ann", model="local/loans", private={"reason": f"for {PERSON}"})
    place.trimtab.ledger.append(draft)


def asked(place: Place) -> Job:
    return place.trimtab.archives.make("loans", pack="model-risk", actor="ann")


def ledgers(place: Place) -> list[str]:
    """The ledgers that lie ready to be packed."""
    return [path.read_text() for path in place.trimtab.settings.workspace.spool.rglob("*.jsonl")]


def test_a_zip_that_is_being_laid_out_when_an_erasure_begins_is_not_made(
    place: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = place()
    made.watch(SPEC, rows(-8, 8, n=60))
    told_of(made)
    inside, go = threading.Event(), threading.Event()

    def slowly(*given: object, **more: object) -> None:
        lay_out(*given, **more)  # type: ignore[arg-type]
        inside.set()
        assert go.wait(20)

    monkeypatch.setattr(archives, "lay_out", slowly)
    with ThreadPoolExecutor(2) as both:
        job = both.submit(asked, made)
        assert inside.wait(20)
        assert PERSON in "".join(ledgers(made))
        erasure = both.submit(erase, made)
        pending = made.trimtab.settings.workspace.root / "erasing.json"
        while not (pending.exists() or erasure.done()):
            time.sleep(0.01)
        go.set()
        receipt = erasure.result(20)
        assert made.trimtab.jobs.get(job.result(20).id).status is JobStatus.CANCELLED
    assert (receipt.removed["jobs"], receipt.removed["ledger"]) == (1, 1)
    assert ledgers(made) == []
    assert_gone(made)


def test_a_zip_that_is_asked_for_during_an_erasure_waits_and_has_nothing_of_it(
    place: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = place()
    made.watch(SPEC, rows(-8, 8, n=60))
    told_of(made)
    with ThreadPoolExecutor(1) as beside:
        waiting: list[Future[Job]] = []
        remove = made.trimtab.keeping._erase_files

        def meanwhile(*given: object) -> dict[str, int]:
            waiting.append(beside.submit(asked, made))
            time.sleep(0.2)
            assert not waiting[0].done()
            return remove(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(made.trimtab.keeping, "_erase_files", meanwhile)
        erase(made)
        assert waiting[0].result(20).status is JobStatus.QUEUED
    assert len(ledgers(made)) == 1
    assert_gone(made)


def test_nobody_and_nowhere(place: Make) -> None:
    made = place()
    with pytest.raises(NotFound):
        erase(made)
    made.watch(SPEC, rows(-8, 8, n=60))
    with pytest.raises(InvalidInput):
        made.trimtab.keeping.erase("loans", ["", ""], actor="ann")
    assert sum(erase(made).removed.values()) == 0


def test_a_file_is_searched_for_whole_words_across_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_PIECE", 16)
    texts = {"a": "xx abcdef yy", "b": "xxabcdef", "c": "x" * 12 + " abcdef", "d": "abcdef-1", "e": "x" * 99}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = mentions(sorted(tmp_path.iterdir()), ["abcdef"])
    assert [path.name for path in found] == ["a", "c"]
    assert mentions(sorted(tmp_path.iterdir()), ["x"]) == []
