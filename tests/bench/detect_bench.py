"""Who cries wolf, and who sees it: ``make bench-detect``.

    python -m tests.bench.detect_bench [--data FOLDER] [--quick] [--print] [--seconds 240]

Trimtab, Evidently and NannyML with their defaults on the same windows: streams in which nothing happens,
streams in which one thing of known size does, and published data sets, as they came and shuffled, where
they lie in ``--data`` (../shared/data, if it is there). The tables go to docs/benchmarks.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import document, real_sets
from tests.bench.cases import Answer, Case, read_answers, write_cases
from tests.bench.detect_tables import Row, asked_table, power_table, quiet_table
from tests.bench.environments import EVIDENTLY, NANNYML, cache_folder, python_of
from tests.bench.measured import QUIET, ROOT
from tests.bench.streams import CATEGORICAL, NUMERIC, Kind, Shift, Stream, watched, write

TOOLS = {"Trimtab": "detect_trimtab", "Evidently": "detect_evidently", "NannyML": "detect_nannyml"}
KINDS: tuple[Kind, ...] = ("independent", "autocorrelated", "seasonal")
SIZES = (50, 500, 5_000, 100_000)
SHIFTS: tuple[tuple[Shift, float, str], ...] = (
    ("mean", 0.1, "mean of a column + 0.1 sd"),
    ("mean", 0.25, "mean of a column + 0.25 sd"),
    ("mean", 0.5, "mean of a column + 0.5 sd"),
    ("scale", 1.25, "spread of a column × 1.25"),
    ("scale", 1.5, "spread of a column × 1.5"),
    ("category", 0.1, "10 % of a column become one category"),
    ("category", 0.3, "30 % of a column become one category"),
    ("label", 0.1, "10 % of the labels become positive"),
    ("label", 0.3, "30 % of the labels become positive"),
    ("concept", 0.05, "5 % of the labels turn (concept)"),
    ("concept", 0.15, "15 % of the labels turn (concept)"),
)
WANDERING: tuple[tuple[Shift, float, str], ...] = (
    ("mean", 0.5, "mean of a column that wanders + 0.5 sd"),
    ("mean", 1.0, "mean of a column that wanders + 1 sd"),
)
"""The same in an autocorrelated stream: no tool can tell a small step from what goes on anyway."""

_N_OWN, _LARGE, _ONSET = 28, 100_000, 7


class Plan:
    """The cases, in the order in which they are judged, and the lines of the tables that they belong to."""

    def __init__(self, folder: Path, data: Path | None, *, quick: bool) -> None:
        self.folder, self.data, self.quick = folder, data, quick
        self.cases: dict[str, Case] = {}
        self.of_tool: dict[str, list[str]] = {tool: [] for tool in TOOLS}
        self.quiet: list[Row] = []
        self.shifted: list[Row] = []
        self.shuffled: list[Row] = []
        self.published: list[Row] = []

    def add_all(self) -> None:
        """Lay out everything; large streams last, so that time runs out there first."""
        self._add_published()
        sizes = SIZES[:2] if self.quick else SIZES
        for rows in sizes[:-1]:
            self._add_quiet(rows)
        for shift, size, title in SHIFTS[2:3] if self.quick else SHIFTS:
            self._add_shift("independent", shift, size, title)
        for shift, size, title in () if self.quick else WANDERING:
            self._add_shift("autocorrelated", shift, size, title)
        self._add_shuffled()
        self._add_quiet(sizes[-1])

    def _add_quiet(self, rows: int) -> None:
        n = 8 if rows >= _LARGE else _N_OWN
        many = 1 if self.quick else 4 if rows >= _LARGE else 8
        for kind in KINDS:
            names = [
                self._stream(Stream(kind=kind, rows=rows, n_reference=n, n_current=n, seed=seed))
                for seed in range(many)
            ]
            self.quiet.append(Row(title=f"{kind}, {rows:,} rows", cases=self._shared(names)))

    def _add_shift(self, kind: Kind, shift: Shift, size: float, title: str) -> None:
        given = {"rows": 1_000, "n_reference": _N_OWN, "n_current": 2 * _ONSET, "onset": _ONSET}
        names = [
            self._stream(Stream(kind=kind, shift=shift, size=size, seed=seed, **given))
            for seed in range(1 if self.quick else 4)
        ]
        row = Row(title=title, cases=self._shared(names), watched=(watched(shift),), onset=_ONSET)
        self.shifted.append(row)

    def _add_published(self) -> None:
        case = real_sets.published(self.data, self.folder) if self.data else None
        if case is not None:
            self.cases[case.name] = case
            for name in real_sets.LOAN_MOVED:
                row = Row(
                    title=f"car loans: {name}",
                    cases=self._shared([case.name]),
                    watched=(name,),
                    onset=real_sets.LOAN_ONSET,
                )
                self.published.append(row)

    def _add_shuffled(self) -> None:
        for one in real_sets.SHUFFLED if self.data else ():
            made = [real_sets.shuffled(one, self.data, self.folder, seed) for seed in range(4)]
            found = [case for case in made if case is not None]
            self.cases |= {case.name: case for case in found}
            if found:
                names = self._shared([case.name for case in found])
                self.shuffled.append(Row(title=f"{Path(one.file).stem}, {one.rows} rows", cases=names))

    def _stream(self, stream: Stream) -> str:
        reference, current = write(stream, self.folder)
        self.cases[stream.name] = Case(
            name=stream.name,
            reference=str(reference),
            current=str(current),
            rows=stream.rows,
            numeric=NUMERIC,
            categorical=CATEGORICAL,
            label="outcome",
            prediction="decision",
            score="score",
            segment="region",
        )
        return stream.name

    def _shared(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Give the peers the first of the cases, which take them long, and Trimtab all."""
        shared = {tool: list(names) if tool == "Trimtab" else list(names[:1]) for tool in TOOLS}
        for tool, own in shared.items():
            self.of_tool[tool] += [name for name in own if name not in self.of_tool[tool]]
        return shared


def _beside_the_project() -> Path | None:
    """Return the folder of published data sets, where the tests look for it too."""
    folder = ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def ask(tool: str, cases: Sequence[Case], folder: Path, seconds: float) -> dict[str, Answer] | str:
    """Let a tool judge cases in its own environment; the reason where it cannot."""
    python: Path | str = Path(sys.executable)
    if tool != "Trimtab":
        peer = {"Evidently": EVIDENTLY, "NannyML": NANNYML}[tool]
        python = python_of(peer, cache_folder())
    if isinstance(python, str):
        return python
    asked = folder / f"{tool}.json"
    write_cases(list(cases), asked)
    command = [str(python), "-m", f"tests.bench.{TOOLS[tool]}", str(asked), str(seconds)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **QUIET}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    if ran.returncode:
        return f"failed: {(ran.stderr.strip() or 'no message').splitlines()[-1]}"
    return read_answers(ran.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=_beside_the_project(), help="published data sets")
    parser.add_argument("--quick", action="store_true", help="few and small streams, no page written")
    parser.add_argument("--print", action="store_true", help="print, and leave the page as it is")
    parser.add_argument("--seconds", type=float, default=200, help="for each tool")
    asked = parser.parse_args()
    answers: dict[str, dict[str, Answer]] = {}
    notes = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = Plan(folder, asked.data, quick=asked.quick)
        plan.add_all()
        for tool in TOOLS:
            cases = [plan.cases[case] for case in plan.of_tool[tool]]
            sys.stderr.write(f"{tool}: {len(cases)} cases …\n")
            found = ask(tool, cases, folder, asked.seconds)
            answers[tool] = {} if isinstance(found, str) else found
            if isinstance(found, str):
                notes.append(f"{tool}: {found}.")
            sys.stderr.write(f"  {found if isinstance(found, str) else len(found)}\n")
    body = report(plan, answers, notes)
    if asked.quick or asked.print:
        sys.stdout.write(body + "\n")
    else:
        document.write("detection", body)
    return 0


def report(plan: Plan, answers: dict[str, dict[str, Answer]], notes: Sequence[str]) -> str:
    """Return the tables, and what is not in them and why."""
    packages = ("numpy", "duckdb")
    parts = [document.made_by("tests.bench.detect_bench", packages), *notes]
    parts += ["**Nothing happens**", quiet_table(plan.quiet, answers)]
    parts += [f"**One thing changes** (1,000 rows a window, from window {_ONSET} on)"]
    parts += [power_table(plan.shifted, answers)]
    if plan.published:
        parts += ["**Published shifts** (5,000 rows a window, from window 5 on)"]
        parts += [power_table(plan.published, answers)]
    if plan.shuffled:
        parts += ["**Real rows, shuffled: nothing happens**", quiet_table(plan.shuffled, answers)]
    parts += ["**Asked of it**"]
    parts += [asked_table([*plan.quiet, *plan.shuffled], plan.published, answers["Trimtab"])]
    if plan.data is None:
        parts.append("Published data sets: skipped, no folder was given.")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
