"""From rows to verdicts: the product's table of contents.

``judge_due`` is the whole loop for one model: count the windows that new rows or labels touched, read what is
to be judged, measure, judge, put it on record. Each step takes many models at once but the first and the
measuring, and :mod:`core.cycle` calls them so. What is counted is noted together with the profiles
(``model_state.counted_arrival``, ``unjudged``), what is judged together with the verdicts
(``judged_arrival``): an interrupted run leaves nothing half done, and the next one goes on with it.
"""

from collections import ChainMap, Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.basis import Basis
from core.domain import ALL_ROWS, Measurement, Profile, Reference, Role, Segment, Verdict, Window
from core.metrics.measure import measure_all, measure_distances
from core.policy.evidence import SegmentContext
from core.policy.judge import Context, WindowFacts, judge
from core.policy.rules import Policy
from core.profiles import build, keep, load, windows
from core.profiles.elsewhere import Counted
from core.profiles.seasons import Slot, slot_of
from core.sampled import NOTHING_SAMPLED, Sampled, measure_samples
from core.silence import is_silent, measure_silence
from core.spec import Layout, MonitorSpec
from core.store import Cursor, judgements, recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One model whose rows are counted, and what it is judged by.

    ``latest`` is the greatest event time known, None for rows without times.
    """

    layout: Layout
    spec: MonitorSpec
    policy: Policy
    basis: Basis
    latest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be judged of one model: its windows, and of those to judge the indexes and profiles."""

    case: Case
    everything: tuple[Window, ...]
    indexes: frozenset[int]
    profiles: Sequence[Profile]

    @property
    def everybody(self) -> list[Profile]:
        """The profiles of all rows, without those of segments."""
        return [profile for profile in self.profiles if not profile.segment.pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one run did for one model: the windows judged, and all that was reached for them."""

    case: Case
    windows: tuple[Window, ...]
    measurements: tuple[Measurement, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def indexes(self) -> list[int]:
        """Return the numbers of the windows judged."""
        return [window.index for window in self.windows if window.index is not None]

    @property
    def by_status(self) -> Counter[str]:
        """Count the verdicts by status."""
        return Counter(verdict.status.value for verdict in self.verdicts)


def judge_due(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    policy: Policy,
    basis: Basis,
    *,
    now: datetime,
    counted: Counted | None = None,
) -> Judged | None:
    """Judge every window of one model that is due, inside the caller's transaction.

    Due are the windows with rows or labels that arrived since the last run, those that were still
    open then, and, because time alone can ripen labels, those whose labels were immature; so is the
    latest one whenever another window's length has passed in silence.

    Parameters
    ----------
    counted
        What was counted where a model's rows lie; None where they lie here.

    Returns
    -------
    Judged or None
        None if nothing was due.
    """
    count_due(cursor, layout, spec, basis.reference, now=now, counted=counted)
    latest = latest_of(cursor, layout) if counted is None else counted.latest
    case = Case(layout=layout, spec=spec, policy=policy, basis=basis, latest=latest)
    for due in read_due(cursor, [case], now=now):
        sampled = sample(cursor, due) if counted is None else NOTHING_SAMPLED
        judged = reach(due, sampled, now=now)
        put_on_record(cursor, [judged], now=now)
        return judged
    return None


def count_due(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    reference: Reference,
    *,
    now: datetime,
    counted: Counted | None = None,
) -> None:
    """Bring a model's profiles up to its rows and labels; what was counted elsewhere is only kept."""
    if counted is None:
        plan = windows.plan(cursor, layout, spec, windows.read_state(cursor, layout.key), now=now)
        build.profile_windows(cursor, layout, spec, reference, plan)
    elif counted.plan.due:
        keep.keep(cursor, layout, spec, counted, now=now)


def read_due(cursor: Cursor, cases: Sequence[Case], *, now: datetime) -> list[Due]:
    """Return what is to be judged of some models, as it is counted; models with nothing are left out."""
    keys = [case.layout.key for case in cases]
    there = windows.profiled_of_models(cursor, keys)
    unjudged = windows.unjudged_of_models(cursor, keys)
    waiting = judgements.immature_of_models(cursor, keys)
    lasts = [max(own) for own in there.values()]
    stale = judgements.staleness_of_models(cursor, keys, since=min(lasts)) if lasts else {}
    found: dict[str, frozenset[int]] = {}
    for case in cases:
        key = case.layout.key
        known = there.get(key, {})
        everything = [window for window, _ in known.values()]
        due = unjudged.get(key, frozenset()) & known.keys()
        if is_silent(case.spec, everything, stale.get(key, {}), latest=case.latest, now=now):
            due |= {max(known)}
        if due:
            # What was pruned may have lost its profile to another reference: then it stays as it is.
            found[key] = due | waiting.get(key, frozenset()) & known.keys()
    profiles = load.load_of_models(cursor, found)
    return [
        Due(
            case=case,
            everything=tuple(window for window, _ in there[key].values()),
            indexes=found[key],
            profiles=profiles.get(key, ()),
        )
        for case in cases
        for key in (case.layout.key,)
        if key in found
    ]


def sample(cursor: Cursor, due: Due) -> Sampled:
    """Measure what is measured on samples of rows, inside a writing transaction: new readings are kept."""
    case = due.case
    return measure_samples(cursor, case.layout, case.spec, case.basis.reference, due.everybody)


def reach(due: Due, sampled: Sampled, *, now: datetime) -> Judged:
    """Measure and judge what is due of one model; pure."""
    case = due.case
    clock = None if case.latest is None else min(case.latest, now)
    quiet = measure_silence(case.spec, due.everything, due.everybody, latest=case.latest, now=now)
    sampled = replace(sampled, measurements=(*sampled.measurements, *quiet))
    measured, reached = assess(
        due.profiles, case.spec, case.policy, case.basis, sampled=sampled, clock=clock, now=now
    )
    return Judged(
        case=case,
        windows=tuple(window for window in due.everything if window.index in due.indexes),
        measurements=tuple(measured),
        verdicts=tuple(reached),
    )


def put_on_record(cursor: Cursor, judged: Sequence[Judged], *, now: datetime) -> None:
    """Make what was reached for some models current, and note up to where they are judged."""
    reached = [
        recording.Reached(
            key=one.case.layout.key,
            windows=frozenset(one.indexes),
            measurements=one.measurements,
            verdicts=one.verdicts,
        )
        for one in judged
    ]
    recording.record(cursor, reached, now=now)
    digests = {
        one.case.layout.key: (one.case.basis.reference.digest, one.case.policy.digest) for one in judged
    }
    windows.advance(cursor, digests, now=now)


def assess(
    profiles: Sequence[Profile],
    spec: MonitorSpec,
    policy: Policy,
    basis: Basis,
    *,
    sampled: Sampled = NOTHING_SAMPLED,
    clock: datetime | None,
    now: datetime,
) -> tuple[list[Measurement], list[Verdict]]:
    """Measure profiles and judge the measurements; pure.

    Parameters
    ----------
    sampled
        What was measured on samples of the windows' rows.
    clock
        The greatest event time known, by which labels ripen; None for rows without times.
    """
    by_segment: dict[Segment, list[Profile]] = defaultdict(list)
    for profile in profiles:
        # Of an open window nothing is said but that it is open: once is enough.
        if profile.window.closed or not profile.segment.pairs:
            by_segment[profile.segment].append(profile)
    measured: list[Measurement] = list(sampled.measurements)
    for segment, own in by_segment.items():
        against = basis.of_segment(segment)
        measured += measure_all(own, against.reference, spec, against.estimator)
    if spec.segments:
        measured = _each_once(measured)
    if spec.seasonality is None:
        context = _context(by_segment, spec, basis, sampled=sampled, clock=clock, now=now)
        return measured, judge(measured, context, policy)
    return _in_season(
        measured,
        by_segment,
        policy,
        basis,
        lambda season: _context(by_segment, spec, season, sampled=sampled, clock=clock, now=now),
    )


def _in_season(
    measured: list[Measurement],
    by_segment: Mapping[Segment, Sequence[Profile]],
    policy: Policy,
    basis: Basis,
    context_of: Callable[[Basis], Context],
) -> tuple[list[Measurement], list[Verdict]]:
    """Judge windows season by season: distances from their own season, all else by its limits.

    The distances from the whole reference stay among the measurements; they are not judged.
    """
    spec = context_of(basis).spec
    seasons: dict[Slot | None, set[int | None]] = defaultdict(set)
    for profile in by_segment.get(ALL_ROWS, ()):
        slot = None if spec.seasonality is None else slot_of(profile.window, spec.seasonality)
        seasons[slot].add(profile.window.index)
    compared: list[Measurement] = []
    verdicts: list[Verdict] = []
    for slot, indexes in seasons.items():
        season = basis.in_season(slot)
        distances = [
            one
            for segment, own in by_segment.items()
            for one in measure_distances(
                [profile for profile in own if profile.window.index in indexes],
                season.of_segment(segment).reference,
                spec,
                baseline="seasonal",
            )
        ]
        known = {(one.metric, one.role) for one in distances}
        kept = [
            one for one in measured if one.window.index in indexes and (one.metric, one.role) not in known
        ]
        compared += distances
        verdicts += judge([*kept, *distances], context_of(season), policy)
    return [*measured, *compared], verdicts


def _context(
    by_segment: Mapping[Segment, Sequence[Profile]],
    spec: MonitorSpec,
    basis: Basis,
    *,
    sampled: Sampled,
    clock: datetime | None,
    now: datetime,
) -> Context:
    facts = {
        segment: {(p.version, p.window.index): facts_of(p, clock) for p in own}
        for segment, own in by_segment.items()
    }
    return Context(
        spec=spec,
        bands=dict(ChainMap(dict(sampled.bands), *(dict(part.bands) for part in basis.parts))),
        constant_columns=basis.constant_columns,
        n_reference_windows=len(basis.reference.windows),
        window_facts=facts.get(ALL_ROWS, {}),
        reference_measurements=dict(ChainMap(*(dict(part.measurements) for part in basis.parts))),
        now=now,
        segments={
            segment: SegmentContext(
                constant_columns=part.constant_columns,
                window_facts=known,
                n_silent=len(basis.reference.windows) - len(part.reference.windows),
            )
            for segment, known in facts.items()
            if segment.pairs
            for part in (basis.of_segment(segment),)
        },
        n_silent=basis.n_silent,
        memories=dict(ChainMap(*(dict(part.memories) for part in basis.parts))),
    )


def _each_once(measured: Sequence[Measurement]) -> list[Measurement]:
    """Leave out what is measured of a group of people where the group is a segment and has it too."""
    known = {
        (m.version, m.window.index, m.segment, m.metric, m.feature, m.estimated)
        for m in measured
        if m.role is not Role.FAIRNESS
    }
    return [
        m
        for m in measured
        if m.role is not Role.FAIRNESS
        or (m.version, m.window.index, m.segment, m.metric, m.feature, m.estimated) not in known
    ]


def facts_of(profile: Profile, clock: datetime | None) -> WindowFacts:
    """Return what verdicts on a window depend on besides its measurements; see :func:`assess`."""
    end, n_labellable = profile.window.end, profile.n - profile.n_unlabellable
    return WindowFacts(
        n=profile.n,
        n_labelled=profile.n_labelled,
        age=None if clock is None or end is None else max(clock - end, timedelta(0)),
        closed=profile.window.closed,
        coverage=profile.n_labelled / n_labellable if n_labellable else None,
        n_unlabellable=profile.n_unlabellable,
    )


def latest_of(cursor: Cursor, layout: Layout) -> datetime | None:
    """Return the greatest event time known: the time on which windows and labels run."""
    found = cursor.execute(f"SELECT max(event_at) FROM {layout.rows}").fetchone()
    if found is None or found[0] is None:
        return None
    latest: datetime = found[0].replace(tzinfo=UTC)
    return latest
