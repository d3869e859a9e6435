"""Performance, overall and by group: is it worse than the reference's own windows ever explain?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri

from core.domain import Band, Limit, Measurement, Role, Status
from core.metrics.catalogue import BY_NAME
from core.policy import sentences
from core.policy.chance import doubted
from core.policy.evidence import Context, Evidence, Judgement, band_of, is_open, key_of, labels_gap, unknown
from core.policy.rules import BandRule

PROPORTIONS = frozenset(
    {
        "accuracy", "precision", "recall", "specificity", "selection_rate",
        "true_positive_rate", "false_positive_rate", "false_negative_rate", "true_negative_rate",
    }
)  # fmt: skip
IN_LABEL_UNITS = frozenset({"mae", "rmse", "bias"})
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the reference lets one expect of a window: centre, allowed range, and where that is from."""

    mean: float
    limit: Limit
    source: str
    derivation: str


def judge_band(rule: BandRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Judge the rule's metrics for the model's task, measured and estimated alike.

    FAIL by the point value, strictly outside the allowed range on the harmful side. WARN when inside,
    but the 95 % interval lies wholly beyond the reference's mean by more than the margin. The range is
    the policy's fixed limit, else mean ± sds over the reference's own windows, else, with too few of
    them, the interval in which a window of this size would fall if nothing had changed.

    Yields
    ------
    Judgement
        One a measurement; UNKNOWN for immature labels, small groups and missing references.
    """
    judged = [
        one for metric in rule.metrics[context.spec.task] for one in evidence.of_metric(metric, rule.role)
    ]
    together = Counter((one.version, one.window.index) for one in judged if one.value is not None)
    for one in judged:
        judgement = _judge(one, rule, evidence, context)
        # What a policy fixed is no matter of chance.
        band = None if one.metric in rule.limits else band_of(one, context, rule.beyond)
        yield doubted(judgement, band, rule.beyond, together[one.version, one.window.index])


def _judge(one: Measurement, rule: BandRule, evidence: Evidence, context: Context) -> Judgement:
    gap = _gap(one, rule, evidence, context)
    if gap is not None:
        return unknown(one, rule, *gap)
    expected = _expected(one, rule, context)
    if expected is None:
        return unknown(one, rule, "no reference", "")
    side = harmful_side(one.metric)
    value = one.value if one.value is not None else 0.0
    low = expected.limit.low if side != "high" else None
    high = expected.limit.high if side != "low" else None
    if low is not None and value < low:
        return _outside(one, rule, expected, low, "<", "lower")
    if high is not None and value > high:
        return _outside(one, rule, expected, high, ">", "upper")
    return _inside(one, rule, expected, side, context)


def _gap(one: Measurement, rule: BandRule, evidence: Evidence, context: Context) -> tuple[str, str] | None:
    """Return why the measurement cannot be judged and what it would need, or None where it can."""
    if is_open(one, context):
        return "window open", ""
    if not one.estimated:
        immature = labels_gap(one, context, rule.min_coverage)
        if immature is not None:
            return immature, ""
    if one.value is None:
        return one.reason or "not enough data", ""
    rows = evidence.group_rows(one, one.segment) if one.segment.pairs else None
    if one.segment.pairs and (one.n if rows is None else rows) < rule.min_group_rows:
        return "not enough data", f", {rule.min_group_rows} rows of the group needed"
    if one.n < rule.min_rows:
        return "not enough data", f", {rule.min_rows} needed"
    return None


def harmful_side(metric: str) -> str:
    """Return on which side a metric does harm: low, high or both, which unknown ones do.

    Examples
    --------
    >>> harmful_side("roc_auc"), harmful_side("mae"), harmful_side("bias")
    ('low', 'high', 'both')
    """
    info = BY_NAME.get(metric)
    return "both" if info is None else info.harmful


def _expected(one: Measurement, rule: BandRule, context: Context) -> Expected | None:
    band = band_of(one, context, rule.beyond)
    reference = context.reference_measurements.get(key_of(one))
    fixed = rule.limits.get(one.metric)
    if fixed is not None:
        mean = band.mean if band is not None else reference.value if reference is not None else None
        centre = mean if mean is not None else one.value or 0.0
        return Expected(mean=centre, limit=fixed, source="limit of the policy", derivation="")
    if band is not None:
        return _from_windows(band, rule)
    if reference is None or reference.value is None or reference.n == 0:
        return None
    return _from_interval(one, reference, rule, context)


def _from_windows(band: Band, rule: BandRule) -> Expected:
    reach = rule.beyond.sds * band.sd
    return Expected(
        mean=band.mean,
        limit=Limit(low=band.mean - reach, high=band.mean + reach),
        source="limit of the reference band",
        derivation=f"{rule.beyond.sds:g} × {sentences.number(band.sd, 4)}",
    )


def _from_interval(
    one: Measurement, reference: Measurement, rule: BandRule, context: Context
) -> Expected | None:
    """Return where a window of n rows falls with the rule's confidence if nothing has changed.

    Proportions: the beta-binomial predictive interval, which is the binomial one widened by what the
    reference itself leaves uncertain; with few reference windows that is no small part of it. Others: the
    reference's 95 % interval, rescaled from its n to the window's.
    """
    from scipy.stats import betabinom  # late: takes a second to import

    mean = reference.value if reference.value is not None else 0.0
    n = context.n_reference_windows
    windows = f"{'only ' if n else ''}{n or 'no'} window{'' if n == 1 else 's'}"
    share = f"{100 * rule.beyond.confidence:g} %"
    source = f"limit of the {share} interval around the reference, which has {windows} of this size"
    if one.metric in PROPORTIONS:
        successes = mean * reference.n
        tail = (1 - rule.beyond.confidence) / 2
        spread = betabinom(one.n, successes + 0.5, reference.n - successes + 0.5)
        limit = Limit(low=float(spread.ppf(tail)) / one.n, high=float(spread.ppf(1 - tail)) / one.n)
        return Expected(mean=mean, limit=limit, source=source, derivation="")
    if reference.low is None or reference.high is None or one.n == 0:
        return None
    sd = (reference.high - reference.low) / (2 * NORMAL_95)
    reach = float(ndtri((1 + rule.beyond.confidence) / 2)) * sd * sqrt(reference.n / one.n + 1)
    return Expected(mean=mean, limit=Limit(low=mean - reach, high=mean + reach), source=source, derivation="")


def _inside(one: Measurement, rule: BandRule, expected: Expected, side: str, context: Context) -> Judgement:
    """Warn where even the interval's better end is clearly worse than the reference's mean."""
    margin = rule.warn_margin * _scale(one, context)
    below = one.high is not None and side != "high" and one.high < expected.mean - margin
    above = one.low is not None and side != "low" and one.low > expected.mean + margin
    if below or above:
        end = one.high if below else one.low
        sentence = (
            f"{_lead(one)} is inside its limits, but its 95 % interval ends at "
            f"{sentences.number(end or 0.0)}, more than {sentences.number(margin)} "
            f"{'below' if below else 'above'} the reference's {sentences.number(expected.mean)} "
            f"({sentences.count(one.n)}): warns."
        )
        return _judgement(one, rule, expected.limit, Status.WARN, "worse than the reference", sentence)
    shown = [
        f"{'≥' if name == 'lower' else '≤'} {sentences.number(edge)} = {name} {expected.source}"
        for name, edge, judged in (
            ("lower", expected.limit.low, side != "high"),
            ("upper", expected.limit.high, side != "low"),
        )
        if edge is not None and judged
    ]
    sentence = f"{_lead(one)} {' and '.join(shown)} ({sentences.count(one.n)}): passes."
    return _judgement(one, rule, expected.limit, Status.PASS, "within its limits", sentence)


def _scale(one: Measurement, context: Context) -> float:
    """Return the unit of the warn margin: 1 for shares, the reference's mean error for errors."""
    if one.metric not in IN_LABEL_UNITS:
        return 1.0
    band = context.bands.get(("mae", Role.PERFORMANCE, None, one.segment))
    whole = context.reference_measurements.get(("mae", Role.PERFORMANCE, None, one.segment))
    if band is not None:
        return abs(band.mean)
    return abs(whole.value) if whole is not None and whole.value is not None else 0.0


def _outside(
    one: Measurement, rule: BandRule, expected: Expected, edge: float, sign: str, name: str
) -> Judgement:
    value = one.value if one.value is not None else 0.0
    places = sentences.places_for([value, edge])
    how = ""
    if expected.derivation:
        plus = "−" if name == "lower" else "+"
        how = f" ({sentences.number(expected.mean)} {plus} {expected.derivation})"
    sentence = (
        f"{sentences.subject(one)} {sentences.number(value, places)} {sign} "
        f"{sentences.number(edge, places)} = {name} {expected.source}{how} ({sentences.count(one.n)}): "
        f"fails by {sentences.number(abs(value - edge), places)}."
    )
    reason = "outside reference band" if expected.source != "limit of the policy" else "outside limit"
    return _judgement(one, rule, expected.limit, Status.FAIL, reason, sentence)


def _lead(one: Measurement) -> str:
    value = one.value if one.value is not None else 0.0
    return f"{sentences.subject(one)} {sentences.number(value)}"


def _judgement(
    one: Measurement, rule: BandRule, limit: Limit, status: Status, reason: str, sentence: str
) -> Judgement:
    return Judgement(measurement=one, rule=rule, status=status, reason=reason, sentence=sentence, limit=limit)
