"""Could a FAIL be chance? Few reference windows tell their own spread badly, and many series are judged."""

from dataclasses import dataclass, replace
from math import exp, inf, log, log1p, sqrt

from scipy.special import ndtri, stdtr, stdtrit

from core.domain import Band, Measurement, Status
from core.metrics.intervals import Z95
from core.metrics.serial import Memory
from core.policy import sentences
from core.policy.evidence import Judgement, is_of_segment
from core.policy.rules import UNSURE, SelfVariation

LEAST_WORTH = 2.0
"""Independent windows that a reference is worth at least: fewer would leave any distance possible."""


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
    return -float(stdtrit(k - 1, tail(beyond, n_series))) * sqrt((k + 1) / (k - 1))


def is_sure(one: Measurement, band: Band, beyond: SelfVariation, n_series: int) -> bool:
    """Does a value lie further from the band's mean than chance explains?

    By the prediction limit, and by the sampling error that the value's own interval tells: a band may be
    narrow by luck, a window's own noise is not.
    """
    if one.value is None:
        return False
    gap = abs(one.value - band.mean)
    error = 0.0 if one.low is None or one.high is None else (one.high - one.low) / (2 * Z95)
    noise = -float(ndtri(tail(beyond, n_series))) * error
    return gap > reach(band, beyond, n_series) * band.sd and gap > noise


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The distances at which windows lie from the reference while nothing changes.

    ``band`` is that of the reference's own windows. ``memory`` says how alike neighbours among them are,
    None for a band of windows that are no part of what they are compared with. ``squared`` marks
    distances that grow with the square of what moved.
    """

    band: Band
    memory: Memory | None
    squared: bool

    @property
    def _widening(self) -> float:
        """By how much a new window's squared distance exceeds, on average, that of the reference's own.

        The reference is the mean of its windows: each lies nearer to it than a new one does. Of windows
        worth k independent ones the variances are in the ratio (1 − 1/k) to (1 + 1/k).
        """
        worth = self.band.n_windows / (1.0 if self.memory is None else self.memory.of_mean)
        return (max(worth, LEAST_WORTH) + 1) / (max(worth, LEAST_WORTH) - 1)

    @property
    def _freedom(self) -> float:
        worth = self.band.n_windows / (1.0 if self.memory is None else self.memory.of_spread)
        return max(worth - 1, 1.0)

    @property
    def _nearer(self) -> float:
        """The factor between the distance of a window of the reference and that of a new one."""
        if self.memory is None:
            return 1.0
        return self._widening if self.squared else sqrt(self._widening)

    @property
    def _spread(self) -> float:
        """The variance of the distances' logarithms, were they normal."""
        band = self.band
        ratio = band.sd / band.mean
        # log1p of the squared ratio in logarithms: neither overflows for any finite band.
        return log1p(ratio * ratio) if ratio < 1e100 else 2 * log(band.sd) - 2 * log(band.mean)

    def chance(self, distance: float) -> float:
        """How likely does a window lie this far from the reference if nothing changed?

        The smaller of two prediction probabilities, neither of which the normal case exceeds. One takes
        the logarithms of the distances for normal and is sharp where distances vary little. The other
        takes the squared distance for a sum of squares of normal deviations, whatever their covariance:
        no such sum has a heavier tail, beyond 1.6 times its mean, than one single square.

        Returns
        -------
        float
            In [0, 1]; 1 for a distance of 0, and 0 where the reference's windows never differed.

        Source: Hahn & Meeker (1991), Statistical Intervals, chapter 4; Székely & Bakirov (2003),
        Probability Theory and Related Fields 126, for the single square.

        Examples
        --------
        >>> usual = Usual(band=Band(mean=0.02, sd=0.006, n_windows=28), memory=None, squared=False)
        >>> [round(usual.chance(distance), 4) for distance in (0.02, 0.04, 0.0475)]
        [0.3466, 0.0113, 0.003]
        """
        if distance <= 0:
            return 1.0
        if self.band.mean <= 0:
            return 0.0
        off = log(distance) - log(self.band.mean) - log(self._nearer)
        spread = self._spread
        skewed = 0.0 if off > 0 else 1.0
        if spread > 0:
            skewed = float(stdtr(self._freedom, -(off + spread / 2) / sqrt(spread * self._widening)))
        # The mean of the squares is that of the distances themselves where these are squares already.
        half = off / 2 if self.squared else off - spread / 2
        return min(skewed, 2 * float(stdtr(self._freedom, -exp(min(half, 300.0)))))

    def limit(self, chance: float) -> float:
        """Return the distance that a window exceeds with this probability if nothing changed.

        The inverse of :meth:`chance`; infinite where no float is as far.

        Examples
        --------
        >>> usual = Usual(band=Band(mean=0.02, sd=0.006, n_windows=28), memory=None, squared=False)
        >>> round(usual.limit(0.003), 4)
        0.0475
        """
        if self.band.mean <= 0:
            return 0.0
        spread = self._spread
        at = -float(stdtrit(self._freedom, chance))
        skewed = at * sqrt(spread * self._widening) - spread / 2
        root = log(-float(stdtrit(self._freedom, chance / 2)))
        single = 2 * root if self.squared else root + spread / 2
        exponent = log(self.band.mean) + log(self._nearer) + min(skewed, single)
        return exp(exponent) if exponent < 700 else inf


def tail(beyond: SelfVariation, n_series: int) -> float:
    """Return the probability below which chance does not explain one of ``n_series`` failing.

    An incident takes two failures, so each series may have 1/√n_series of the chance.
    """
    return (1 - beyond.confidence) / sqrt(max(n_series, 1))
