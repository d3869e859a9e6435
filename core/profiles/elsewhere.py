"""Rows that stay where they lie: counted there through a :class:`core.ports.LogSource`, profiled here.

Only counts come home. A window is due when its numbers of rows or labels differ from what was last
profiled, when it has never been, and when it has closed since. Rows whose values changed while their
numbers stayed the same are not noticed: logs are appended to, not edited.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain import (
    LABEL_KEY,
    LATENCY_EDGES_MS,
    PREDICTION_KEY,
    CategoricalProfile,
    NumericProfile,
    OutcomeCells,
    Profile,
    Reference,
    Task,
    Window,
)
from core.log_source import Census, LogSource, NumericCount, OutcomeCount, Question, ValueCount
from core.profiles.edges import UNIFORM
from core.profiles.relation import MAX_GROUPS, MISSING_GROUP, OTHER_GROUP, default_version
from core.profiles.windows import SILENCE, Plan
from core.spec import Features, MonitorSpec

NEW_CATEGORIES = 20
"""Categories that the reference never had are named up to this many a window."""

_Place = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one look at a source brought home.

    ``reference_digest`` names the reference on whose edges it was counted. ``plan`` says which windows
    there are and which were due, ``profiles`` are those of the due ones and ``groups`` the sensitive
    values that have a group of their own, by column. ``latest`` is the greatest event time, None where
    the source has no usable row; ``unusable`` counts rows that cannot be used, by column.
    """

    reference_digest: str
    origin: datetime | None
    latest: datetime | None
    plan: Plan
    profiles: tuple[Profile, ...]
    groups: Mapping[str, tuple[str, ...]]
    unusable: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was profiled before: window and version → (window as it was, rows, labelled rows)."""

    origin: datetime | None
    windows: Mapping[_Place, tuple[Window, int, int]]
    groups: Mapping[str, tuple[str, ...]]


def count(
    source: LogSource, spec: MonitorSpec, reference: Reference, known: Known, *, now: datetime
) -> Counted:
    """Look at a source and count what is due; reads nothing of the store and may take long.

    Parameters
    ----------
    source
        Where the rows lie.
    spec
        The monitored model; its window is a duration of whole seconds.
    reference
        The pinned reference, on whose edges and categories rows are counted.
    known
        What was profiled before, and where window 0 starts if that is settled.
    now
        The wall clock, aware UTC.

    Raises
    ------
    Unavailable
        The source does not answer.
    InvalidInput
        Its table lacks a column that the spec names, or has it in a type that cannot be used.
    """
    question = Question(spec=spec, origin=known.origin)
    extent = source.extent(question)
    every = spec.window.every
    if extent.first is None or extent.last is None or every is None:
        nothing = Plan(due=(), everything=())
        return Counted(
            reference_digest=reference.digest,
            origin=None,
            latest=None,
            plan=nothing,
            profiles=(),
            groups=known.groups,
            unusable=extent.unusable,
        )
    # Windows are told apart by whole seconds, which every engine counts alike.
    origin = known.origin or extent.first.replace(microsecond=0)
    question = Question(spec=spec, origin=origin)
    census = _by_version(source.census(question), default_version(spec))
    everything = _windows(census, origin, every, max(extent.last, now))
    due = _due(everything, census, known)
    profiles: tuple[Profile, ...] = ()
    groups = known.groups
    if due:
        question = Question(
            spec=spec, origin=origin, windows=tuple(w.index for w in due if w.index is not None)
        )
        groups = _named(source.values(question, spec.sensitive), spec, known.groups)
        profiles = tuple(_profiles(source, question, reference, due, census, groups))
    return Counted(
        reference_digest=reference.digest,
        origin=origin,
        latest=extent.last,
        plan=Plan(due=due, everything=everything),
        profiles=profiles,
        groups=groups,
        unusable=extent.unusable,
    )


def _by_version(census: Iterable[Census], version: str) -> list[Census]:
    """Count rows that name no version among those of the default one."""
    found: dict[_Place, Census] = {}
    for line in census:
        place = (line.window, line.version or version)
        before = found.get(place)
        found[place] = Census(
            window=line.window,
            version=place[1],
            n=line.n + (before.n if before else 0),
            n_labelled=line.n_labelled + (before.n_labelled if before else 0),
            n_errors=line.n_errors + (before.n_errors if before else 0),
        )
    return [found[place] for place in sorted(found)]


def _windows(
    census: Sequence[Census], origin: datetime, every: timedelta, horizon: datetime
) -> tuple[Window, ...]:
    """Return the windows from 0 to the last with rows, without the later part of every long silence."""
    listed: list[int] = []
    for i in sorted({line.window for line in census}):
        before = listed[-1] + 1 if listed else 0
        listed.extend(range(before, min(i, before + SILENCE)))
        listed.append(i)
    return tuple(
        Window(index=i, start=start, end=start + every, closed=start + every <= horizon)
        for i in listed
        for start in (origin + i * every,)
    )


def _due(everything: Sequence[Window], census: Sequence[Census], known: Known) -> tuple[Window, ...]:
    now: dict[int, dict[str | None, tuple[int, int]]] = defaultdict(dict)
    for line in census:
        now[line.window][line.version] = (line.n, line.n_labelled)
    before: dict[int, dict[str | None, tuple[int, int]]] = defaultdict(dict)
    seen: dict[int, Window] = {}
    for (index, version), (window, n, n_labelled) in known.windows.items():
        seen[index] = window
        if n:
            before[index][version] = (n, n_labelled)
    return tuple(
        window
        for window in everything
        if window.index is not None
        and (seen.get(window.index) != window or now[window.index] != before[window.index])
    )


def _named(
    counts: Iterable[ValueCount], spec: MonitorSpec, known: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """Give sensitive values seen for the first time a group of their own, while there is room."""
    seen: dict[str, dict[str, int]] = {name: defaultdict(int) for name in spec.sensitive}
    for one in counts:
        if one.value is not None:
            seen[one.column][one.value] += one.n
    named = {}
    for name, values in seen.items():
        own = known.get(name, ())
        fresh = sorted(
            (value for value in values if value not in own), key=lambda value: (-values[value], value)
        )
        named[name] = (*own, *fresh[: MAX_GROUPS - len(own)])
    return named


def _profiles(
    source: LogSource,
    question: Question,
    reference: Reference,
    due: Sequence[Window],
    census: Sequence[Census],
    groups: Mapping[str, tuple[str, ...]],
) -> Iterable[Profile]:
    spec, version = question.spec, default_version(question.spec)
    edges = _edges(spec, reference)
    numbers = _numeric(source.numbers(question, edges), edges, version)
    texts = _categorical(source.values(question, _class_columns(spec)), reference, spec, version)
    score = next(iter(spec.columns.scores.values()), None) if spec.task is Task.BINARY else None
    cells = _cells(source.outcomes(question, edges.get(score, ()) if score else ()), spec, groups, version)
    present: dict[int, list[Census]] = defaultdict(list)
    for line in census:
        present[line.window].append(line)
    last = version
    for window in due:
        index = window.index if window.index is not None else 0
        lines = present.get(index) or [Census(window=index, version=last, n=0, n_labelled=0, n_errors=0)]
        last = max(lines, key=lambda line: line.n).version or version
        for line in lines:
            name = line.version or version
            at = (index, name)
            yield _profile(spec, window, line, name, numbers.get(at, {}), texts.get(at, {}), cells.get(at))


def _edges(spec: MonitorSpec, reference: Reference) -> dict[str, Sequence[float]]:
    """Return column → edges of all that is counted as numbers."""
    roles, features = spec.columns, spec.features
    named: dict[str, str] = {name: name for name in (features.numeric if features else ())}
    named |= {name: name for name in roles.scores.values()}
    if spec.task is Task.REGRESSION:
        named |= {
            column: key
            for column, key in ((roles.prediction, PREDICTION_KEY), (roles.label, LABEL_KEY))
            if column is not None
        }
    found: dict[str, Sequence[float]] = {
        name: reference.edges.get(key, UNIFORM if name in roles.scores.values() else ())
        for name, key in named.items()
    }
    if roles.latency_ms is not None:
        found[roles.latency_ms] = LATENCY_EDGES_MS
    return found


def _class_columns(spec: MonitorSpec) -> tuple[str, ...]:
    categorical = spec.features.categorical if spec.features else ()
    targets = () if spec.task is Task.REGRESSION else (spec.columns.prediction, spec.columns.label)
    return tuple(dict.fromkeys([*categorical, *(name for name in targets if name is not None)]))


def _numeric(
    counts: Iterable[NumericCount], edges: Mapping[str, Sequence[float]], version: str
) -> Mapping[_Place, Mapping[str, NumericProfile]]:
    lines: dict[tuple[_Place, str], list[NumericCount]] = defaultdict(list)
    for one in counts:
        lines[(one.window, one.version or version), one.column].append(one)
    found: dict[_Place, dict[str, NumericProfile]] = defaultdict(dict)
    for (place, column), parts in lines.items():
        bins = [0] * (len(edges[column]) + 1)
        for part in parts:
            if part.bin >= 0:
                bins[part.bin] += part.n
        finite = [part for part in parts if part.bin >= 0]
        found[place][column] = NumericProfile(
            n=sum(part.n for part in parts),
            n_null=sum(part.n for part in parts if part.bin == NumericCount.NULL),
            n_nonfinite=sum(part.n for part in parts if part.bin == NumericCount.NOT_FINITE),
            total=sum(part.total for part in finite),
            total_squares=sum(part.squares for part in finite),
            low=min((part.low for part in finite if part.low is not None), default=None),
            high=max((part.high for part in finite if part.high is not None), default=None),
            counts=tuple(bins),
        )
    return found


def _categorical(
    counts: Iterable[ValueCount], reference: Reference, spec: MonitorSpec, version: str
) -> Mapping[_Place, Mapping[str, CategoricalProfile]]:
    named = {spec.columns.prediction: PREDICTION_KEY, spec.columns.label: LABEL_KEY}
    values: dict[tuple[_Place, str], dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for one in counts:
        values[(one.window, one.version or version), one.column][one.value] += one.n
    found: dict[_Place, dict[str, CategoricalProfile]] = defaultdict(dict)
    for (place, column), seen in values.items():
        known = reference.categories.get(named.get(column, column), ())
        new = {value: n for value, n in seen.items() if value is not None and value not in frozenset(known)}
        commonest = sorted(new.items(), key=lambda item: (-item[1], item[0]))[:NEW_CATEGORIES]
        found[place][column] = CategoricalProfile(
            n=sum(seen.values()),
            n_null=seen.get(None, 0),
            counts=tuple(seen.get(value, 0) for value in known),
            n_other=sum(new.values()),
            new=dict(commonest),
        )
    return found


def _cells(
    counts: Iterable[OutcomeCount], spec: MonitorSpec, groups: Mapping[str, tuple[str, ...]], version: str
) -> Mapping[_Place, OutcomeCells]:
    """Name the groups and put together what became one cell by it."""
    sums: dict[_Place, dict[tuple[tuple[str, ...], str | None, str | None, int], list[float]]] = defaultdict(
        dict
    )
    own = [frozenset(groups.get(name, ())) for name in spec.sensitive]
    full = [len(names) >= MAX_GROUPS for names in own]
    for one in counts:
        named = tuple(
            MISSING_GROUP if value is None else OTHER_GROUP if limited and value not in names else value
            for value, names, limited in zip(one.groups, own, full, strict=True)
        )
        cell = sums[one.window, one.version or version].setdefault(
            (named, one.label, one.prediction, one.score_bin), [0.0] * len(one.sums)
        )
        for i, value in enumerate(one.sums):
            cell[i] += value
    return {place: _as_cells(cells) for place, cells in sums.items()}


def _profile(
    spec: MonitorSpec,
    window: Window,
    line: Census,
    version: str,
    numbers: Mapping[str, NumericProfile],
    texts: Mapping[str, CategoricalProfile],
    cells: OutcomeCells | None,
) -> Profile:
    roles, features = spec.columns, spec.features or Features()
    columns: Mapping[str, NumericProfile | CategoricalProfile] = (
        numbers if spec.task is Task.REGRESSION else texts
    )
    return Profile(
        version=version,
        window=window,
        n=line.n,
        n_labelled=line.n_labelled,
        n_errors=line.n_errors,
        numeric={name: numbers[name] for name in features.numeric if name in numbers},
        categorical={name: texts[name] for name in features.categorical if name in texts},
        scores={name: numbers[name] for name in roles.scores.values() if name in numbers},
        predictions=columns.get(roles.prediction or ""),
        labels=columns.get(roles.label or ""),
        latency=numbers.get(roles.latency_ms or ""),
        outcomes=cells,
    )


def _as_cells(
    cells: Mapping[tuple[tuple[str, ...], str | None, str | None, int], Sequence[float]],
) -> OutcomeCells:
    ordered = sorted(
        cells,
        key=lambda key: (key[3], key[1] is not None, key[1] or "", key[2] is not None, key[2] or "", key[0]),
    )
    columns = list(zip(*(cells[key] for key in ordered), strict=True))
    return OutcomeCells(
        groups=tuple(key[0] for key in ordered),
        label=tuple(key[1] for key in ordered),
        prediction=tuple(key[2] for key in ordered),
        score_bin=tuple(key[3] for key in ordered),
        n=tuple(round(value) for value in columns[0]),
        n_labelled=tuple(round(value) for value in columns[1]),
        score_total=columns[2],
        score_squares=columns[3],
        error_total=columns[4],
        error_absolute=columns[5],
        error_squares=columns[6],
        label_total=columns[7],
        label_absolute=columns[8],
        label_squares=columns[9],
    )
