"""What a large fleet costs: the numbers of its pages, and one more day judged of every model.

    python -m tests.bench.fleet_bench [--models 5000] [--days 14] [--sample 100]

One model is watched, ingested and judged for ``days``; its profiles, measurements and verdicts are then put
on record for all the others, day by day, as their own runs would have done. ``sample`` of them get tables of
rows, and one more day. It is counted first, then judged by a cycle that finds the profiles in place: the time
of a cycle over all is theirs, times models by sample. For the others nothing has come.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from core.spec import Layout
from core.trimtab import Trimtab
from core.views.drift import DriftScope
from core.views.fleet import FleetScope
from core.views.model import ModelScope
from tests.bench import document
from tests.bench.store_bench import file_of, median_of, opened, rows, spec
from tests.loans import DAY_0

A_DAY, N_NUMERIC, N_CATEGORICAL = 200, 8, 4
_NAMED = ("measurements", "verdicts")
_PROFILES = ("profiles", "profile_numeric", "profile_categorical", "profile_outcomes", "profile_beside")
_ONCE = ("importance", "model_state", "model_facts", "profile_columns", "profile_groups", "reference_pins")


def _filled(trimtab: Trimtab, n_models: int, days: int) -> None:
    """Put what is on record of the one model on record for the others, in the order of days."""
    (first,) = trimtab._state.list_monitors()
    named = "md5(i::VARCHAR)[:12] AS other, printf('model-%05d', i) AS called"
    others = f"(SELECT {named} FROM range(1, {n_models}) t(i))"

    def copy(table: str, what: str, *values: object) -> None:
        named = ", called AS model" if table in (*_NAMED, "model_facts") else ""
        named += ", md5(identity || other) AS identity" if table in _NAMED else ""
        with trimtab._store.writing() as cursor:
            cursor.execute(
                f"INSERT INTO {table} SELECT * EXCLUDE (other, called) REPLACE (other AS model_key{named})"
                f" FROM {table}, {others} WHERE model_key = ? {what}",
                [first.key, *values],
            )

    for table in _ONCE:
        copy(table, "")
    for day in (None, *range(-days, days)):
        for table in (*_NAMED, *_PROFILES):
            copy(table, "AND window_index IS NOT DISTINCT FROM ? ORDER BY other", day)
    with trimtab._store.reading() as cursor:
        known = cursor.execute(f"FROM {others}").fetchall()
    with trimtab._state.together():
        for key, name in known:
            layout = replace(first.layout, key=key)
            trimtab._state.save_monitor(replace(first.spec, model=name), layout, now=first.changed_at)


def _with_rows(trimtab: Trimtab, sample: Sequence[str]) -> None:
    own = trimtab._state.monitor("model-00000").layout
    with trimtab._store.writing() as cursor:
        for name in sample:
            layout: Layout = trimtab._state.monitor(name).layout
            for old, new in (
                (own.rows, layout.rows),
                (own.labels, layout.labels),
                (own.reference, layout.reference),
            ):
                cursor.execute(f"CREATE TABLE {new} AS FROM {old}")


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that one more day of one model takes: by the clock, and of processors."""

    wall: float
    cpu: float


def _cycle(trimtab: Trimtab, sample: Sequence[str], day: int, folder: Path) -> tuple[Taken, Taken]:
    """Return what one more day takes to count, and then to judge with its profiles in place."""
    made = file_of(folder, rows(day, 1, A_DAY, 100 + day))
    for name in sample:
        trimtab.ingest(name, made, kind="predictions")
    trimtab._clock.at = DAY_0 + timedelta(days=day + 2)  # type: ignore[attr-defined]
    monitors = [trimtab._state.monitor(name) for name in sample]
    counted = _taken(lambda: trimtab._cycle.count(monitors), len(sample))
    return counted, _taken(lambda: trimtab._cycle.every(monitors), len(sample))


def _taken(work: Callable[[], object], n: int) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken((time.perf_counter() - wall) / n, (time.process_time() - cpu) / n)


def measured(
    trimtab: Trimtab, folder: Path, n_models: int, days: int, n_sample: int
) -> Iterator[tuple[str, str, str]]:
    text = spec("model-00000", N_NUMERIC, N_CATEGORICAL)
    trimtab.watch(text, reference=file_of(folder, rows(-days, days, A_DAY, 2)))
    trimtab.ingest("model-00000", file_of(folder, rows(0, days, A_DAY, 3)), kind="predictions")
    trimtab.monitor("model-00000")
    _filled(trimtab, n_models, days)
    step = max(1, (n_models - 1) // n_sample)
    sample = [f"model-{number:05d}" for number in range(1, n_models, step)][:n_sample]
    _with_rows(trimtab, sample)
    with trimtab._store.reading() as cursor:
        n_on_record = sum(
            cursor.execute(f"SELECT count(*) FROM {t}").fetchall()[0][0] for t in (*_NAMED, *_PROFILES)
        )
    yield "models", f"{n_models:,}", ""
    yield "numbers on record, millions", f"{n_on_record / 1e6:.0f}", ""
    name = sample[-1]
    asked: dict[str, Callable[[], object]] = {
        "fleet's verdicts": lambda: trimtab.fleet_view(FleetScope()),
        "one model, performance": lambda: trimtab.model_view(ModelScope(model=name)),
        "one model, drift": lambda: trimtab.drift_view(DriftScope(model=name)),
    }
    # What each is compared with is derived once after a start.
    counted, first = _cycle(trimtab, sample, days, folder)
    yield "first day after a start, of one model, ms", f"{1000 * (counted.wall + first.wall):.0f}", ""
    for when in ("in the order of days", "gathered by model"):
        if when != "in the order of days":
            begin = time.perf_counter()
            trimtab._store.rewrite()
            yield "gathering, s", f"{time.perf_counter() - begin:.0f}", ""
        day = days + 1 if when == "in the order of days" else days + 2
        counted, one = _cycle(trimtab, sample, day, folder)
        yield f"{when}: one model's day counted, ms (CPU)", _said(counted), ""
        yield f"{when}: one model's day judged, ms (CPU)", _said(one), ""
        yield f"{when}: a cycle over all, profiles in place, min", f"{one.wall * n_models / 60:.1f}", "≤ 5"
        both = counted.wall + one.wall
        yield f"{when}: a cycle over all, rows not yet counted, min", f"{both * n_models / 60:.1f}", ""
        for view, ask in asked.items():
            yield f"{when}: {view}, ms", f"{1000 * median_of(ask):.0f}", "≤ 50"


def _said(taken: Taken) -> str:
    return f"{1000 * taken.wall:.0f} ({1000 * taken.cpu:.0f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--print", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trimtab = opened(folder, DAY_0 + timedelta(days=asked.days + 1))
        lines = []
        for line in measured(trimtab, folder, asked.models, asked.days, asked.sample):
            sys.stderr.write(f"{line}\n")
            lines.append(line)
        trimtab.close()
    said = document.made_by("tests.bench.fleet_bench", ("duckdb", "numpy"))
    body = f"{said}\n\n{document.table(('', 'measured', 'asked'), lines)}"
    if asked.print:
        sys.stdout.write(body + "\n")
    else:
        document.write("fleet", body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
