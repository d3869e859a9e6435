"""The benchmarks' own pieces: made rows are the same everywhere, tables and predictions are right."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.bench import document, made_rows, speed_bench
from tests.bench.columns import CATEGORICAL, N_VALUES, NUMERIC
from tests.bench.made_rows import Rows
from tests.bench.measured import Result, Run, read
from tests.bench.speed_tables import reach, speed_table


def run(work_s: float, **steps: float) -> Run:
    taken = {"import": 1.0, "drift": work_s, **steps}
    return Run(process_s=work_s + 1, steps=taken, facts={}, peak_mib=100.0)


def result(tool: str, n: int, *works: float, job: str = "one") -> Result:
    return Result(tool=tool, job=job, n=n, runs=tuple(run(work) for work in works))


def test_made_rows_are_the_same_on_every_run(tmp_path: Path) -> None:
    rows = Rows(n=2_000, days=2, seed=3)
    paths = [made_rows.make(rows, tmp_path / part) for part in ("a", "b")]
    first, second = (duckdb.sql(f"SELECT * FROM '{path}'").fetchall() for path in paths)
    assert first == second
    (total, kinds) = (
        duckdb.sql(f"SELECT sum(amount_02), count(DISTINCT kind_9) FROM '{paths[0]}'").fetchone() or ()
    )
    assert (total, kinds) == (99_744, 660)


def test_made_rows_have_the_columns_that_are_promised(tmp_path: Path) -> None:
    path = made_rows.make(Rows(n=20_000, days=0, seed=1), tmp_path)
    sizes = ", ".join(f"count(DISTINCT {name})" for name in CATEGORICAL)
    counted = duckdb.sql(f"SELECT {sizes} FROM '{path}'").fetchone() or ()
    assert all(0.8 * size <= n <= size for n, size in zip(counted, N_VALUES, strict=True))
    assert [row[0] for row in duckdb.sql(f"DESCRIBE FROM '{path}'").fetchall()] == [*NUMERIC, *CATEGORICAL]


def test_a_table_keeps_bars_out_of_its_cells() -> None:
    assert document.table(("", "n"), [("a|b", "1")]) == "|  | n |\n| --- | ---: |\n| a/b | 1 |"


def test_a_part_is_replaced_and_the_rest_left() -> None:
    page = "# Page\n<!-- x: begin -->\nold\n<!-- x: end -->\nrest\n"
    assert document.with_part(page, "x", "new\n") == page.replace("old", "new")
    with pytest.raises(ValueError, match="'y'"):
        document.with_part(page, "y", "new")


def test_the_page_has_a_part_for_each_benchmark() -> None:
    text = document.PAGE.read_text(encoding="utf-8")
    for part in ("speed", "profiles", "store", "lineage", "fleet", "detection"):
        assert document.with_part(text, part, "new") != text


def test_the_last_line_is_what_a_process_tells_of_itself() -> None:
    line = json.dumps({"steps": {"import": 2, "drift": 3, "performance": 1}, "facts": {}, "peak_mib": 7})
    told = read(f"a library talks\n{line}\n", 9.0)
    assert (told.work_s, told.drift_s, told.peak_mib, told.process_s) == (4, 3, 7, 9.0)


def test_what_would_take_too_long_is_predicted_from_fewer_rows() -> None:
    done = [result("Evidently", 1_000_000, 91.0)]
    assert speed_bench.predicted("Evidently", "one", 10_000_000, done) == 920.0
    assert speed_bench.predicted("Evidently", "days", 10_000_000, done) is None
    assert speed_bench.predicted("NannyML", "one", 10_000_000, done) is None


def test_the_table_shows_medians_ratios_and_what_was_not_run() -> None:
    done = [
        result("Trimtab", 100, 1.0, 3.0, 2.0),
        result("Evidently", 100, 80.0),
        Result(tool="whylogs", job="one", n=100, why_not="cannot be installed: no such package"),
    ]
    text = speed_table(done, "Title")
    assert "| Trimtab | 100 | 3.00 | 2.00 | 2.00 | 1.0 | 100 | 3 |" in text
    assert "| Evidently | 100 | 81 | 80 | 80 | 40.0 | 100 | 1 |" in text
    assert "not run: cannot be installed: no such package" in text


def test_what_is_asked_is_met_or_missed() -> None:
    text = reach(
        [result("Trimtab", 100, 1.0), result("Evidently", 100, 64.0), result("NannyML", 100, 12.0)], 100
    )
    assert "| one window, times Evidently's speed | ≥ 65 | 100 | 64 | **missed** |" in text
    assert "| one window, times NannyML's speed | ≥ 12 | 20 | 12 | met |" in text
    assert "28 windows" not in text
