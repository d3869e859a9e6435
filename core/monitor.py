"""From rows to incidents: the product's table of contents.

``judge_due`` is the whole loop for one model: pin the reference, plan the windows that new rows or
labels touched, profile them, measure, judge, put it on record. All of it is one transaction with the
watermark (``model_state.judged_arrival``) that says which rows have been judged, so that an
interrupted run leaves no trace and the next one does the same work again.
"""

from collections import ChainMap, Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.domain import ALL_ROWS, Band, Measurement, Profile, Reference, Role, Segment, Verdict, Window
from core.metrics.measure import (
    BandKey,
    Estimator,
    bands,
    calibrate,
    constant_columns,
    measure,
    measure_all,
)
from core.policy.evidence import SegmentContext
from core.policy.judge import Context, WindowFacts, judge
from core.policy.rules import Policy
from core.profiles import build, keep, load, windows
from core.profiles import reference as references
from core.profiles.elsewhere import Counted
from core.sampled import NOTHING_SAMPLED, Sampled, measure_samples
from core.silence import measure_silence, silent_window
from core.spec import Layout, MonitorSpec
from core.store import Cursor, StoredMonitor, judgements
from core.why.questions import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a model's windows are compared with: the pinned reference and all that follows from it."""

    reference: Reference
    bands: Mapping[BandKey, Band]
    estimator: Estimator | None
    constant_columns: frozenset[str]
    measurements: Mapping[BandKey, Measurement]
    segments: Mapping[Segment, "Basis"]

    @classmethod
    def of(cls, pinned: Reference, spec: MonitorSpec) -> "Basis":
        """Derive limits, estimator and constants from a pinned reference."""
        estimator = calibrate(pinned, spec)
        whole = measure(pinned.profile, pinned, spec, estimator)
        return cls(
            reference=pinned,
            bands=bands(pinned, spec),
            estimator=estimator,
            constant_columns=constant_columns(pinned),
            measurements={_band_key(m): m for m in whole if not m.estimated},
            segments={segment: cls.of(own, spec) for segment, own in pinned.segments.items()},
        )

    @property
    def parts(self) -> tuple["Basis", ...]:
        """The basis of all rows, then that of each segment."""
        return (self, *self.segments.values())

    def of_segment(self, segment: Segment) -> "Basis":
        """Return what a segment is compared with; one that the reference lacks has an empty reference."""
        if not segment.pairs:
            return self
        return self.segments.get(segment) or self._nothing(segment)

    def _nothing(self, segment: Segment) -> "Basis":
        whole = self.reference.profile
        empty = replace(
            whole, n=0, n_labelled=0, n_errors=0, numeric={}, categorical={}, scores={}, predictions=None,
            labels=None, latency=None, outcomes=None, class_scores=None, attributions={}, segment=segment,
        )  # fmt: skip
        reference = replace(self.reference, profile=empty, windows=(), segments={})
        return replace(
            self,
            reference=reference,
            bands={},
            estimator=None,
            constant_columns=frozenset(),
            measurements={},
        )

    def ground(self, cursor: Cursor, layout: Layout, spec: MonitorSpec) -> Ground:
        """Return what a change of the model is explained by."""
        return Ground(
            layout=layout,
            spec=spec,
            origin=windows.read_state(cursor, layout.key).origin,
            reference=self.reference,
            calibration=None if self.estimator is None else self.estimator.score,
        )


class Bases:
    """What every model is compared with, derived once for each spec and pinned reference."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[StoredMonitor, Basis]] = {}

    def of(self, cursor: Cursor, monitor: StoredMonitor) -> Basis | None:
        """Return the basis of a model; None where no reference is pinned."""
        digest = references.digest(cursor, monitor.key)
        if digest is None:
            return None
        known = self._known.get(monitor.key)
        if known is not None and known[0] == monitor and known[1].reference.digest == digest:
            return known[1]
        pinned = references.load(cursor, monitor.key)
        if pinned is None:
            return None
        basis = Basis.of(pinned, monitor.spec)
        self._known[monitor.key] = (monitor, basis)
        return basis

    def forget(self, key: str) -> None:
        """Derive a model's basis anew when it is next asked for."""
        self._known.pop(key, None)


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


def _band_key(m: Measurement) -> BandKey:
    return (m.metric, m.role, m.feature, m.segment)


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
    facts = {
        segment: {(p.version, p.window.index): facts_of(p, clock) for p in own}
        for segment, own in by_segment.items()
    }
    context = Context(
        spec=spec,
        bands=dict(ChainMap(dict(sampled.bands), *(dict(part.bands) for part in basis.parts))),
        constant_columns=basis.constant_columns,
        n_reference_windows=len(basis.reference.windows),
        window_facts=facts.get(ALL_ROWS, {}),
        reference_measurements=dict(ChainMap(*(dict(part.measurements) for part in basis.parts))),
        now=now,
        segments={
            segment: SegmentContext(
                constant_columns=basis.of_segment(segment).constant_columns, window_facts=known
            )
            for segment, known in facts.items()
            if segment.pairs
        },
    )
    return measured, judge(measured, context, policy)


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
