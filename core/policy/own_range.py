"""Numbers without a test and without a fixed limit: only the reference's own windows say what is usual."""

from collections import Counter
from collections.abc import Iterator

from core.domain import Limit, Measurement, Status
from core.policy import sentences
from core.policy.band import harmful_side
from core.policy.chance import doubted
from core.policy.evidence import Context, Evidence, Judgement, band_of, is_open, unknown
from core.policy.fixed import gap_to
from core.policy.rules import OwnRangeRule

TOO_FEW = "too few reference windows"


def judge_own_range(rule: OwnRangeRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Fail numbers beyond mean ± sds over the reference's own windows, by the point value.

    Yields
    ------
    Judgement
        One a measurement; UNKNOWN without a value, with few rows, or with few reference windows.
    """
    judged = [one for metric in rule.metrics for one in evidence.of_metric(metric, rule.role)]
    together = Counter((one.version, one.window.index) for one in judged if one.value is not None)
    for one in judged:
        judgement = _judge(one, rule, context)
        n_series = together[one.version, one.window.index]
        yield doubted(judgement, band_of(one, context, rule.beyond), rule.beyond, n_series)


def _judge(one: Measurement, rule: OwnRangeRule, context: Context) -> Judgement:
    if is_open(one, context):
        return unknown(one, rule, "window open")
    if one.value is None:
        return unknown(one, rule, one.reason or "not enough data")
    if one.n < rule.min_rows:
        return unknown(one, rule, "not enough data", f", {rule.min_rows} needed")
    band = band_of(one, context, rule.beyond)
    if band is None:
        return unknown(one, rule, TOO_FEW, f", {rule.beyond.min_windows} of its windows needed")
    side, reach = harmful_side(one.metric), rule.beyond.sds * band.sd
    limit = Limit(
        low=None if side == "high" else band.mean - reach, high=None if side == "low" else band.mean + reach
    )
    gap = gap_to(one.value, limit)
    is_low = limit.low is not None and one.value < limit.low
    edge = limit.low if is_low or limit.high is None else limit.high
    places = sentences.places_for([one.value, edge or 0.0])
    sign = ("<" if is_low else ">") if gap > 0 else "≤" if limit.high is not None else "≥"
    sentence = (
        f"{sentences.subject(one)} {sentences.number(one.value, places)} {sign} "
        f"{sentences.number(edge or 0.0, places)} = mean {'−' if is_low else '+'} {rule.beyond.sds:g} sd "
        f"over the reference's {band.n_windows} windows ({sentences.count(one.n)}): "
        f"{f'fails by {sentences.number(gap, places)}' if gap > 0 else 'passes'}."
    )
    return Judgement(
        measurement=one,
        rule=rule,
        status=Status.FAIL if gap > 0 else Status.PASS,
        reason="outside reference band" if gap > 0 else "within its limits",
        sentence=sentence,
        limit=limit,
    )
