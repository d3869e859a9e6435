"""Rules with limits of their own: traffic, and whatever range an owner chose."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from core.domain import ALL_ROWS, Limit, Measurement, Role, Segment, Status
from core.policy import sentences
from core.policy.chance import reach
from core.policy.evidence import Context, Evidence, Judgement, band_of, is_open, unknown
from core.policy.rules import LimitRule, Rule, TrafficRule


def judge_traffic(rule: TrafficRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Fail a closed window in which no version of the model had a single row.

    Fewer rows than the reference's own windows ever had is a warning; a version without rows while
    another has some is no fault: versions come and go. A segment fails without rows only where the
    reference's windows have so many of them that chance does not explain it, and other rows arrived.

    Yields
    ------
    Judgement
        One a row count.
    """
    counts = evidence.of_metric("row_count", Role.OPERATIONS)
    rows: defaultdict[tuple[int | None, Segment], float] = defaultdict(float)
    for one in counts:
        rows[one.window.index, one.segment] += one.value or 0.0
    n_segments = Counter(index for index, segment in rows if segment.pairs)
    for one in counts:
        index = one.window.index
        if not one.segment.pairs:
            yield _judge_count(one, rows[index, ALL_ROWS], rule, context)
        elif rows[index, ALL_ROWS] == 0:
            yield unknown(one, rule, "no traffic")
        else:
            yield _judge_segment(one, rows[index, one.segment], n_segments[index], rule, context)


def _judge_segment(
    one: Measurement, rows: float, n_segments: int, rule: TrafficRule, context: Context
) -> Judgement:
    band = band_of(one, context, rule.beyond)
    if band is None:
        return unknown(one, rule, "not enough data", f", {rule.beyond.min_windows} reference windows needed")
    least = band.mean - max(rule.beyond.sds, reach(band, rule.beyond, n_segments)) * band.sd
    ground = (
        f"the reference's own windows have {band.mean:,.0f} ± {band.sd:,.0f} (mean and sd over "
        f"{band.n_windows}), so chance explains {max(least, 0.0):,.0f} or more"
    )
    subject = f"{rows:,.0f} rows for {one.segment}"
    limit = Limit(low=max(least, 0.0))
    if rows >= least:
        return _said(one, rule, Status.PASS, "traffic", f"{subject}: passes.", limit)
    own = context.segments.get(one.segment)
    if rows == 0 and own is not None and own.n_silent:
        sentence = f"{subject}, as in {own.n_silent} of the reference's own windows: passes."
        return _said(one, rule, Status.PASS, "no traffic, as in the reference", sentence, Limit(low=0))
    if rows == 0:
        sentence = f"No rows for {one.segment} arrived, though others did; {ground}: fails."
        return _said(one, rule, Status.FAIL, "no traffic", sentence, limit)
    return _said(one, rule, Status.WARN, "little traffic", f"{subject}; {ground}: warns.", limit)


def _judge_count(one: Measurement, rows: float, rule: TrafficRule, context: Context) -> Judgement:
    if is_open(one, context):
        return unknown(one, rule, "window open")
    if one.value is None:
        return unknown(one, rule, one.reason or "no traffic")
    if rows == 0 and context.n_silent:
        windows = f"{context.n_silent} of the reference's windows"
        sentence = f"No rows arrived, as in {windows} of this weekday or hour: passes."
        return _said(one, rule, Status.PASS, "no traffic, as in the reference", sentence, Limit(low=0))
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
        return unknown(one, rule, "window open")
    if one.value is None:
        return unknown(one, rule, one.reason or "not enough data")
    if one.n < rule.min_rows:
        return unknown(one, rule, "not enough data", f", {rule.min_rows} needed")
    status = Status.PASS
    if is_outside(one.value, rule.fail):
        status = Status.FAIL
    elif is_outside(one.value, rule.warn):
        status = Status.WARN
    limit = rule.warn if status is Status.WARN else rule.fail
    gap = gap_to(one.value, limit)
    places = sentences.places_for([one.value, one.value + gap])
    ending = {
        Status.FAIL: f"fails by {sentences.number(gap, places)}",
        Status.WARN: f"warns by {sentences.number(gap, places)}",
        Status.PASS: "passes",
    }
    sentence = (
        f"{sentences.subject(one)} {sentences.number(one.value, places)} against {in_words(limit)}, the "
        f"limit of the policy ({sentences.count(one.n)}): {ending[status]}."
    )
    reason = "within limit" if status is Status.PASS else "outside limit"
    return _said(one, rule, status, reason, sentence, limit)


def is_outside(value: float, limit: Limit) -> bool:
    """Return whether a value lies strictly outside a range."""
    return (limit.low is not None and value < limit.low) or (limit.high is not None and value > limit.high)


def gap_to(value: float, limit: Limit) -> float:
    """Return how far a value lies outside a range; 0 inside."""
    below = limit.low - value if limit.low is not None else 0.0
    above = value - limit.high if limit.high is not None else 0.0
    return max(below, above, 0.0)


def in_words(limit: Limit) -> str:
    """Return a range as people write it: from low to high, at least, at most."""
    ends = [f"{end:g}" for end in (limit.low, limit.high) if end is not None]
    if len(ends) == 2:
        return f"{ends[0]} to {ends[1]}"
    return f"at least {ends[0]}" if limit.low is not None else f"at most {ends[0]}"


def _said(
    one: Measurement, rule: Rule, status: Status, reason: str, sentence: str, limit: Limit
) -> Judgement:
    return Judgement(measurement=one, rule=rule, status=status, reason=reason, sentence=sentence, limit=limit)
