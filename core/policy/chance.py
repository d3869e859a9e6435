"""Could a FAIL be chance? Few reference windows tell their own spread badly, and many series are judged."""

from dataclasses import replace
from math import exp, inf, log, log1p, sqrt

from scipy.special import ndtri, stdtrit

from core.domain import Band, Measurement, Status
from core.metrics.intervals import Z95
from core.policy import sentences
from core.policy.evidence import Judgement, is_of_segment
from core.policy.rules import UNSURE, SelfVariation


def reach(band: Band, beyond: SelfVariation, n_series: int) -> float:
    """How many of the band's standard deviations may a new window lie from its mean by chance alone?

    The t prediction limit at the rule's confidence: with k windows the mean and the deviation are
    themselves uncertain, and three deviations that were estimated from six windows are exceeded by 2.6 %
    of all later windows, not by 0.1 %. An incident takes two failures, so among ``n_series`` series
    each may have 1/√n_series of the chance.

    Returns
    -------
    float
        Infinite for fewer than two windows.

    Source: Hahn & Meeker (1991), Statistical Intervals, chapter 4.

    Examples
    --------
    >>> beyond = SelfVariation(sds=3, min_windows=6, confidence=0.997)
    >>> [round(reach(Band(mean=0, sd=1, n_windows=k), beyond, 1), 2) for k in (6, 10, 28, 1000)]
    [5.41, 3.95, 3.09, 2.76]
    """
    k = band.n_windows
    if k < 2:
        return inf
    tail = (1 - beyond.confidence) / sqrt(max(n_series, 1))
    return -float(stdtrit(k - 1, tail)) * sqrt((k + 1) / (k - 1))


def is_sure(one: Measurement, band: Band, beyond: SelfVariation, n_series: int) -> bool:
    """Does a value lie further from the band's mean than chance explains?

    By the prediction limit, and by the sampling error that the value's own interval tells: a band may be
    narrow by luck, a window's own noise is not.
    """
    if one.value is None:
        return False
    gap = abs(one.value - band.mean)
    error = 0.0 if one.low is None or one.high is None else (one.high - one.low) / (2 * Z95)
    tail = (1 - beyond.confidence) / sqrt(max(n_series, 1))
    return gap > reach(band, beyond, n_series) * band.sd and gap > -float(ndtri(tail)) * error


def doubted(judgement: Judgement, band: Band | None, beyond: SelfVariation, n_series: int) -> Judgement:
    """Say of a FAIL against a band whether chance may explain it; other judgements stay as they are.

    Of a segment such a FAIL is a WARN: of many segments some always lie a little outside, and six windows
    that are narrow by luck among dozens would fail for weeks.
    """
    if judgement.status is not Status.FAIL or band is None:
        return judgement
    if is_sure(judgement.measurement, band, beyond, n_series):
        return judgement
    sentence = f"{judgement.sentence.removesuffix('.')}, {sentences.CHANCE}."
    if is_of_segment(judgement.measurement):
        warning = f"{sentence.removesuffix('.').replace(': fails by ', ': outside by ')}: warns."
        return replace(judgement, status=Status.WARN, reason=sentences.SLIGHT, sentence=warning)
    return replace(judgement, reason=f"{judgement.reason}, {UNSURE}", sentence=sentence)


def sure_distance(band: Band, beyond: SelfVariation, n_series: int) -> float:
    """Return the distance beyond which chance does not explain it; for numbers that cannot be negative.

    The prediction limit on the logarithmic scale: distances are skewed, and their mean plus three
    deviations is exceeded by 1 to 3 % of windows in which nothing happened.

    Examples
    --------
    >>> beyond = SelfVariation(sds=3, min_windows=6, confidence=0.997)
    >>> round(sure_distance(Band(mean=0.02, sd=0.006, n_windows=28), beyond, 1), 4)
    0.0475
    """
    if band.mean <= 0:
        return 0.0
    # log1p of the squared ratio in logarithms: neither overflows for any finite band.
    ratio = band.sd / band.mean
    spread = log1p(ratio * ratio) if ratio < 1e100 else 2 * log(band.sd) - 2 * log(band.mean)
    exponent = log(band.mean) - spread / 2 + reach(band, beyond, n_series) * sqrt(spread)
    return exp(exponent) if exponent < 700 else inf
