"""Everything that is measured of a window, and what the reference says about its own windows."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from math import isfinite

import numpy as np

from core.domain import (
    SENT,
    Band,
    Baseline,
    Measurement,
    OutcomeCells,
    Profile,
    Reference,
    Role,
    Task,
)
from core.metrics import attribution, fairness, labels, latency, quality
from core.metrics.column_drift import measure_drift
from core.metrics.model_performance import Estimator, calibrate, measure_performance, positive_class
from core.metrics.outcomes import Outcomes
from core.metrics.reading import (
    NO_TRAFFIC,
    NOT_ENOUGH,
    WINDOW_OPEN,
    Reading,
)
from core.metrics.record import BandKey, Record, Sink, Values
from core.spec import Features, MonitorSpec

__all__ = [
    "BandKey",
    "Estimator",
    "bands",
    "calibrate",
    "constant_columns",
    "measure",
    "measure_all",
    "measure_fairness",
]

WINDOWS_AT_ONCE = 64
"""Windows whose arrays are in memory together."""


def measure(
    profile: Profile, reference: Reference, spec: MonitorSpec, estimator: Estimator | None
) -> list[Measurement]:
    """Measure everything that there is to measure of one window.

    Parameters
    ----------
    profile
        One model version's rows in one window, counted on the reference's edges.
    reference
        What it is compared with.
    spec
        Which columns play which role.
    estimator
        From :func:`calibrate`; None: nothing is estimated.

    Returns
    -------
    list of Measurement
        Always the same ones for the same spec, so that a number that is missing says why: an empty
        window has its row count of 0 and "no traffic", an open one only its row count, without a value.
    """
    return measure_all([profile], reference, spec, estimator)


def measure_all(
    profiles: Sequence[Profile], reference: Reference, spec: MonitorSpec, estimator: Estimator | None
) -> list[Measurement]:
    """Measure many windows at once: the same as one by one, several times as fast."""
    # Values near the largest float overflow in sums and squares; readings turn those into reasons.
    with np.errstate(over="ignore", invalid="ignore"):
        records = [Record(spec, profile) for profile in profiles]
        for chosen in _some(profiles):
            _measure(records[chosen], profiles[chosen], reference, spec, estimator)
        return [one for record in records for one in record.measurements]


def measure_distances(
    profiles: Sequence[Profile], reference: Reference, spec: MonitorSpec, *, baseline: Baseline
) -> list[Measurement]:
    """Measure of closed windows only how far they lie from a reference of another kind.

    Parameters
    ----------
    reference
        Counted on the same edges as the profiles.
    baseline
        What the reference is; it is noted in every measurement.
    """
    closed = [profile for profile in profiles if profile.window.closed]
    records = [Record(spec, profile, baseline=baseline) for profile in closed]
    with np.errstate(over="ignore", invalid="ignore"):
        for chosen in _some(closed):
            measure_drift(records[chosen], closed[chosen], reference, spec)
    return [one for record in records for one in record.measurements]


def bands(reference: Reference, spec: MonitorSpec) -> Mapping[BandKey, Band]:
    """How much does the reference differ from itself, from window to window?

    Returns
    -------
    mapping
        Mean and population standard deviation of every number over the reference's own windows that
        have it; none where those overflow. Estimates have no band: they are judged by that of the
        measured number.
    """
    values, windows = Values(reference.profile.segment), reference.windows
    estimator = calibrate(reference, spec) if windows else None
    with np.errstate(over="ignore", invalid="ignore"):
        for chosen in _some(windows):
            own = windows[chosen]
            _measure([values] * len(own), own, reference, spec, estimator, values_only=True)
        found = {
            key: Band(mean=float(np.mean(numbers)), sd=float(np.std(numbers)), n_windows=len(numbers))
            for key, numbers in values.by_key.items()
        }
    return {key: band for key, band in found.items() if isfinite(band.mean) and isfinite(band.sd)}


def constant_columns(reference: Reference) -> frozenset[str]:
    """Return the features that have one single value in the reference; all-null ones have none."""
    numeric = {
        name
        for name, column in reference.profile.numeric.items()
        if column.low is not None and column.low == column.high
    }
    categorical = {
        name
        for name, column in reference.profile.categorical.items()
        if sum(count > 0 for count in column.counts) == 1 and column.n_other == 0
    }
    return frozenset(numeric | categorical)


def measure_fairness(
    profile: Profile,
    by: Sequence[str],
    spec: MonitorSpec,
    *,
    against: str | None = None,
    of_class: str | None = None,
    calibrated: bool = True,
) -> list[Measurement]:
    """Compare the groups of one sensitive column, or of several crossed.

    Parameters
    ----------
    profile
        The rows to look at; several windows merged, say.
    by
        Columns among the spec's sensitive ones. With more than one, only their intersections.
    against
        A group (values joined by a comma) to which every other one is compared, signed, besides.
    of_class
        The class against all others, of a classifier with several; without one only what needs none is
        measured of it.
    calibrated
        False: do without the calibration error by group, whose interval takes long.

    Returns
    -------
    list of Measurement
        Rates by group, then the gaps between groups.

    Raises
    ------
    ValueError
        A column is not a sensitive one.
    """
    record = Record(spec, profile)
    if profile.outcomes is not None:
        outcomes = [Outcomes.of(profile.outcomes)]
        _add_fairness([record], outcomes, tuple(by), spec, against, of_class=of_class, calibrated=calibrated)
    return record.measurements


def _some(profiles: Sequence[Profile]) -> Iterator[slice]:
    """Cut windows into stretches whose arrays fit into memory together."""
    return (slice(i, i + WINDOWS_AT_ONCE) for i in range(0, len(profiles), WINDOWS_AT_ONCE))


def _measure(
    sinks: Sequence[Sink],
    profiles: Sequence[Profile],
    reference: Reference,
    spec: MonitorSpec,
    estimator: Estimator | None,
    *,
    values_only: bool = False,
) -> None:
    """Measure windows, each into its sink.

    ``values_only`` leaves out estimates, and the intervals that take long.
    """
    closed = []
    for sink, profile in zip(sinks, profiles, strict=True):
        if profile.window.closed:
            closed.append((sink, profile))
        else:
            sink.add("row_count", Role.OPERATIONS, Reading.nothing(WINDOW_OPEN, profile.n))
    for sink, profile in closed:
        _add_operations(sink, profile, reference, spec)
        _add_quality(sink, profile, reference, spec)
        _add_attributions(sink, profile, reference, spec)
    if not closed:
        return
    sinks, profiles = zip(*closed, strict=True)
    measure_drift(sinks, profiles, reference, spec, values_only=values_only)
    outcomes = [Outcomes.of(profile.outcomes or _NO_CELLS) for profile in profiles]
    measure_performance(sinks, profiles, outcomes, reference, spec, estimator, values_only=values_only)
    # Groups are told apart in all rows only.
    of_all = [not profile.segment.pairs for profile in profiles]
    for column in spec.sensitive:
        whole = list(compress(sinks, of_all)), list(compress(outcomes, of_all))
        _add_fairness(*whole, (column,), spec, None, values_only=values_only)


def _add_operations(sink: Sink, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    role, columns = Role.OPERATIONS, spec.columns
    sink.add("row_count", role, quality.row_count(profile.n))
    if columns.status is not None:
        before = (reference.profile.n_errors, reference.profile.n) if reference.profile.n else None
        sink.add("error_rate", role, quality.rate(profile.n_errors, profile.n, before))
    if columns.label is not None:
        _add_labels(sink, profile, reference, spec)
    if columns.timestamp is not None:
        _add_refused(sink, profile, reference, spec)
    if columns.latency_ms is None:
        return
    for q in (50, 95, 99):
        if profile.n == 0 or profile.latency is None:
            reading = Reading.nothing(NO_TRAFFIC if profile.n == 0 else NOT_ENOUGH)
        else:
            reading = latency.percentile(profile.latency, q / 100)
        sink.add(f"latency_p{q}", role, reading)


def _add_labels(sink: Sink, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    role, n, n_labelled = Role.OPERATIONS, profile.n, profile.n_labelled
    sink.add("label_coverage", role, labels.label_coverage(n_labelled, n, profile.n_unlabellable))
    if spec.labellable:
        whole = reference.profile
        before = (whole.n_unlabellable, whole.n) if whole.n else None
        sink.add("unlabellable_rate", role, labels.unlabellable_rate(profile.n_unlabellable, n, before))
    # Reference rows have no delay; delays are of all rows of a stream with event times.
    if spec.columns.timestamp is None or profile.segment.pairs or (profile.window.index or 0) < 0:
        return
    for q in (50, 95):
        delay = labels.label_delay(profile.label_delay, n, n_labelled, q / 100)
        sink.add(f"label_delay_p{q}", role, delay)
    sink.add("label_age", role, labels.label_age(profile.label_delay, n, n_labelled))


def _add_refused(sink: Sink, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    """Add what was refused of all rows; by time, so a model without event times has no such numbers."""
    if profile.segment.pairs:
        return
    numeric = spec.features.numeric if spec.features else ()
    now, before = profile.refused, reference.profile.refused
    n_sent, n_before = now.get(SENT, profile.n), before.get(SENT, reference.profile.n)

    def rate(n_refused: int, n_refused_before: int) -> Reading:
        seen = (n_refused_before, n_before) if n_before else None
        return quality.invalid_rate(n_refused, n_sent, seen)

    whole = rate(n_sent - profile.n if now else 0, n_before - reference.profile.n if before else 0)
    sink.add("invalid_rate", Role.OPERATIONS, whole)
    for role, names in ((Role.FEATURE, numeric), (Role.SCORE, dict.fromkeys(spec.columns.scores.values()))):
        for name in names:
            sink.add("invalid_rate", role, rate(now.get(name, 0), before.get(name, 0)), feature=name)


def _add_quality(sink: Sink, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    role, features = Role.FEATURE, spec.features or Features()
    for name in features.numeric:
        numbers, before = profile.numeric.get(name), reference.profile.numeric.get(name)
        missing, outside = _no_column(profile), _no_column(profile)
        if numbers is not None:
            missing = quality.missing_rate(numbers, before)
            outside = quality.out_of_range_rate(numbers, before, reference.edges.get(name, ()))
        sink.add("missing_rate", role, missing, feature=name)
        sink.add("out_of_range_rate", role, outside, feature=name)
    for name in features.categorical:
        texts, seen = profile.categorical.get(name), reference.profile.categorical.get(name)
        missing, unknown = _no_column(profile), _no_column(profile)
        if texts is not None:
            missing = quality.missing_rate(texts, seen)
            unknown = quality.new_category_rate(texts, seen)
        sink.add("missing_rate", role, missing, feature=name)
        sink.add("new_category_rate", role, unknown, feature=name)


def _add_attributions(sink: Sink, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    if not spec.attributions:
        return
    now, before = profile.attributions, reference.profile.attributions
    sink.add("attribution_ndcg", Role.FEATURE, attribution.attribution_ndcg(now, before))
    for name in spec.attributions:
        importance = attribution.attribution_importance(now.get(name))
        sink.add("attribution_importance", Role.FEATURE, importance, feature=name)


def _add_fairness(
    sinks: Sequence[Sink],
    outcomes: Sequence[Outcomes],
    by: tuple[str, ...],
    spec: MonitorSpec,
    against: str | None,
    *,
    of_class: str | None = None,
    calibrated: bool = True,
    values_only: bool = False,
) -> None:
    role = Role.FAIRNESS
    if spec.task is Task.REGRESSION:
        for sink, own in zip(sinks, outcomes, strict=True):
            for metric, segment, reading in fairness.errors_by_group(own, spec.sensitive, by, against):
                sink.add(metric, role, reading, segment=segment)
        return
    if spec.columns.prediction is None:
        return
    is_scored = calibrated and spec.task is Task.BINARY and bool(spec.columns.scores)
    several = spec.task is Task.MULTICLASS and of_class is None
    found = fairness.of_classes(
        outcomes,
        spec.sensitive,
        by,
        of_class or positive_class(spec),
        against=against,
        is_scored=is_scored,
        values_only=values_only,
    )
    for sink, readings in zip(sinks, found, strict=True):
        for metric, attribute, segment, reading in readings:
            # Of several classes none is the positive one until somebody picks it.
            if several and metric != "accuracy":
                continue
            if spec.columns.label is not None or metric.startswith(("selection_rate", "demographic_parity")):
                sink.add(metric, role, reading, feature=attribute, segment=segment)


def _no_column(profile: Profile) -> Reading:
    """Read a column that no row brought: every value is missing, but that is only known of rows."""
    return Reading.nothing(NO_TRAFFIC if profile.n == 0 else NOT_ENOUGH)


_NO_CELLS = OutcomeCells(
    groups=(),
    label=(),
    prediction=(),
    score_bin=(),
    n=(),
    n_labelled=(),
    score_total=(),
    score_squares=(),
    error_total=(),
    error_absolute=(),
    error_squares=(),
    label_total=(),
    label_absolute=(),
    label_squares=(),
)
