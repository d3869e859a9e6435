"""Columns that a spec names and a file lacks: no error, but somebody may have misspelt them.

Most roles may be absent for a good reason: a reference without labels, rows whose latency nobody measured.
What a model is judged by, its features, scores and predictions, is told whenever it is absent; of the
others a column is told only where the file has one of nearly the same name that the spec does not speak of.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from core.logs.contract import known_columns
from core.logs.staging import Staged
from core.receipts import Notice
from core.spec import MonitorSpec
from core.store import Cursor, StoredMonitor

Kind = Literal["reference", "rows"]
MOST = 20
"""Notices of one file, so that a receipt stays one where a file has nothing to do with the spec."""
_CUTOFF = 0.6
# Where a near name alone makes the notice, it has to be nearer: 'state' is no misspelt 'status'.
_NEAR = 0.76


@dataclass(frozen=True, slots=True, kw_only=True)
class _Absence:
    """What it means that a role's column is absent, by kind of file, and in which it is always told."""

    reference: str
    rows: str
    told: tuple[Kind, ...] = ()

    def of(self, kind: Kind) -> str:
        return self.reference if kind == "reference" else self.rows


_BOTH: tuple[Kind, ...] = ("reference", "rows")
_NO_DRIFT = "its drift cannot be judged"
_ABSENCES: Mapping[str, _Absence] = {
    "features": _Absence(reference=_NO_DRIFT, rows="it counts as missing in each of them", told=_BOTH),
    "prediction": _Absence(reference=_NO_DRIFT, rows="none of them has a prediction", told=_BOTH),
    "score": _Absence(reference=_NO_DRIFT, rows="none of them has a score", told=_BOTH),
    "segments": _Absence(
        reference="its segments have nothing to be compared with",
        rows="none of them falls into one of its segments",
        told=_BOTH,
    ),
    "sensitive": _Absence(
        reference="its groups are not known there",
        rows="none of them belongs to a group of it",
        told=("rows",),
    ),
    "attributions": _Absence(
        reference="drift of these attributions cannot be judged",
        rows="none of them has these attributions",
        told=_BOTH,
    ),
    "label": _Absence(reference="it counts as unlabelled", rows="they count as not yet labelled"),
    "timestamp": _Absence(reference="its rows count in their order", rows="they count in their order"),
    "latency_ms": _Absence(reference="it has no latencies", rows="no latency is measured of them"),
    "status": _Absence(reference="it has no errors", rows="no error is counted among them"),
    "version": _Absence(
        reference="its rows count as the spec's version", rows="they count as the spec's version"
    ),
    "labelled_at": _Absence(
        reference="it does not tell when labels came", rows="labels count from when they were received"
    ),
    "id": _Absence(reference="its rows are known by their content", rows="they are known by their content"),
}


def absent_columns(spec: MonitorSpec, present: Collection[str], *, kind: Kind) -> tuple[Notice, ...]:
    """Return a notice for each column that a file lacks and should be asked about.

    Parameters
    ----------
    spec
        A spec whose features are known; of one that lists none they are not looked for.
    present
        The file's columns.
    kind
        "reference" for reference rows, "rows" for predictions.

    Returns
    -------
    tuple of Notice
        At most :data:`MOST`, what the model is judged by first, each column once; a last one counts the
        rest. Empty where nothing is amiss.

    Examples
    --------
    >>> from core.logs.spec_file import parse_spec
    >>> spec = parse_spec(
    ...     "{model: m, task: binary, columns: {score: scoree, label: y}, features: {numeric: [age]},"
    ...     " window: {rows: 10}}"
    ... )
    >>> for notice in absent_columns(spec, ["score", "age"], kind="reference"):
    ...     print(notice)
    columns.score: 'scoree' is not in the reference, so its drift cannot be judged (did you mean score?)
    """
    spoken_of = set(known_columns(spec))
    free = {name.lower(): name for name in present if name not in spoken_of}
    found: dict[str, Notice] = {}
    for role, field, column in _named(spec):
        if column in present or column in found:
            continue
        absence = _ABSENCES[role]
        told = kind in absence.told
        close = get_close_matches(column.lower(), free, n=1, cutoff=_CUTOFF if told else _NEAR)
        if told or close:
            where = "the reference" if kind == "reference" else "these rows"
            remedy = f"did you mean {free[close[0]]}?" if close else "add it to the file, or mend the spec"
            message = f"is not in {where}, so {absence.of(kind)}"
            found[column] = Notice(field=field, column=column, message=message, remedy=remedy)
    return _cut(tuple(found.values()))


def stored_names(monitor: StoredMonitor) -> dict[str, str]:
    """Return where the values of each column of a spec are staged: column of the file → stored column."""
    layout = monitor.layout
    places = {
        **layout.numeric,
        **layout.categorical,
        **layout.sensitive,
        **layout.attributions,
        **layout.scores,
    }
    stored = {"id": "row_id", "timestamp": "event_at"}
    return {
        name: stored.get(role, role) if field == f"columns.{role}" and role != "score" else places[name]
        for role, field, name in _named(monitor.spec)
    }


def filled(cursor: Cursor, monitor: StoredMonitor, staged: Staged) -> set[str]:
    """Return the columns of a spec that have a value in some staged row: of JSON, these came for sure."""
    stored = {name: place for name, place in stored_names(monitor).items() if place in staged.contract.values}
    if not stored:
        return set()
    counts = ", ".join(f"count({place})" for place in stored.values())
    found = cursor.execute(f"SELECT {counts} FROM staged").fetchone() or ()
    return {name for name, n in zip(stored, found, strict=True) if n}


def _cut(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
    if len(notices) <= MOST:
        return notices
    message = f"{len(notices) - MOST + 1:,} more columns are not in the file either"
    return (*notices[: MOST - 1], Notice(field="columns", column=None, message=message))


def _named(spec: MonitorSpec) -> Iterator[tuple[str, str, str]]:
    """Give role, field of the spec and column of all that a spec names, what it is judged by first."""
    roles = spec.columns
    if roles.prediction is not None:
        yield "prediction", "columns.prediction", roles.prediction
    for label, column in roles.scores.items():
        yield "score", f"columns.score.{label}" if spec.has_class_scores else "columns.score", column
    if spec.features is not None:
        for kind, columns in (("numeric", spec.features.numeric), ("categorical", spec.features.categorical)):
            yield from (("features", f"features.{kind}", column) for column in columns)
    yield from (("sensitive", "sensitive", column) for column in spec.sensitive)
    yield from (("segments", "segments", one.column) for segment in spec.segments for one in segment)
    for feature, column in spec.attributions.items():
        yield "attributions", f"attributions.{feature}", column
    for role in ("label", "timestamp", "latency_ms", "status", "version", "labelled_at", "id"):
        column = getattr(roles, role)
        if column is not None:
            yield role, f"columns.{role}", column
