"""From rows to incidents: the product's table of contents.

``judge_due`` is the whole loop for one model: pin the reference, plan the windows that new rows or
labels touched, profile them, measure, judge, put it on record. All of it is one transaction with the
watermark (``model_state.judged_arrival``) that says which rows have been judged, so that an
interrupted run leaves no trace and the next one does the same work again.
"""

from collections import ChainMap, Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.basis import Basis
from core.domain import ALL_ROWS, Measurement, Profile, Role, Segment, Verdict, Window
from core.metrics.measure import measure_all, measure_distances
from core.policy.evidence import SegmentContext
from core.policy.judge import Context, WindowFacts, judge
from core.policy.rules import Policy
from core.profiles import build, keep, load, windows
from core.profiles.elsewhere import Counted
from core.profiles.seasons import Slot, slot_of
from core.sampled import NOTHING_SAMPLED, Sampled, measure_samples
from core.silence import measure_silence, silent_window
from core.spec import Layout, MonitorSpec
from core.store import Cursor, judgements


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one run did for one model: the windows judged and the verdicts reached."""

    windows: tuple[Window, ...]
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
) -> Judged:
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
    Judged
        Empty if nothing was due.
    """
    state = windows.read_state(cursor, layout.key)
    plan = counted.plan if counted else windows.plan(cursor, layout, spec, state, now=now)
    latest = counted.latest if counted else _latest(cursor, layout)
    silent = silent_window(cursor, layout.key, spec, plan.everything, latest=latest, now=now)
    if not plan.due and not silent:
        return Judged(windows=(), verdicts=())
    if counted is None:
        build.profile_windows(cursor, layout, spec, basis.reference, plan)
    elif plan.due:
        keep.keep(cursor, layout, spec, counted, now=now)
    # A window whose rows were pruned may have lost its profile to another reference: then it stays as it is.
    waiting = judgements.immature_windows(cursor, layout.key) & {w.index for w in plan.everything}
    due = {w.index for w in plan.due if w.index is not None} | waiting | silent
    profiles = load.load_profiles(cursor, layout.key, sorted(due))
    everybody = [profile for profile in profiles if not profile.segment.pairs]
    sampled = NOTHING_SAMPLED
    if counted is None:
        sampled = measure_samples(cursor, layout, spec, basis.reference, everybody)
    clock = None if latest is None else min(latest, now)
    quiet = measure_silence(spec, plan.everything, everybody, latest=latest, now=now)
    sampled = replace(sampled, measurements=(*sampled.measurements, *quiet))
    measured, reached = assess(profiles, spec, policy, basis, sampled=sampled, clock=clock, now=now)
    judgements.record(cursor, layout.key, due, measured, reached, now=now)
    windows.advance(
        cursor, layout.key, reference_digest=basis.reference.digest, policy_digest=policy.digest, now=now
    )
    return Judged(windows=tuple(w for w in plan.everything if w.index in due), verdicts=tuple(reached))


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


def _latest(cursor: Cursor, layout: Layout) -> datetime | None:
    """Return the greatest event time known: the time on which windows and labels run."""
    found = cursor.execute(f"SELECT max(event_at) FROM {layout.rows}").fetchone()
    if found is None or found[0] is None:
        return None
    latest: datetime = found[0].replace(tzinfo=UTC)
    return latest
