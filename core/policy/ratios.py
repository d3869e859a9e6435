"""Ratios between groups, judged by their interval: the four-fifths screen and its kin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.special import ndtri

from core.domain import Limit, Measurement, Status
from core.metrics import fairness
from core.metrics.drift import Floats
from core.metrics.intervals import Z95
from core.policy import sentences
from core.policy.evidence import Context, Evidence, Judgement, is_open, labels_gap, unknown
from core.policy.fixed import gap_to, in_words, is_outside
from core.policy.rules import RatioRule

RATIOS = {f"{name}_ratio": rates for name, rates in fairness.GAPS}
"""Ratio → the rates by group of which it is the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A ratio over the groups that are large enough, and its simultaneous 95 % interval."""

    value: float
    low: float
    high: float
    n_groups: int
    small: tuple[str, ...]


def judge_ratios(rule: RatioRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Judge ratios between groups by their interval: FAIL only when it lies wholly outside the range.

    A point outside with an interval that reaches inside warns: with truly equal groups the four-fifths
    screen by the point alone fails 18 % of the time at n = 50. Groups with too few rows are left out;
    where only they take the ratio outside, it is UNKNOWN. The interval of the least against the greatest
    of k groups is widened for the choice among k(k − 1)/2 pairs (Bonferroni): else the more groups, the
    more false alarms.

    Yields
    ------
    Judgement
        One a measurement.
    """
    for metric in rule.metrics:
        for one in evidence.of_metric(metric, rule.role):
            yield _judge(one, rule, evidence, context)


def _judge(one: Measurement, rule: RatioRule, evidence: Evidence, context: Context) -> Judgement:
    if is_open(one, context):
        return unknown(one, rule, "window open")
    rates = RATIOS[one.metric]
    immature = labels_gap(one, context, rule.min_coverage) if rates != ("selection_rate",) else None
    if immature is not None:
        return unknown(one, rule, immature)
    if one.value is None:
        return unknown(one, rule, one.reason or "not enough data")
    compared = compare([evidence.groups(one, rate) for rate in rates], rule.min_group_rows)
    if compared is None:
        return unknown(one, rule, "not enough data", f", two groups of {rule.min_group_rows} rows needed")
    outside = is_outside(compared.value, rule.limit)
    if not outside and is_outside(one.value, rule.limit):
        need = f"; too few rows to judge have {', '.join(compared.small)}"
        return unknown(one, rule, "not enough data", need)
    wholly = is_outside(compared.low, rule.limit) and is_outside(compared.high, rule.limit)
    status = Status.FAIL if outside and wholly else Status.WARN if outside else Status.PASS
    reason = {Status.FAIL: "outside the band", Status.WARN: "perhaps outside the band"}
    return Judgement(
        measurement=one,
        rule=rule,
        status=status,
        reason=reason.get(status, "within the band"),
        sentence=_sentence(one, compared, rule.limit, status),
        limit=rule.limit,
    )


def compare(rates: Sequence[Sequence[Measurement]], min_rows: int) -> Compared | None:
    """Compare the groups that are large enough; None where fewer than two are.

    Parameters
    ----------
    rates
        Of each rate its measurement of every group.
    """
    large = [[one for one in groups if one.n >= min_rows and one.value is not None] for groups in rates]
    n_groups = min(len(groups) for groups in large)
    if n_groups < 2:
        return None
    reading = fairness.ratio([_hits_and_rows(groups) for groups in large])
    if reading.value is None:
        return None
    small = {str(one.segment) for groups in rates for one in groups if one.n < min_rows}
    low, high = reading.value, reading.value
    if reading.low is not None and reading.high is not None:
        low, high = _widened(reading.low, reading.high, n_groups)
    return Compared(value=reading.value, low=low, high=high, n_groups=n_groups, small=tuple(sorted(small)))


def _hits_and_rows(groups: Sequence[Measurement]) -> tuple[Floats, Floats]:
    rows = np.array([one.n for one in groups], dtype=np.float64)
    return rows * np.array([one.value or 0.0 for one in groups], dtype=np.float64), rows


def _widened(low: float, high: float, n_groups: int) -> tuple[float, float]:
    """Return the interval of one ratio at the level at which all pairs of groups hold together."""
    if low <= 0:
        return low, high
    centre, half = sqrt(low * high), log(high / low) / 2
    half *= for_all_pairs(n_groups) / Z95
    return centre * exp(-half), centre * exp(half)


def for_all_pairs(n_groups: int) -> float:
    """Return how many standard errors hold 95 % for all pairs of groups together (Bonferroni).

    Examples
    --------
    >>> [round(for_all_pairs(n), 3) for n in (0, 2, 5)]
    [1.96, 1.96, 2.807]
    """
    return -float(ndtri(0.025 / max(n_groups * (n_groups - 1) / 2, 1)))


def _sentence(one: Measurement, compared: Compared, limit: Limit, status: Status) -> str:
    left_out = f", leaving out {', '.join(compared.small)} with too few rows" if compared.small else ""
    ending = {
        Status.FAIL: f"fails by {sentences.number(gap_to(compared.value, limit))}",
        Status.WARN: "warns",
        Status.PASS: "passes",
    }
    return (
        f"{sentences.subject(one)} {sentences.number(compared.value)} (95 % interval for all pairs of "
        f"{compared.n_groups} groups {sentences.number(compared.low)} to {sentences.number(compared.high)}, "
        f"{sentences.count(one.n)}{left_out}) against {in_words(limit)}: {ending[status]}. "
        f"A screening band, not a legal verdict."
    )
