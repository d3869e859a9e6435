"""Groups of people compared over several windows as one, from profiles, for page, API and command alike."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain import Measurement, OutcomeCells, Profile, Verdict, Window
from core.errors import InvalidInput, Problem
from core.metrics.measure import measure_fairness
from core.monitor import facts_of
from core.policy.evidence import WindowFacts
from core.policy.judge import Context, judge
from core.policy.rules import Policy
from core.profiles import beside
from core.profiles.relation import default_version, utc
from core.profiles.wanted import wanted
from core.spec import MonitorSpec
from core.store import Cursor, StoredMonitor, judgements, statement

LABELS_IMMATURE = "labels immature"
_FREE_OF_LABELS = ("selection_rate", "demographic_parity")
_SUMS = tuple(OutcomeCells.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Windows ``first`` to ``last`` of a model, both included; of one version, or of all as one."""

    first: int
    last: int
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """The outcomes of several closed windows as one.

    ``whole`` holds all their rows, ``ripe`` those of the windows that do not wait for labels; ``n_waiting``
    rows lie in the windows that do, ``unripe``.
    """

    whole: Profile
    ripe: Profile
    n_waiting: int
    unripe: tuple[int, ...]


def stretch_of(text: str, version: str | None = None) -> Stretch:
    """Read "7" or "0..23".

    Raises
    ------
    InvalidInput
        It is neither, or ends before it begins.

    Examples
    --------
    >>> stretch_of("3..7").last, stretch_of("7").first
    (7, 7)
    """
    first, dots, last = text.strip().partition("..")
    if first.isdecimal() and (last.isdecimal() or not dots) and int(first) <= int(last or first):
        return Stretch(first=int(first), last=int(last or first), version=version)
    problem = Problem(
        field="windows", message=f"'{text}' names no windows", remedy="write one number, or first..last"
    )
    raise InvalidInput("The question", [problem])


def needs_labels(metric: str) -> bool:
    """Return whether a fairness metric compares what was predicted with what came true.

    Examples
    --------
    >>> needs_labels("selection_rate_ratio"), needs_labels("false_negative_rate")
    (False, True)
    """
    return not metric.startswith(_FREE_OF_LABELS)


def read_pooled(cursor: Cursor, monitor: StoredMonitor, stretch: Stretch, *, binned: bool = False) -> Pooled:
    """Add up the outcomes of the closed windows of a stretch.

    Parameters
    ----------
    binned
        Keep the score bins of the rows that may have labels: calibration and thresholds need them.

    Returns
    -------
    Pooled
        Of no closed window: profiles without rows. One window of one version keeps its number and its
        version, so that what is measured of it has the identity under which it is stored.
    """
    spec, key = monitor.spec, monitor.key
    indexes = list(range(stretch.first, stretch.last + 1))
    heads = _heads(cursor, key, indexes, stretch.version)
    waiting = judgements.immature_windows(cursor, key) if spec.columns.label is not None else frozenset()
    unripe = tuple(sorted({head.window.index for head in heads if head.window.index in waiting} - {None}))
    ripe = [head for head in heads if head.window.index not in waiting]
    outcomes = {
        name: read_cells(cursor, key, own, version=stretch.version, binned=binned and name == "ripe")
        for name, own in (("whole", heads), ("ripe", ripe))
    }
    return Pooled(
        whole=_profile(spec, heads, outcomes["whole"]),
        ripe=_profile(spec, ripe, outcomes["ripe"]),
        n_waiting=sum(head.n for head in heads if head.window.index in waiting),
        unripe=unripe,
    )


def measure_pooled(
    pooled: Pooled,
    by: Sequence[str],
    spec: MonitorSpec,
    *,
    against: str | None = None,
    of_class: str | None = None,
    calibrated: bool = True,
) -> list[Measurement]:
    """Compare the groups of one sensitive column, or of several crossed, over the windows together.

    What needs labels speaks of the windows only whose labels have come; where none has, it has no value.

    Parameters
    ----------
    of_class
        The class against all others, of a classifier with several.
    """

    def measured(profile: Profile) -> list[Measurement]:
        return measure_fairness(profile, by, spec, against=against, of_class=of_class, calibrated=calibrated)

    found = measured(pooled.whole)
    if not pooled.unripe:
        return found
    known = [one for one in found if not needs_labels(one.metric)]
    if not pooled.ripe.n:
        return known + [_without(one) for one in found if needs_labels(one.metric)]
    return known + [one for one in measured(pooled.ripe) if needs_labels(one.metric)]


def judge_pooled(
    measured: Sequence[Measurement], pooled: Pooled, spec: MonitorSpec, policy: Policy, *, now: datetime
) -> list[Verdict]:
    """Judge gaps between groups over several windows as the policy judges those of one.

    Rates of single groups are held to bands of single windows, so they are judged window by window only.
    """
    profile = pooled.ripe if pooled.ripe.n else pooled.whole
    facts = facts_of(profile, None)
    return [
        one
        for one in judge_groups(measured, facts, spec, policy, now=now)
        if not one.measurement.segment.pairs
    ]


def judge_groups(
    measured: Sequence[Measurement], facts: WindowFacts, spec: MonitorSpec, policy: Policy, *, now: datetime
) -> list[Verdict]:
    """Judge what was measured of groups where there is nothing to compare them with but each other."""
    places = {(one.version, one.window.index) for one in measured}
    context = Context(
        spec=spec,
        bands={},
        constant_columns=frozenset(),
        n_reference_windows=0,
        window_facts=dict.fromkeys(places, facts),
        reference_measurements={},
        now=now,
    )
    return list(judge(measured, context, policy))


def read_cells(
    cursor: Cursor, key: str, heads: Sequence[Profile], *, version: str | None = None, binned: bool = False
) -> OutcomeCells:
    """Return the outcomes of these windows added up."""
    found = _read(
        cursor, key, [head.window.index or 0 for head in heads], version, binned=binned, by_window=False
    )
    return found.get(0, _cells([]))


def cells_by_window(
    cursor: Cursor, key: str, indexes: Sequence[int], *, version: str | None = None
) -> dict[int, OutcomeCells]:
    """Return the outcomes of each of these windows, all versions of one added up."""
    return _read(cursor, key, indexes, version, binned=False, by_window=True)


def _read(
    cursor: Cursor, key: str, indexes: Sequence[int], version: str | None, *, binned: bool, by_window: bool
) -> dict[int, OutcomeCells]:
    wanted = {
        "model_key": key,
        "indexes": list(indexes),
        "version": version,
        "binned": binned,
        "by_window": by_window,
    }
    rows: defaultdict[int, list[tuple[object, ...]]] = defaultdict(list)
    for index, *cell in cursor.execute(statement("pooled_outcomes"), wanted).fetchall():
        rows[index].append(tuple(cell))
    return {index: _cells(own) for index, own in rows.items()}


def _cells(rows: Sequence[tuple[object, ...]]) -> OutcomeCells:
    columns = dict(zip(_SUMS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(_SUMS, ())
    known: dict[object, tuple[str, ...]] = {}
    groups = tuple(known.setdefault(text, tuple(json.loads(str(text)))) for text in columns.pop("groups"))
    return OutcomeCells(groups=groups, **columns)


def _heads(cursor: Cursor, key: str, indexes: Sequence[int], version: str | None) -> list[Profile]:
    """Return the closed windows' profiles without their columns: what they are of, and how many rows."""
    asked = wanted([key], is_reference=False, indexes=indexes)
    asides = beside.read(cursor, asked)
    return [
        replace(
            _NOTHING,
            version=own,
            window=Window(index=index, start=utc(start), end=utc(end), closed=closed),
            n=n,
            n_labelled=n_labelled,
            n_unlabellable=asides.get((key, index, own, code), beside.NOTHING).n_unlabellable,
        )
        for _, index, own, code, start, end, closed, n, n_labelled, _ in cursor.execute(
            statement("profiles_headers"), asked
        ).fetchall()
        if closed and code == 0 and version in (None, own)
    ]


def _profile(spec: MonitorSpec, heads: Sequence[Profile], cells: OutcomeCells) -> Profile:
    versions, indexes = {head.version for head in heads}, {head.window.index for head in heads}
    window = Window(
        index=indexes.pop() if len(indexes) == 1 else None,
        start=min((head.window.start for head in heads if head.window.start is not None), default=None),
        end=max((head.window.end for head in heads if head.window.end is not None), default=None),
    )
    return replace(
        _NOTHING,
        version=versions.pop() if len(versions) == 1 else default_version(spec),
        window=window,
        n=sum(head.n for head in heads),
        n_labelled=sum(head.n_labelled for head in heads),
        n_unlabellable=sum(head.n_unlabellable for head in heads),
        outcomes=cells,
    )


def _without(one: Measurement) -> Measurement:
    return replace(one, n=0, value=None, low=None, high=None, reason=LABELS_IMMATURE)


_NOTHING = Profile(
    version="",
    window=Window(index=None, start=None, end=None),
    n=0,
    n_labelled=0,
    n_errors=0,
    numeric={},
    categorical={},
    scores={},
    predictions=None,
    labels=None,
    latency=None,
    outcomes=None,
)
