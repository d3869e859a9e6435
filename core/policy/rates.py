"""Data quality and request errors: does something unwanted happen more often than it did?"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from core.domain import Limit, Measurement, Role, Status
from core.metrics.intervals import two_proportions
from core.policy import sentences
from core.policy.chance import doubted
from core.policy.evidence import (
    Context,
    Evidence,
    FamilyKey,
    Judgement,
    band_of,
    family,
    is_open,
    key_of,
    unknown,
)
from core.policy.multiplicity import adjust
from core.policy.rules import AllMissingRule, RateRule


def judge_rates(rule: RateRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Judge rates of unwanted things against the reference's rate, the high side only.

    FAIL needs all of: a two-proportion test (one-sided, adjusted over the columns of the window), an
    absolute margin over the reference's rate, and more than the reference's own windows ever explain.

    Yields
    ------
    Judgement
        One a measurement; UNKNOWN below the minimum of rows or without a reference rate.
    """
    for metric in rule.metrics:
        families: defaultdict[FamilyKey, list[Measurement]] = defaultdict(list)
        for one in evidence.of_metric(metric, rule.role):
            gap = _gap(one, rule, context)
            if gap is None:
                families[family(one)].append(one)
            else:
                yield unknown(one, rule, gap)
        together = Counter((version, index) for (version, index, _), own in families.items() for _ in own)
        for (version, index, _), members in families.items():
            yield from _judge_family(members, together[version, index], rule, context)


def _judge_family(
    members: Sequence[Measurement], n_series: int, rule: RateRule, context: Context
) -> Iterator[Judgement]:
    references = [context.reference_measurements[key_of(one)] for one in members]
    raw = [
        higher(one.value or 0.0, one.n, reference.value or 0.0, reference.n)
        for one, reference in zip(members, references, strict=True)
    ]
    for one, reference, p in zip(members, references, adjust(raw), strict=True):
        judgement = _compare(one, reference.value or 0.0, p, rule, context)
        yield doubted(judgement, band_of(one, context, rule.beyond), rule.beyond, n_series)


def _gap(one: Measurement, rule: RateRule, context: Context) -> str | None:
    if is_open(one, context):
        return "window open"
    if one.value is None:
        return one.reason
    reference = context.reference_measurements.get(key_of(one))
    if reference is None or reference.value is None or reference.n == 0:
        return "no reference"
    return "not enough data" if min(one.n, reference.n) < rule.min_rows else None


def higher(rate: float, n: int, rate_before: float, n_before: int) -> float:
    """How likely is a rate at least this high if nothing changed? One-sided pooled z test.

    Parameters
    ----------
    rate, n
        Share and rows now.
    rate_before, n_before
        Share and rows in the reference.

    Returns
    -------
    float
        p value in [0, 1]; 1 where either side has no rows.

    Examples
    --------
    >>> round(higher(0.15, 100, 0.10, 1000), 4)
    0.0596
    >>> higher(0.0, 100, 0.0, 1000)
    1.0
    """
    either = two_proportions(rate * n, n, rate_before * n_before, n_before)
    if either is None or rate == rate_before:
        return 1.0
    return either / 2 if rate > rate_before else 1 - either / 2


def _compare(one: Measurement, before: float, p: float, rule: RateRule, context: Context) -> Judgement:
    value = one.value or 0.0
    band = band_of(one, context, rule.beyond)
    floor = band.mean + rule.beyond.sds * band.sd if band is not None else 0.0
    edge = max(before + rule.margin.fail, floor)
    warns = value > max(before + rule.margin.warn, floor) and p < rule.p.warn
    fails = value > edge and p < rule.p.fail
    status = Status.FAIL if fails else Status.WARN if warns else Status.PASS
    places = sentences.places_for([value, edge])
    source = f"the reference's {sentences.number(before)} + {rule.margin.fail:g}"
    if band is not None and floor > before + rule.margin.fail:
        source = f"mean + {rule.beyond.sds:g} sd over the reference's {band.n_windows} windows"
    ending = {
        Status.FAIL: f"fails by {sentences.number(value - edge, places)}",
        Status.WARN: "warns",
        Status.PASS: "passes",
    }[status]
    sentence = (
        f"{sentences.subject(one)} {sentences.number(value, places)} {'>' if value > edge else '≤'} "
        f"{sentences.number(edge, places)} = {source} ({sentences.count(one.n)}; adjusted "
        f"{sentences.p_text(p)}): {ending}."
    )
    reason = {Status.FAIL: "more than in the reference", Status.WARN: "slightly more than in the reference"}
    return Judgement(
        measurement=one,
        rule=rule,
        status=status,
        reason=reason.get(status, "as in the reference"),
        sentence=sentence,
        limit=Limit(high=min(edge, 1.0)),
    )


def judge_all_missing(rule: AllMissingRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Fail every feature that has no value in a whole window, though it had values in the reference.

    A handful of rows can all miss a value by chance, so the reference's own missing rate must make that
    less likely than the rule's ``p``.

    Yields
    ------
    Judgement
        Only FAILs: what is not all missing is judged by the rule on missing rates.
    """
    for one in evidence.of_metric("missing_rate", Role.FEATURE):
        reference = context.reference_measurements.get(key_of(one))
        if reference is None or reference.value is None or is_open(one, context):
            continue
        if one.value is None or one.value < 1 or reference.value >= 1:
            continue
        rate = (reference.value * reference.n + 1) / (reference.n + 2)
        if rate**one.n < rule.p:
            sentence = (
                f"{one.feature} is missing in every row of the window ({sentences.count(one.n)}); in the "
                f"reference in {reference.value:.1%} of the rows: fails."
            )
            yield Judgement(
                measurement=one, rule=rule, status=Status.FAIL, reason="all missing", sentence=sentence
            )
