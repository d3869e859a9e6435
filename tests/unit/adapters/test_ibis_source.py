"""Logs counted where they lie: the same profiles, measurements and verdicts as of the same rows ingested."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from core import sourced
from core.domain import Window
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.logs.upload import sniff
from core.sources import SourceSettings
from core.trimtab import Trimtab
from tests import elsewhere


def settings(backend: str, path: Path, **options: str) -> SourceSettings:
    return SourceSettings(name="lake", backend=backend, options=options, tables={"logs": str(path)})


def due(trimtab: Trimtab) -> tuple[Window, ...]:
    monitor, now = trimtab._state.monitor("loans"), trimtab._clock.now()
    basis = trimtab._cycle._pinned(monitor, now)
    counted = sourced.count(trimtab._store, monitor, basis, trimtab._sources, now=now)
    assert counted is not None
    return counted.plan.due


@pytest.mark.parametrize("model", elsewhere.SPECS)
def test_profiles_counted_elsewhere_are_those_of_the_same_rows_ingested(tmp_path: Path, model: str) -> None:
    reference = elsewhere.write(elsewhere.rows(-7, 7), tmp_path / "reference.parquet")
    logs = elsewhere.write(elsewhere.rows(0, elsewhere.N_DAYS, labels=False), tmp_path / "logs.parquet")
    with elsewhere.workspace(tmp_path / "here") as here:
        elsewhere.watch(here, elsewhere.SPECS[model], reference)
        here.ingest(model, sniff(logs), kind="predictions")
        here.monitor(model)
        with elsewhere.workspace(tmp_path / "there", settings("duckdb", logs)) as there:
            elsewhere.watch(there, elsewhere.with_source(elsewhere.SPECS[model], "duckdb"), reference)
            receipt = there.monitor(model)
            assert receipt.windows == elsewhere.N_DAYS
            elsewhere.assert_equal(elsewhere.profiles(here, model), elsewhere.profiles(there, model))
            judged = elsewhere.judged(here, model)
            assert judged == elsewhere.judged(there, model)
            assert judged
            assert there.monitor(model).windows == 0, "nothing changed, nothing is due"


@pytest.mark.parametrize("rule", ["{where: \"build = '2'\"}", "{first: 3d}"])
def test_the_reference_may_lie_in_the_same_table(tmp_path: Path, rule: str) -> None:
    logs = elsewhere.write(elsewhere.rows(0, 9), tmp_path / "logs.parquet")
    spec = elsewhere.with_source(elsewhere.BINARY, "duckdb") + f"reference: {rule}\n"
    with elsewhere.workspace(tmp_path / "w", settings("duckdb", logs)) as trimtab:
        elsewhere.watch(trimtab, spec, None)
        trimtab.monitor("loans")
        counted = elsewhere.profiles(trimtab, "loans")
        n = sum(one.n for one in counted)
        if "first" in rule:
            assert n == 6 * 300
            assert counted[0].window.start == elsewhere.DAY_0 + 3 * (
                counted[0].window.end - counted[0].window.start
            )
        else:
            assert {one.version for one in counted} == {"1"}
            assert 0 < n < 9 * 300


def test_only_windows_whose_rows_or_labels_changed_are_counted_again(tmp_path: Path) -> None:
    table = elsewhere.rows(0, 4, labels=False)
    path = elsewhere.write(table, tmp_path / "logs.parquet")
    reference = elsewhere.write(elsewhere.rows(-7, 7), tmp_path / "reference.parquet")
    with elsewhere.workspace(tmp_path / "w", settings("duckdb", path)) as trimtab:
        elsewhere.watch(trimtab, elsewhere.with_source(elsewhere.BINARY, "duckdb"), reference)
        assert trimtab.monitor("loans").windows == 4
        # Labels come late for the second day, and a fifth day begins.
        labelled = table.column("repaid").to_pylist()
        labelled[300:600] = [1.0] * 300
        late = table.set_column(table.schema.get_field_index("repaid"), "repaid", pa.array(labelled))
        elsewhere.write(pa.concat_tables([late, elsewhere.rows(4, 1)]), path)
        assert [window.index for window in due(trimtab)] == [1, 4]
        trimtab.monitor("loans")
        second = [one for one in elsewhere.profiles(trimtab, "loans") if one.version == "2"]
        assert [one.n_labelled == one.n for one in second] == [False, True, False, False, True]
        assert due(trimtab) == ()


def test_rows_that_cannot_be_used_are_counted_by_column_and_left_out(tmp_path: Path) -> None:
    table = elsewhere.rows(0, 2)
    scores = table.column("score").to_pylist()
    scores[0], scores[1] = 1.5, -0.1
    table = table.set_column(table.schema.get_field_index("score"), "score", pa.array(scores))
    path = elsewhere.write(table, tmp_path / "logs.parquet")
    reference = elsewhere.write(elsewhere.rows(-7, 7), tmp_path / "reference.parquet")
    with elsewhere.workspace(tmp_path / "w", settings("duckdb", path)) as trimtab:
        elsewhere.watch(trimtab, elsewhere.with_source(elsewhere.BINARY, "duckdb"), reference)
        trimtab.monitor("loans")
        assert sum(one.n for one in elsewhere.profiles(trimtab, "loans")) == 598
        (line,) = trimtab.quarantine("loans")
        assert line.field == "score"
        assert "2 rows" in line.reason


def test_what_needs_rows_is_refused_and_fairness_comes_from_profiles(tmp_path: Path) -> None:
    path = elsewhere.write(elsewhere.rows(0, 3), tmp_path / "logs.parquet")
    reference = elsewhere.write(elsewhere.rows(-7, 7), tmp_path / "reference.parquet")
    with (
        elsewhere.workspace(tmp_path / "here") as here,
        elsewhere.workspace(tmp_path / "w", settings("duckdb", path)) as trimtab,
    ):
        elsewhere.watch(trimtab, elsewhere.with_source(elsewhere.BINARY, "duckdb"), reference)
        trimtab.monitor("loans")
        with pytest.raises(Conflict, match="stay in logs"):
            trimtab.ingest("loans", sniff(path), kind="predictions")
        with pytest.raises(Conflict, match="stay in logs"):
            trimtab.measurements("loans", exact=True)
        elsewhere.watch(here, elsewhere.BINARY, reference)
        here.ingest("loans", sniff(path), kind="predictions")
        there = trimtab.fairness("loans", ["sex"]).measurements
        wanted = {
            (one.metric, one.segment): one.value
            for one in here.fairness("loans", ["sex"]).measurements
            if one.value is not None
        }
        found = {(one.metric, one.segment): one.value for one in there if (one.metric, one.segment) in wanted}
        assert found == pytest.approx(wanted)


def test_a_table_that_cannot_be_used_says_what_is_wrong(tmp_path: Path) -> None:
    path = elsewhere.write(elsewhere.rows(0, 1).drop_columns(["income", "sex"]), tmp_path / "logs.parquet")
    reference = elsewhere.write(elsewhere.rows(-7, 7), tmp_path / "reference.parquet")
    spec = elsewhere.with_source(elsewhere.BINARY, "duckdb")
    with elsewhere.workspace(tmp_path / "a", settings("duckdb", path)) as trimtab:
        elsewhere.watch(trimtab, spec, reference)
        with pytest.raises(InvalidInput, match=r"sex.*income"):
            trimtab.monitor("loans")
    with elsewhere.workspace(tmp_path / "b") as trimtab:
        elsewhere.watch(trimtab, spec, reference)
        with pytest.raises(NotFound, match="lake"):
            trimtab.monitor("loans")
    with elsewhere.workspace(tmp_path / "c", replace(settings("duckdb", path), tables={})) as trimtab:
        elsewhere.watch(trimtab, spec, reference)
        with pytest.raises(Unavailable, match="logs"):
            trimtab.monitor("loans")
    with elsewhere.workspace(tmp_path / "d", replace(settings("spark", path))) as trimtab:
        elsewhere.watch(trimtab, spec, reference)
        with pytest.raises(Conflict, match="spark"):
            trimtab.monitor("loans")
