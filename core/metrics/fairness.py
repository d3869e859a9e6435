"""Are groups treated alike: rates by group, and how far the groups lie apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.domain import ALL_ROWS, Segment
from core.metrics import intervals
from core.metrics.drift import Floats
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
        for metric in RATES:
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
    value, for ``reason``. Interval: Newcombe, of the two groups that lie farthest apart; from 0 on where
    equal groups lie as far apart by chance, the groups and rates counted of which these were chosen.

    Source: fairlearn, demographic_parity_difference and equalized_odds_difference.

    Examples
    --------
    >>> round(difference([(np.array([30.0, 20.0]), np.array([40.0, 40.0]))]).value, 6)   # .75 − .5
    0.25
    """
    pairs = [_extremes(one) for one in rates]
    found = [_signed_difference(*pair) for pair in pairs if pair is not None]
    if len(found) < len(rates):
        return Reading.nothing(reason)
    place = max(range(len(found)), key=lambda at: found[at].value or 0.0)
    worst, pair = found[place], pairs[place]
    apart = pair and intervals.difference(*pair, z=_limit(rates, place))
    if apart and apart[0] <= 0 and worst.low is not None:
        worst = replace(worst, low=min(worst.low, 0.0))
    return _over_all(worst, rates, (0.0, 1.0))


def ratio(rates: Sequence[tuple[Floats, Floats]], reason: str = NOT_ENOUGH) -> Reading:
    """Least rate over greatest rate between groups; of several rates the worst.

    min p / max p over the groups that have the rate; range [0, 1]; 1 is alike, as is a rate that is 0 in
    every group. Under two groups: no value, for ``reason``. Interval: log delta, of the two groups that
    lie farthest apart; it may reach beyond 1, and does where equal groups lie as far apart by chance.

    Source: fairlearn, demographic_parity_ratio and equalized_odds_ratio; 29 CFR 1607.4 D.

    Examples
    --------
    >>> round(ratio([(np.array([30.0, 20.0]), np.array([40.0, 40.0]))]).value, 6)   # .5 / .75
    0.666667
    """
    pairs = [_extremes(one) for one in rates]
    found = [_signed_ratio(low, n_low, high, n_high) for high, n_high, low, n_low in filter(None, pairs)]
    if len(found) < len(rates):
        return Reading.nothing(reason)
    place = min(range(len(found)), key=lambda at: 1.0 if (value := found[at].value) is None else value)
    worst, pair = found[place], pairs[place]
    if worst.value is None:
        return _over_all(Reading.of(1.0, 0), rates, (0.0, 1.0))
    apart = pair and intervals.ratio(*pair[2:], *pair[:2], z=_limit(rates, place))
    if apart and apart[1] >= 1 and worst.high is not None:
        worst = replace(worst, high=max(worst.high, 1.0))
    return _over_all(worst, rates, (0.0, float("inf")))


def errors_by_group(
    outcomes: Outcomes, sensitive: Sequence[str], by: Sequence[str]
) -> Iterator[tuple[str, Segment, Reading]]:
    """Yield metric, group and reading of a regression model's errors by group."""
    values, group = _grouped(outcomes, sensitive, by)
    for place, segment in enumerate(_segments(by, values)):
        errors = Errors.of(outcomes, group == place)
        yield "mae", segment, mae(errors)
        yield "bias", segment, bias(errors)


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


def _extremes(counts: tuple[Floats, Floats]) -> tuple[float, float, float, float] | None:
    """Return hits and rows of the group with the greatest rate and of that with the least."""
    hits, rows = counts
    used = np.flatnonzero(rows > 0)
    if len(used) < 2:
        return None
    rates = hits[used] / rows[used]
    top, bottom = used[rates.argmax()], used[rates.argmin()]
    return float(hits[top]), float(rows[top]), float(hits[bottom]), float(rows[bottom])


def _limit(rates: Sequence[tuple[Floats, Floats]], place: int) -> float:
    """Return how far apart chance brings equal groups: over those that have the rate, for all rates."""
    return intervals.range_limit(int((rates[place][1] > 0).sum()), len(rates))


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


def _over_all(worst: Reading, rates: Sequence[tuple[Floats, Floats]], bounds: tuple[float, float]) -> Reading:
    """Return the reading with all rows behind it and its interval cut to what is possible."""
    n = round(sum(float(rows.sum()) for _, rows in rates))
    value = worst.value if worst.value is not None else 0.0
    if worst.low is None or worst.high is None:
        return Reading.of(value, n)
    return Reading.of(value, n, (max(worst.low, bounds[0]), min(worst.high, bounds[1])))
