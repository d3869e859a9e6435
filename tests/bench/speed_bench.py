"""Trimtab, Evidently, NannyML, whylogs and a pure scan on the same files: ``make bench``.

    python -m tests.bench.speed_bench [--quick] [--rows 100000,1000000,10000000] [--print]

Two jobs over 20 numeric and 10 categorical columns (3 to 1,000 values), against a reference of 100,000
rows: one current window, and 28 daily windows with performance and two sensitive columns. Each
measurement is a process of its own. The table goes to docs/benchmarks.md.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench import document
from tests.bench.environments import EVIDENTLY, NANNYML, PEERS, WHYLOGS, cache_folder, python_of
from tests.bench.made_rows import N_REFERENCE, Rows, make
from tests.bench.measured import Result, measure
from tests.bench.speed_tables import reach, speed_table

DAYS = 28
LIMIT_S = 300.0
_JOBS = {
    "Trimtab": "trimtab_job",
    "scan": "scan_job",
    EVIDENTLY.name: "evidently_job",
    NANNYML.name: "nannyml_job",
    WHYLOGS.name: "whylogs_job",
}


def plan(sizes: Sequence[int], by_day: int) -> list[tuple[str, int, int]]:
    """Return (job, rows, days) in the order in which they are measured."""
    return [*(("one", n, 0) for n in sizes), ("days", by_day, DAYS)]


def predicted(tool: str, job: str, n: int, done: Sequence[Result]) -> float | None:
    """Return the seconds that a job will take if time grows with rows, None where nothing is known."""
    known = [one for one in done if one.tool == tool and one.job == job and one.runs and one.n < n]
    if not known:
        return None
    last = known[-1]
    return last.middle("process_s") * n / last.n


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 rows, once, and no page written")
    parser.add_argument("--rows", default="100000,1000000,10000000", help="sizes of the one window")
    parser.add_argument("--tools", default=",".join(_JOBS), help="which to measure")
    parser.add_argument("--print", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args()
    sizes = [100_000] if asked.quick else [int(n) for n in asked.rows.split(",")]
    by_day = 100_000 if asked.quick else 1_000_000
    folder = cache_folder()
    pythons = {peer.name: python_of(peer, folder) for peer in PEERS if peer.name in asked.tools}
    pythons |= {"Trimtab": Path(sys.executable), "scan": Path(sys.executable)}
    tools = [tool for tool in asked.tools.split(",") if tool in _JOBS]
    done: list[Result] = []
    for job, n, days in plan(sizes, by_day):
        reference = make(Rows(n=N_REFERENCE, days=days, seed=1), folder / "rows")
        current = make(Rows(n=n, days=days, seed=2), folder / "rows")
        for tool in tools:
            sys.stderr.write(f"{job} {n:,} {tool} …\n")
            done.append(
                _one(tool, job, n, pythons[tool], (reference, current), done, 1 if asked.quick else 3)
            )
            sys.stderr.write(f"  {_told(done[-1])}\n")
    body = "\n\n".join(
        (
            document.made_by("tests.bench.speed_bench", ("duckdb", "numpy", "scipy")),
            speed_table([one for one in done if one.job == "one"], "One window against the reference"),
            speed_table([one for one in done if one.job == "days"], f"{DAYS} daily windows"),
            reach(done),
        )
    )
    if asked.quick or asked.print:
        sys.stdout.write(body + "\n")
    else:
        document.write("speed", body)
    return 0


def _one(
    tool: str,
    job: str,
    n: int,
    python: Path | str,
    files: tuple[Path, Path],
    done: Sequence[Result],
    repeat: int,
) -> Result:
    if isinstance(python, str):
        return Result(tool=tool, job=job, n=n, why_not=python)
    expected = predicted(tool, job, n, done)
    if expected is not None and expected > LIMIT_S:
        return Result(
            tool=tool, job=job, n=n, why_not=f"predicted {expected / 60:.0f} min from the row above"
        )
    command = [str(python), "-m", f"tests.bench.{_JOBS[tool]}", *map(str, files)]
    return measure(tool, job, n, [*command, *(["--by-day"] if job == "days" else [])], repeat=repeat)


def _told(one: Result) -> str:
    if not one.runs:
        return one.why_not
    steps = ", ".join(f"{name} {taken:.2f}" for name, taken in one.runs[0].steps.items())
    return f"work {one.middle('work_s'):.2f} s, {one.middle('peak_mib'):.0f} MiB ({steps})"


if __name__ == "__main__":
    sys.exit(main())
