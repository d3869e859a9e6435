"""Is the input usable: missing values, unknown categories, values out of range, volume, errors.

The rates come with a two-proportion test against the reference (``p_value``). Empty windows give "no
traffic".
"""

from bisect import bisect_left
from collections.abc import Sequence

from core.domain import CategoricalProfile, NumericProfile
from core.metrics import intervals
from core.metrics.reading import NO_REFERENCE, NO_TRAFFIC, NOT_ENOUGH, Reading


def row_count(n: int) -> Reading:
    """Rows of a window.

    n; unit: rows; range [0, ∞); 0 is a value: nobody asked. No change is what the reference's windows have.

    Source: a count.

    Examples
    --------
    >>> row_count(0).value
    0.0
    """
    return Reading.of(float(n), n)


def error_rate(n_errors: int, n: int) -> Reading:
    """Share of requests whose status was anything but ok.

    errors / rows; range [0, 1]; no change is the reference's value; no rows: "no traffic". Interval: Wilson.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> error_rate(1, 4).value
    0.25
    """
    return rate(n_errors, n, None)


def invalid_rate(n_refused: int, n_sent: int, reference: tuple[int, int] | None) -> Reading:
    """Share of the rows sent that went to quarantine because a column's value is of no use.

    refused / rows sent, of a window's time; a value of another type ("12 EUR" for a number), a score
    outside [0, 1] and the like. A row counts for the first column at fault. Range [0, 1]; no change is the
    reference's value. No rows: "no traffic". Interval: Wilson. Test: two proportions.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> invalid_rate(1, 4, (1, 100)).value
    0.25
    """
    return rate(n_refused, n_sent, reference)


def staleness(silence_s: float, rhythm_s: float, n: int) -> Reading:
    """How many whole windows' lengths have passed since the model's last row, by the wall clock?

    ⌊silence / rhythm⌋, the rhythm being the length of a window, or the usual time that one of so many
    rows takes. Unit: windows; range 0, 1, 2, …; no change is 0. No rows: not measured. Interval: none.

    Source: a clock.

    Examples
    --------
    >>> staleness(3 * 86400 + 60, 86400, 500).value
    3.0
    """
    return Reading.of(float(silence_s // rhythm_s), n)


def missing_rate(
    profile: NumericProfile | CategoricalProfile, reference: NumericProfile | CategoricalProfile | None
) -> Reading:
    """Share of rows without a usable value: null, and for numbers NaN or infinite too.

    missing / rows; range [0, 1]; no change is the reference's value; no rows: "no traffic". Interval: Wilson.
    Test: two proportions.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> some = CategoricalProfile(n=8, n_null=2, counts=(6,), n_other=0)
    >>> missing_rate(some, some).value
    0.25
    """
    before = None if reference is None else (_missing(reference), reference.n)
    return rate(_missing(profile), profile.n, before)


def new_category_rate(profile: CategoricalProfile, reference: CategoricalProfile | None) -> Reading:
    """Share of known values that the reference's categories do not hold.

    other / (rows − nulls); range [0, 1]; no change is the reference's own share, 0 unless it has more
    categories than are kept. No rows: "no traffic"; all null: "not enough data". Interval: Wilson. Test:
    two proportions.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> seen = CategoricalProfile(n=8, n_null=0, counts=(8,), n_other=0)
    >>> new_category_rate(CategoricalProfile(n=8, n_null=2, counts=(3,), n_other=3), seen).value
    0.5
    """
    n_known = profile.n - profile.n_null
    if profile.n > 0 and n_known == 0:
        return Reading.nothing(NOT_ENOUGH)
    before = None if reference is None else (reference.n_other, reference.n - reference.n_null)
    return rate(profile.n_other, n_known, before)


def out_of_range_rate(
    profile: NumericProfile, reference: NumericProfile | None, edges: Sequence[float]
) -> Reading:
    """Share of finite values outside the smallest and the largest value of the reference.

    (values < low or > high) / finite values; range [0, 1]; no change is 0. Counted on the bins that lie
    outside whole; where no edge falls on the reference's extremes, the open outer bins count as inside
    but for the one extreme value that is known to be out. No rows: "no traffic"; no finite value: "not
    enough data"; no finite reference value: "no reference". Interval: Wilson. Test: two proportions.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> seen = NumericProfile(n=2, n_null=0, n_nonfinite=0, total=3.0, total_squares=5.0, low=1.0, high=2.0,
    ...     counts=(0, 1, 1, 0))
    >>> now = NumericProfile(n=4, n_null=0, n_nonfinite=0, total=9.5, total_squares=26.25, low=0.5, high=4.0,
    ...     counts=(1, 1, 1, 1))
    >>> out_of_range_rate(now, seen, (0.9999999999999999, 1.0, 2.0)).value
    0.5
    """
    if profile.n == 0:
        return Reading.nothing(NO_TRAFFIC)
    if profile.n_finite <= 0 or profile.low is None or profile.high is None:
        return Reading.nothing(NOT_ENOUGH)
    if reference is None or reference.low is None or reference.high is None:
        return Reading.nothing(NO_REFERENCE, profile.n_finite)
    n_below = sum(profile.counts[: bisect_left(edges, reference.low)])
    n_above = sum(profile.counts[bisect_left(edges, reference.high) + 1 :])
    n_out = max(n_below, profile.low < reference.low) + max(n_above, profile.high > reference.high)
    return rate(n_out, profile.n_finite, (0, reference.n_finite))


def rate(n_hits: int, n: int, reference: tuple[int, int] | None) -> Reading:
    """Return a share of rows with its Wilson interval, tested against (hits, rows) of the reference.

    Examples
    --------
    >>> rate(3, 10, (1, 10)).n_reference
    10
    """
    n_before = None if reference is None or reference[1] <= 0 else reference[1]
    if n <= 0:
        return Reading.nothing(NO_TRAFFIC, n_reference=n_before)
    p = None if reference is None else intervals.two_proportions(n_hits, n, *reference)
    return Reading.of(n_hits / n, n, intervals.wilson(n_hits, n), p_value=p, n_reference=n_before)


def _missing(profile: NumericProfile | CategoricalProfile) -> int:
    return profile.n_null + (profile.n_nonfinite if isinstance(profile, NumericProfile) else 0)
