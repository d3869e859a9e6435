"""Rules with limits of their own: parity ratios, traffic, and whatever range an owner chose."""

from collections import defaultdict
from collections.abc import Iterator

from core.domain import Limit, Measurement, Role, Status
from core.policy import sentences
from core.policy.evidence import Context, Evidence, Judgement, band_of, is_open
from core.policy.rules import LimitRule, RatioRule, Rule, TrafficRule


def judge_ratios(rule: RatioRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Judge ratios between groups by their interval: FAIL only when it lies wholly outside the range.

    A point outside with an interval that reaches inside warns: with truly equal groups the four-fifths
    screen by the point alone fails 18 % of the time at n = 50. A group with too few rows has no verdict,
    and so has no ratio that it takes part in.

    Yields
    ------
    Judgement
        One a measurement.
    """
    for metric in rule.metrics:
        for one in evidence.of_metric(metric, rule.role):
            yield _judge_ratio(one, rule, evidence, context)


def _judge_ratio(one: Measurement, rule: RatioRule, evidence: Evidence, context: Context) -> Judgement:
    if is_open(one, context):
        return _unknown(one, rule, "window open")
    if one.value is None:
        return _unknown(one, rule, one.reason or "not enough data")
    sizes = evidence.group_sizes(one, one.feature or "")
    small = sorted(group for group, n in sizes.items() if n < rule.min_group_rows)
    if small or one.n < rule.min_group_rows:
        need = (
            f"; {rule.min_group_rows} rows a group needed, too few have {', '.join(small)}" if small else ""
        )
        return _unknown(one, rule, "not enough data", need)
    if one.low is None or one.high is None:
        return _unknown(one, rule, "no interval")
    outside = _is_outside(one.value, rule.limit)
    wholly = outside and (_is_outside(one.high, rule.limit) and _is_outside(one.low, rule.limit))
    status = Status.FAIL if wholly else Status.WARN if outside else Status.PASS
    reason = {Status.FAIL: "outside the band", Status.WARN: "perhaps outside the band"}
    gap = _gap(one.value, rule.limit)
    ending = {Status.FAIL: f"fails by {sentences.number(gap)}", Status.WARN: "warns", Status.PASS: "passes"}
    sentence = (
        f"{sentences.subject(one)} {sentences.number(one.value)} (95 % interval {sentences.number(one.low)} "
        f"to {sentences.number(one.high)}, {sentences.count(one.n)}) against {_range(rule.limit)}: "
        f"{ending[status]}. A screening band, not a legal verdict."
    )
    return _said(one, rule, status, reason.get(status, "within the band"), sentence, rule.limit)


def judge_traffic(rule: TrafficRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Fail a closed window in which no version of the model had a single row.

    Fewer rows than the reference's own windows ever had is a warning; a version without rows while
    another has some is no fault: versions come and go.

    Yields
    ------
    Judgement
        One a row count.
    """
    counts = evidence.of_metric("row_count", Role.OPERATIONS)
    whole: defaultdict[int | None, float] = defaultdict(float)
    for one in counts:
        if not one.segment.pairs:
            whole[one.window.index] += one.value or 0.0
    for one in counts:
        if not one.segment.pairs:
            yield _judge_count(one, whole[one.window.index], rule, context)


def _judge_count(one: Measurement, rows: float, rule: TrafficRule, context: Context) -> Judgement:
    if is_open(one, context):
        return _unknown(one, rule, "window open")
    if one.value is None:
        return _unknown(one, rule, one.reason or "no traffic")
    if rows == 0:
        sentence = "No rows arrived in the whole window: fails."
        return _said(one, rule, Status.FAIL, "no traffic", sentence, Limit(low=1))
    band = band_of(one, context, rule.beyond) if context.spec.window.every is not None else None
    floor = band.mean - rule.beyond.sds * band.sd if band is not None else 0.0
    if band is not None and rows < floor:
        sentence = (
            f"{rows:,.0f} rows, fewer than {floor:,.0f}, the lower limit of the reference's own windows "
            f"({band.mean:,.0f} − {rule.beyond.sds:g} × {band.sd:,.0f}): warns."
        )
        return _said(one, rule, Status.WARN, "little traffic", sentence, Limit(low=floor))
    sentence = f"{rows:,.0f} rows arrived in the window: passes."
    return _said(one, rule, Status.PASS, "traffic", sentence, Limit(low=max(floor, 1)))


def judge_limits(rule: LimitRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Judge metrics against the range that the policy names, by the point value.

    Yields
    ------
    Judgement
        One a measurement; UNKNOWN below the minimum of rows.
    """
    for metric in rule.metrics:
        for one in evidence.of_metric(metric, rule.role):
            yield _judge_limit(one, rule, context)


def _judge_limit(one: Measurement, rule: LimitRule, context: Context) -> Judgement:
    if is_open(one, context):
        return _unknown(one, rule, "window open")
    if one.value is None:
        return _unknown(one, rule, one.reason or "not enough data")
    if one.n < rule.min_rows:
        return _unknown(one, rule, "not enough data", f", {rule.min_rows} needed")
    status = Status.PASS
    if _is_outside(one.value, rule.fail):
        status = Status.FAIL
    elif _is_outside(one.value, rule.warn):
        status = Status.WARN
    limit = rule.warn if status is Status.WARN else rule.fail
    gap = _gap(one.value, limit)
    places = sentences.places_for([one.value, one.value + gap])
    ending = {
        Status.FAIL: f"fails by {sentences.number(gap, places)}",
        Status.WARN: f"warns by {sentences.number(gap, places)}",
        Status.PASS: "passes",
    }
    sentence = (
        f"{sentences.subject(one)} {sentences.number(one.value, places)} against {_range(limit)}, the limit "
        f"of the policy ({sentences.count(one.n)}): {ending[status]}."
    )
    reason = "within limit" if status is Status.PASS else "outside limit"
    return _said(one, rule, status, reason, sentence, limit)


def _is_outside(value: float, limit: Limit) -> bool:
    return (limit.low is not None and value < limit.low) or (limit.high is not None and value > limit.high)


def _gap(value: float, limit: Limit) -> float:
    """Return how far a value lies outside a range; 0 inside."""
    below = limit.low - value if limit.low is not None else 0.0
    above = value - limit.high if limit.high is not None else 0.0
    return max(below, above, 0.0)


def _range(limit: Limit) -> str:
    ends = [f"{end:g}" for end in (limit.low, limit.high) if end is not None]
    if len(ends) == 2:
        return f"{ends[0]} to {ends[1]}"
    return f"at least {ends[0]}" if limit.low is not None else f"at most {ends[0]}"


def _unknown(one: Measurement, rule: Rule, reason: str, need: str = "") -> Judgement:
    sentence = sentences.unknown(one, reason, need=need)
    return _said(one, rule, Status.UNKNOWN, reason, sentence, Limit())


def _said(
    one: Measurement, rule: Rule, status: Status, reason: str, sentence: str, limit: Limit
) -> Judgement:
    return Judgement(measurement=one, rule=rule, status=status, reason=reason, sentence=sentence, limit=limit)
