"""Are groups treated alike: rates by group, and how far the groups lie apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain import ALL_ROWS, Segment
from core.metrics import group_intervals, intervals
from core.metrics.drift import Floats
from core.metrics.group_intervals import Farthest
from core.metrics.intervals import Interval
from core.metrics.outcomes import Codes, Flags, Outcomes
from core.metrics.performance import calibration_errors
from core.metrics.reading import NO_LABELS, NO_PREDICTION, NOT_ENOUGH, ONE_CLASS, Reading
from core.metrics.regression import Errors, bias, mae

RATES: tuple[str, ...] = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
)
"""Rates that are compared between groups."""

COMPARED: tuple[str, ...] = (*RATES, "precision", "accuracy")
"""Rates of which every group is compared to a chosen one."""

GAPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("demographic_parity", ("selection_rate",)),
    ("equal_opportunity", ("true_positive_rate",)),
    ("equalized_odds", ("true_positive_rate", "false_positive_rate")),
)
"""Each gap is the worst over its rates; metric names end in ``_difference`` and ``_ratio``."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Counts by group of one attribute, or of several crossed.

    ``attribute`` names it (columns joined by a comma), ``names`` and ``segments`` are its groups, ``code``
    the group of each cell; every array of hits and rows has one entry a group, for each rate.
    """

    attribute: str
    names: tuple[str, ...]
    segments: tuple[Segment, ...]
    code: Codes
    hits: dict[str, Floats]
    rows: dict[str, Floats]

    @classmethod
    def of(
        cls, outcomes: Outcomes, sensitive: Sequence[str], by: Sequence[str], positive: str | None
    ) -> "Groups":
        """Add up the cells by the columns ``by`` of the model's ``sensitive`` columns."""
        values, group = _grouped(outcomes, sensitive, by)
        has_prediction, has_label = outcomes.prediction >= 0, outcomes.label >= 0
        selected, real = (code == outcomes.code(positive) for code in (outcomes.prediction, outcomes.label))
        both = has_prediction & has_label

        def rows(where: Flags) -> Floats:
            return np.bincount(group[where], outcomes.n[where], minlength=len(values)).astype(np.float64)

        positives, negatives = rows(both & real), rows(both & ~real)
        return cls(
            attribute=",".join(by),
            names=tuple(",".join(value) for value in values),
            segments=_segments(by, values),
            code=group,
            hits={
                "selection_rate": rows(has_prediction & selected),
                "true_positive_rate": rows(both & real & selected),
                "false_positive_rate": rows(both & ~real & selected),
                "false_negative_rate": rows(both & real & ~selected),
                "precision": rows(both & real & selected),
                "accuracy": rows(both & (outcomes.prediction == outcomes.label)),
            },
            rows={
                "selection_rate": rows(has_prediction),
                "true_positive_rate": positives,
                "false_positive_rate": negatives,
                "false_negative_rate": positives,
                "precision": rows(both & selected),
                "accuracy": rows(both),
            },
        )

    def by_group(self) -> Iterator[tuple[str, Segment, Reading]]:
        """Yield metric, group and reading of every rate of every group."""
        for metric, hits in self.hits.items():
            rows = self.rows[metric]
            for place, segment in enumerate(self.segments):
                yield metric, segment, rate(hits[place], rows[place], self._why_none(metric, place))

    def between_groups(self) -> Iterator[tuple[str, Reading]]:
        """Yield metric and reading of every gap between the groups."""
        for name, rates in GAPS:
            yield (
                f"{name}_difference",
                difference([self._counts(metric) for metric in rates], self._absent(rates)),
            )
            yield f"{name}_ratio", ratio([self._counts(metric) for metric in rates], self._absent(rates))

    def against(self, chosen: str) -> Iterator[tuple[str, Segment, Reading]]:
        """Yield metric, group and reading of every group's signed difference and ratio to a chosen one.

        Parameters
        ----------
        chosen
            The group's value; of crossed columns their values joined by a comma.
        """
        if chosen not in self.names:
            return
        base = self.names.index(chosen)
        for metric in COMPARED:
            hits, rows = self._counts(metric)
            for place, segment in enumerate(self.segments):
                if place != base:
                    pair = (hits[place], rows[place], hits[base], rows[base])
                    yield f"{metric}_difference", segment, _signed_difference(*pair)
                    yield f"{metric}_ratio", segment, _signed_ratio(*pair)

    def _counts(self, metric: str) -> tuple[Floats, Floats]:
        return self.hits[metric], self.rows[metric]

    def _why_none(self, metric: str, place: int) -> str:
        if metric == "selection_rate":
            return NO_PREDICTION
        return ONE_CLASS if self.rows["accuracy"][place] > 0 else NO_LABELS

    def _absent(self, rates: Sequence[str]) -> str:
        if rates == ("selection_rate",):
            return NO_PREDICTION if self.rows["selection_rate"].sum() == 0 else NOT_ENOUGH
        return NO_LABELS if self.rows["accuracy"].sum() == 0 else NOT_ENOUGH


def rate(n_hits: float, n: float, reason: str) -> Reading:
    """Selection rate, true or false positive rate, false negative rate, precision or accuracy of a group.

    hits / rows that could be hits; range [0, 1]; no change is the reference's value, alike is the other
    groups'. A group without such rows has no value, for ``reason``. Interval: Wilson.

    Source: fairlearn's MetricFrame; Hardt, Price & Srebro (2016), NeurIPS.

    Examples
    --------
    >>> rate(30.0, 40.0, "one class").value
    0.75
    """
    if n <= 0:
        return Reading.nothing(reason)
    return Reading.of(n_hits / n, round(n), intervals.wilson(n_hits, n))


def difference(rates: Sequence[tuple[Floats, Floats]], reason: str = NOT_ENOUGH) -> Reading:
    """Greatest minus least rate between groups; of several rates the worst.

    max p − min p over the groups that have the rate; range [0, 1]; 0 is alike. Under two groups: no
    value, for ``reason``. Interval: Newcombe's, of the two groups that lie farthest apart, for as many
    standard errors as the choice among groups and rates asks for (``group_intervals``); from 0 on where
    equal groups lie as far apart by chance.

    Source: fairlearn, demographic_parity_difference and equalized_odds_difference.

    Examples
    --------
    >>> round(difference([(np.array([30.0, 20.0]), np.array([40.0, 40.0]))]).value, 6)   # .75 − .5
    0.25
    """
    farthest = [one for counts in rates if (one := Farthest.of(counts))]
    if len(farthest) < len(rates):
        return Reading.nothing(reason)
    worst = max(range(len(farthest)), key=lambda at: farthest[at].difference)
    bounds = group_intervals.of_difference(farthest, worst)
    return _over_all(farthest[worst].difference, rates, bounds)


def ratio(rates: Sequence[tuple[Floats, Floats]], reason: str = NOT_ENOUGH) -> Reading:
    """Least rate over greatest rate between groups; of several rates the worst.

    min p / max p over the groups that have the rate; range [0, 1]; 1 is alike, as is a rate that is 0 in
    every group. Under two groups: no value, for ``reason``. Interval: log delta, of the two groups that
    lie farthest apart, as :func:`difference`; it may reach beyond 1, and does where equal groups lie as far
    apart by chance.

    Source: fairlearn, demographic_parity_ratio and equalized_odds_ratio; 29 CFR 1607.4 D.

    Examples
    --------
    >>> round(ratio([(np.array([30.0, 20.0]), np.array([40.0, 40.0]))]).value, 6)   # .5 / .75
    0.666667
    """
    farthest = [one for counts in rates if (one := Farthest.of(counts))]
    if len(farthest) < len(rates):
        return Reading.nothing(reason)
    worst = min(range(len(farthest)), key=lambda at: farthest[at].ratio)
    one = farthest[worst]
    bounds = group_intervals.of_ratio(farthest, worst) if one.hits else None
    return _over_all(one.ratio, rates, bounds)


def errors_by_group(
    outcomes: Outcomes, sensitive: Sequence[str], by: Sequence[str], against: str | None = None
) -> Iterator[tuple[str, Segment, Reading]]:
    """Yield metric, group and reading of a regression model's errors by group.

    With a group to compare ``against``, also of every other group's signed differences and ratio to it.
    """
    values, group = _grouped(outcomes, sensitive, by)
    segments = _segments(by, values)
    errors = [Errors.of(outcomes, group == place) for place in range(len(values))]
    for segment, own in zip(segments, errors, strict=True):
        yield "mae", segment, mae(own)
        yield "bias", segment, bias(own)
    names = [",".join(value) for value in values]
    if against not in names:
        return
    base = errors[names.index(against)]
    for segment, own in zip(segments, errors, strict=True):
        if own is not base:
            size, other = (own.absolute, own.squares, own.n), (base.absolute, base.squares, base.n)
            yield "mae_difference", segment, mean_difference(*size, *other)
            yield "mae_ratio", segment, mean_ratio(*size, *other)
            signed = (own.total, own.squares, own.n, base.total, base.squares, base.n)
            yield "bias_difference", segment, mean_difference(*signed)


def mean_difference(
    total: float, squares: float, n: int, other_total: float, other_squares: float, n_other: int
) -> Reading:
    """Mean of a group's errors, or of their sizes, minus that of a chosen group, from sums and squares.

    Σx/n − Σy/m, in the label's unit; 0 is alike. Under two rows on either side: no value. Interval:
    Welch's t.

    Source: Welch (1947), Biometrika 34; fairlearn, MetricFrame.

    Examples
    --------
    >>> mean_difference(6.0, 14.0, 3, 3.0, 5.0, 2).value   # 1, 2, 3 against 1, 2
    0.5
    """
    one, other = _mean_and_error(total, squares, n), _mean_and_error(other_total, other_squares, n_other)
    if one is None or other is None:
        return Reading.nothing(NOT_ENOUGH)
    value, variance = one[0] - other[0], one[1] + other[1]
    degrees = variance**2 / max(one[1] ** 2 / (n - 1) + other[1] ** 2 / (n_other - 1), 1e-300)
    half = intervals.students(max(degrees, 1.0)) * variance**0.5
    return Reading.of(value, n, (value - half, value + half))


def mean_ratio(
    total: float, squares: float, n: int, other_total: float, other_squares: float, n_other: int
) -> Reading:
    """Mean size of a group's errors over that of a chosen group, from sums and squares.

    (Σx/n) / (Σy/m), range [0, ∞); 1 is alike. Under two rows on either side, or without any error on
    one: no value. Interval: log delta.

    Source: fairlearn, MetricFrame.

    Examples
    --------
    >>> mean_ratio(6.0, 14.0, 3, 2.0, 2.5, 2).value   # 1, 2, 3 against .5, 1.5
    2.0
    """
    one, other = _mean_and_error(total, squares, n), _mean_and_error(other_total, other_squares, n_other)
    if one is None or other is None or one[0] <= 0 or other[0] <= 0:
        return Reading.nothing(NOT_ENOUGH)
    error = (one[1] / one[0] ** 2 + other[1] / other[0] ** 2) ** 0.5
    value = one[0] / other[0]
    return Reading.of(value, n, intervals.on_log_scale(value, error * value))


def _mean_and_error(total: float, squares: float, n: int) -> tuple[float, float] | None:
    """Return a mean and the variance of it; None under two rows."""
    if n < 2:
        return None
    mean = total / n
    return mean, max(squares / n - mean * mean, 0.0) / (n - 1)


def of_classes(
    outcomes: Sequence[Outcomes],
    sensitive: Sequence[str],
    by: Sequence[str],
    positive: str | None,
    *,
    against: str | None = None,
    is_scored: bool = False,
    values_only: bool = False,
) -> Iterator[list[tuple[str, str | None, Segment, Reading]]]:
    """Yield, window by window, all that compares the groups of a classifier.

    Parameters
    ----------
    outcomes
        One entry a window.
    values_only
        Do without what takes long: the interval of the calibration error.

    Yields
    ------
    list of (metric, attribute, group, reading)
        Rates (and, where rows are scored, calibration) have a group and no attribute, gaps between all
        groups an attribute and no group.
    """
    windows = [Groups.of(own, sensitive, by, positive) for own in outcomes]
    scored = (
        own.scored(positive, groups.code == place)
        for own, groups in zip(outcomes, windows, strict=True)
        for place in range(len(groups.names))
    )
    errors = iter(calibration_errors([*scored] if is_scored else [], values_only=values_only))
    for groups in windows:
        found: list[tuple[str, str | None, Segment, Reading]] = [
            (metric, None, segment, reading) for metric, segment, reading in groups.by_group()
        ]
        if is_scored:
            found += [("calibration_error", None, segment, next(errors)) for segment in groups.segments]
        found += [
            (metric, groups.attribute, ALL_ROWS, reading) for metric, reading in groups.between_groups()
        ]
        if against is not None:
            found += [
                (metric, None, segment, reading) for metric, segment, reading in groups.against(against)
            ]
        yield found


def _grouped(
    outcomes: Outcomes, sensitive: Sequence[str], by: Sequence[str]
) -> tuple[list[tuple[str, ...]], Codes]:
    """Return the values of some of the sensitive columns, in order, and each cell's place among them."""
    places = [list(sensitive).index(column) for column in by]
    values = [tuple(group[place] for place in places) for group in outcomes.groups]
    distinct = sorted(set(values))
    code = {value: number for number, value in enumerate(distinct)}
    of_group = np.array([code[value] for value in values], dtype=np.intp)
    return distinct, of_group[outcomes.group] if len(of_group) else outcomes.group


def _segments(by: Sequence[str], values: Sequence[tuple[str, ...]]) -> tuple[Segment, ...]:
    return tuple(Segment.of(dict(zip(by, value, strict=True))) for value in values)


def _signed_difference(n_hits: float, n: float, n_other_hits: float, n_other: float) -> Reading:
    if n <= 0 or n_other <= 0:
        return Reading.nothing(NOT_ENOUGH)
    interval = intervals.difference(n_hits, n, n_other_hits, n_other)
    return Reading.of(n_hits / n - n_other_hits / n_other, round(n), interval)


def _signed_ratio(n_hits: float, n: float, n_other_hits: float, n_other: float) -> Reading:
    if n <= 0 or n_other <= 0 or n_other_hits <= 0:
        return Reading.nothing(NOT_ENOUGH)
    value = (n_hits / n) / (n_other_hits / n_other)
    return Reading.of(value, round(n), intervals.ratio(n_hits, n, n_other_hits, n_other))


def _over_all(value: float, rates: Sequence[tuple[Floats, Floats]], bounds: Interval | None) -> Reading:
    """Return the worst gap with all rows behind it."""
    return Reading.of(value, round(sum(float(rows.sum()) for _, rows in rates)), bounds)
