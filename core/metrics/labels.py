"""Labels as a stream of their own: how many have come, how late, and how many never can."""

from core.domain import NumericProfile
from core.metrics import latency, quality
from core.metrics.reading import NO_DELAY, NO_LABELLABLE, NO_LABELS, NO_TRAFFIC, Reading
from core.profiles.edges import LABEL_DELAY_EDGES_S


def label_coverage(n_labelled: int, n: int, n_unlabellable: int = 0) -> Reading:
    """Share of the rows that can be labelled whose label has come.

    labelled / (rows − rows that never can be); range [0, 1]; no change is 1 once labels have had their
    time; no rows: "no traffic"; none that can be: "no labellable rows". A row with a label could have one,
    whatever the spec's condition says. Interval: none, it is a count of what is there.

    Source: a count.

    Examples
    --------
    >>> label_coverage(3, 4).value, label_coverage(3, 10, 6).value
    (0.75, 0.75)
    """
    if n <= 0:
        return Reading.nothing(NO_TRAFFIC)
    n_labellable = n - n_unlabellable
    if n_labellable <= 0:
        return Reading.nothing(NO_LABELLABLE, n)
    return Reading.of(n_labelled / n_labellable, n_labellable)


def unlabellable_rate(n_unlabellable: int, n: int, reference: tuple[int, int] | None) -> Reading:
    """Share of rows that have no label and never can have one: rejected applicants, say.

    rows outside the spec's ``labellable`` and without a label / rows; range [0, 1]; no change is the
    reference's value; no rows: "no traffic". Interval: Wilson. Test: two proportions.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> unlabellable_rate(6, 10, None).value
    0.6
    """
    return quality.rate(n_unlabellable, n, reference)


def label_delay(delays: NumericProfile | None, n: int, n_labelled: int, q: float) -> Reading:
    """Return how late labels came: the q quantile of the time from a row's event to its first label.

    From a histogram with 40 bins a decade: the error is under 6 %. The label's time is the one it brings
    along (``columns.labelled_at``), else that of its receipt. Unit: s; range [0, ∞); no change is as
    before. No rows: "no traffic"; no labels: "no labels yet"; all of them in one batch with their rows:
    "labels came with their rows", which tells no delay. Interval: order statistics, from 6 (p50) and 72
    (p95) labels on.

    Source: Hyndman & Fan (1996), The American Statistician 50, definition 1.

    Examples
    --------
    >>> label_delay(None, 5, 0, 0.5).reason
    'no labels yet'
    """
    if delays is None or delays.n_finite == 0:
        return _none(n, n_labelled)
    return latency.percentile(delays, q, LABEL_DELAY_EDGES_S)


def label_age(delays: NumericProfile | None, n: int, n_labelled: int) -> Reading:
    """Return how old a row was at most when its label came: the longest label delay of the window.

    Unit: s; range [0, ∞); no change is as before; exact, and no interval. No rows, no labels and labels
    that came with their rows: as for :func:`label_delay`, no value.

    Source: the maximum.

    Examples
    --------
    >>> one = NumericProfile(n=3, n_null=2, n_nonfinite=0, total=90.0, total_squares=8100.0, low=90.0,
    ...     high=90.0, counts=(1,))
    >>> label_age(one, 3, 1).value
    90.0
    """
    if delays is None or delays.n_finite == 0 or delays.high is None:
        return _none(n, n_labelled)
    return Reading.of(delays.high, delays.n_finite)


def _none(n: int, n_labelled: int) -> Reading:
    if n == 0:
        return Reading.nothing(NO_TRAFFIC)
    return Reading.nothing(NO_DELAY if n_labelled else NO_LABELS)
