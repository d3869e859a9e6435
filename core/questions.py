"""Questions whose answers are not stored: groups compared, numbers from rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.basis import Basis, emptied
from core.domain import ALL_ROWS, Baseline, Measurement, Profile, Segment
from core.errors import InvalidInput, Problem
from core.metrics.exact import measure_exact
from core.metrics.measure import measure_all, measure_distances, measure_fairness
from core.monitor import facts_of
from core.policy.rules import Policy
from core.pooled import Pooled, Stretch, judge_groups, judge_pooled, measure_pooled, read_pooled
from core.profiles import rows, windows
from core.profiles.everything import outcomes_of_everything
from core.profiles.load import load_profiles
from core.profiles.merge import merge_all
from core.profiles.segments import cuts_of
from core.receipts import Comparison
from core.sampled import kept_of_reference
from core.store import Cursor, StoredMonitor, judgements, pruned
from core.views.words import count

ROWS_PRUNED = "from the profile: rows pruned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which measurements are asked for; None asks for any."""

    metric: str | None = None
    feature: str | None = None
    segment: Segment | None = None
    since: datetime | None = None
    windows: Sequence[int] | None = None

    def chosen(self, found: Sequence[Measurement]) -> list[Measurement]:
        """Return those that are asked for."""
        return [
            one
            for one in found
            if (self.metric in (None, one.metric))
            and (self.feature in (None, one.feature))
            and (self.segment in (None, one.segment))
            and (self.windows is None or one.window.index in self.windows)
            and (self.since is None or (one.window.end is not None and one.window.end >= self.since))
        ]


EVERYTHING = Wanted()


def exact(cursor: Cursor, monitor: StoredMonitor, found: Sequence[Measurement]) -> list[Measurement]:
    """Compute measurements again from rows; what rows cannot tell better stays as it was.

    Where rows were pruned the number stays the profile's, and its method says so.

    Parameters
    ----------
    found
        Current measurements of closed or open windows of the model, in the order to keep.
    """
    spec, layout = monitor.spec, monitor.layout
    state = windows.read_state(cursor, layout.key)
    named = {one.segment for cut in cuts_of(cursor, layout, spec) for one in cut.named}
    gone = range(windows.first_whole(spec, state))
    stretches = {
        (segment, one.version, one.window.index): one.window
        for one in found
        if one.window.closed and one.window.index not in gone
        # A group of people is measured with all rows.
        for segment in (one.segment if one.segment in named else ALL_ROWS,)
    }
    before = {segment: rows.read_reference_rows(cursor, layout, spec, segment) for segment, _, _ in stretches}
    metrics, features = {one.metric for one in found}, {one.feature for one in found}
    recomputed: dict[str, Measurement] = {}
    for (segment, version, index), window in stretches.items():
        current = rows.read_rows(cursor, layout, spec, state, index, version, segment)
        for one in measure_exact(
            current,
            before[segment],
            spec,
            window=window,
            version=version,
            segment=segment,
            metric=next(iter(metrics)) if len(metrics) == 1 else None,
            feature=next(iter(features)) if len(features) == 1 else None,
        ):
            recomputed[one.identity] = one
    return [
        replace(one, method=f"{one.method} ({ROWS_PRUNED})")
        if one.window.index in gone
        else recomputed.get(one.identity, one)
        for one in found
    ]


def _everything(cursor: Cursor, monitor: StoredMonitor, since: datetime | None) -> Profile:
    """Return the outcomes of every row: from rows, or from the windows' profiles where rows lie elsewhere."""
    if monitor.spec.source is None:
        return outcomes_of_everything(cursor, monitor.layout, monitor.spec, since=since)
    found = load_profiles(cursor, monitor.key)
    kept = [
        one for one in found if since is None or (one.window.start is not None and one.window.start >= since)
    ]
    if not kept:
        return outcomes_of_everything(cursor, monitor.layout, monitor.spec, since=since)
    merged = merge_all(kept)
    return replace(
        merged, version=monitor.spec.version or merged.version, window=replace(merged.window, index=None)
    )


def against_previous(
    cursor: Cursor, monitor: StoredMonitor, basis: Basis, wanted: Wanted = EVERYTHING
) -> list[Measurement]:
    """How far does every window lie from the one before it, counted on the same edges?

    Window 0 is compared with the reference's last own window, a window after one without rows with
    nothing ("no reference"). Versions and segments each have their own row of windows.
    """
    chains: dict[tuple[str, Segment], dict[int, Profile]] = defaultdict(dict)
    needed = None if wanted.windows is None else sorted({i for one in wanted.windows for i in (one - 1, one)})
    for profile in load_profiles(cursor, monitor.key, needed):
        if wanted.segment in (None, profile.segment):
            chains[profile.version, profile.segment][profile.window.index or 0] = profile
    found: list[Measurement] = []
    for (_, part), own in chains.items():
        whole = basis.of_segment(part).reference
        before = {-1: whole.windows[-1]} if whole.windows else {}
        for index, profile in own.items():
            if wanted.windows is not None and index not in wanted.windows:
                continue
            previous = {**before, **own}.get(index - 1) or emptied(whole.profile, part)
            reference = replace(whole, profile=previous, windows=(), segments={})
            found += measure_distances([profile], reference, monitor.spec, baseline="previous")
    ordered = sorted(found, key=lambda one: (one.window.index or 0, one.version, one.role, one.metric))
    return wanted.chosen(ordered)


def refuse_baseline(baseline: Baseline, *, exact: bool, include_reference: bool) -> None:
    """Refuse to compare rows, or the reference's own windows, with anything but the pinned reference.

    Raises
    ------
    InvalidInput
        Either is asked for.
    """
    if not (exact or include_reference):
        return
    message = f"{baseline} is not for --exact or --include-reference"
    raise InvalidInput("The question", [Problem(field="baseline", message=message, remedy="leave them out")])


def in_season(cursor: Cursor, monitor: StoredMonitor, wanted: "Wanted") -> list[Measurement]:
    """Return the distances of the windows from the reference's windows of the same season.

    Raises
    ------
    InvalidInput
        The spec names no season.
    """
    if monitor.spec.seasonality is None:
        problem = Problem(
            field="baseline",
            message="the model's spec names no season",
            remedy="write seasonality: weekday, hour or weekday_hour in it, and watch it again",
        )
        raise InvalidInput("The question", [problem])
    return judgements.measurements(
        cursor,
        monitor.key,
        metric=wanted.metric,
        feature=wanted.feature,
        segment=wanted.segment,
        since=wanted.since,
        baseline="seasonal",
    )


def of_reference(cursor: Cursor, monitor: StoredMonitor, basis: Basis) -> list[Measurement]:
    """Return what the reference's own windows measure: the ground on which the limits stand."""
    spec = monitor.spec
    found = [
        one
        for part in basis.parts
        for one in measure_all(part.reference.windows, part.reference, spec, part.estimator)
    ]
    return [*found, *kept_of_reference(cursor, monitor.key, spec, basis.reference)]


def fairness(
    cursor: Cursor,
    monitor: StoredMonitor,
    policy: Policy,
    by: tuple[str, ...],
    *,
    since: datetime | None,
    against: str | None,
    now: datetime,
    stretch: Stretch | None = None,
    of_class: str | None = None,
) -> Comparison:
    """Compare groups over every ingested row of a model, whatever its version and window.

    Parameters
    ----------
    by
        One sensitive column, or several: then only their intersections are compared.
    against
        A group (values joined by a comma) to which every other one is compared besides.
    stretch
        Closed windows to compare groups over, from their profiles, instead of every row.
    of_class
        The class against all others, of a classifier with several.

    Raises
    ------
    InvalidInput
        A column is not among the spec's sensitive ones.
    """
    spec = monitor.spec
    unknown = [name for name in by if name not in spec.sensitive]
    if unknown or not by:
        known = ", ".join(spec.sensitive) or "none"
        problems = [
            Problem(
                field="by", message=f"'{name}' is not a sensitive column", remedy=f"the spec's are: {known}"
            )
            for name in unknown or [""]
        ]
        raise InvalidInput("The question", problems)
    if stretch is not None:
        pooled = read_pooled(cursor, monitor, stretch, binned=True)
        measured = measure_pooled(pooled, by, spec, against=against, of_class=of_class)
        judged = judge_pooled(measured, pooled, spec, policy, now=now)
        return Comparison(measurements=tuple(measured), verdicts=tuple(judged), note=_waiting(pooled))
    everything = _everything(cursor, monitor, since)
    measured = measure_fairness(everything, by, spec, against=against, of_class=of_class)
    return Comparison(
        measurements=tuple(measured),
        verdicts=tuple(judge_groups(measured, facts_of(everything, None), spec, policy, now=now)),
        note=_left_out(pruned.read(cursor, monitor.key), since),
    )


def _waiting(pooled: Pooled) -> str:
    """Say which rows numbers that need labels leave out because theirs have not come."""
    if not pooled.n_waiting:
        return ""
    return (
        f"What needs labels leaves out {pooled.n_waiting:,} of {pooled.whole.n:,} rows, "
        f"those of {count(len(pooled.unripe), 'window')} whose labels are immature."
    )


def _left_out(gone: pruned.Pruned, since: datetime | None) -> str:
    """Say which rows an answer over all rows leaves out because they were pruned."""
    if not gone.n_rows or (since is not None and gone.before is not None and since >= gone.before):
        return ""
    which = f"before {gone.before:%Y-%m-%d %H:%M} UTC" if gone.before else "that came first"
    return f"{gone.n_rows:,} rows {which} were pruned and are in no number here."
