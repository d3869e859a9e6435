"""One prediction by its id, as it was logged, and what is needed of other rows to explain it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.domain import Task
from core.explain import Value
from core.metrics.model_performance import positive_class
from core.profiles import snapshot
from core.profiles.relation import UNKNOWN_VERSION, Relation, all_rows, utc, watched
from core.store import Cursor, StoredMonitor

MOST_REFERENCE = 2_000
"""Reference rows that a child gets: those of Shapley values, and those that counterfactuals must be like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One prediction as it was logged; ``version`` is None where the row names none."""

    row: str
    at: datetime | None
    version: str | None
    inputs: Mapping[str, Value]
    answers: Mapping[str, Value] = field(default_factory=dict)


def of_row(monitor: StoredMonitor, row: str) -> Relation:
    """Return the ingested row of an id."""
    return all_rows(monitor.layout, monitor.spec).only("r.row_id = $row_id", row_id=row)


def find(cursor: Cursor, monitor: StoredMonitor, row: str) -> Logged | None:
    """Return the prediction of an id, None where there is none (any more)."""
    layout, columns = watched(monitor.layout, monitor.spec), monitor.spec.columns
    inputs = {**layout.numeric, **layout.categorical}
    answers = dict(layout.scores)
    if columns.prediction is not None:
        answers[columns.prediction] = "prediction"
    wanted = dict.fromkeys(["arrival", "event_at", *inputs.values(), *answers.values()])
    rows = of_row(monitor, row)
    found = cursor.execute(
        f"SELECT v, {', '.join(wanted)} FROM ({rows.select(wanted)}) ORDER BY arrival DESC LIMIT 1",
        dict(rows.parameters),
    ).fetchone()
    if found is None:
        return None
    by_name = dict(zip(wanted, found[1:], strict=True))
    version = str(found[0])
    return Logged(
        row=row,
        at=utc(by_name["event_at"]),
        version=None if version == UNKNOWN_VERSION else version,
        inputs={name: by_name[at] for name, at in inputs.items()},
        answers={name: by_name[at] for name, at in answers.items()},
    )


def features(monitor: StoredMonitor) -> Mapping[str, str]:
    """Return the model's inputs: name → physical column, numbers first."""
    layout = watched(monitor.layout, monitor.spec)
    return {**layout.numeric, **layout.categorical}


def write_reference(cursor: Cursor, monitor: StoredMonitor, file: Path) -> int:
    """Write an even sample of the reference's inputs, the same each time; return how many rows there are."""
    rows = snapshot.all_reference_rows(monitor.layout, monitor.spec)
    return snapshot.write(cursor, rows, features(monitor), file, at_most=MOST_REFERENCE).n_rows


def decided(cursor: Cursor, monitor: StoredMonitor) -> tuple[str | None, float | None]:
    """Return a binary model's other class, and the score from which production decides for the positive one.

    The threshold is None where the logs' scores and predictions do not show one.
    """
    spec, columns = monitor.spec, monitor.spec.columns
    if spec.task is not Task.BINARY:
        return None, None
    positive, rows = positive_class(spec), all_rows(monitor.layout, spec)
    if columns.prediction is None:
        return "0" if positive == "1" else f"not {positive}", None
    score = next(iter(watched(monitor.layout, spec).scores.values()), "NULL::DOUBLE")
    select = rows.select(["prediction", *([score] if columns.scores else [])])
    (negative, lowest, highest) = cursor.execute(
        "SELECT mode(prediction) FILTER (prediction <> $positive),"
        f" min({score}) FILTER (prediction = $positive), max({score}) FILTER (prediction <> $positive)"
        f" FROM ({select})",
        {**rows.parameters, "positive": positive},
    ).fetchone() or (None, None, None)
    if negative is None:
        negative = "0" if positive == "1" else f"not {positive}"
    is_clear = lowest is not None and highest is not None and highest < lowest
    return negative, float(lowest) if is_clear else None
