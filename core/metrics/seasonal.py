"""How much windows of the same season differ: bands that do not take a season for a change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt

from core.domain import Band, Measurement, Reference
from core.metrics.column_drift import DISTANCES, SQUARES
from core.metrics.measure import BandKey, measure_all
from core.spec import MonitorSpec


def seasonal_bands(
    seasons: Mapping[str, Reference], spec: MonitorSpec
) -> Mapping[str, Mapping[BandKey, Band]]:
    """How does every number behave over the reference's windows of each season?

    A season has few windows of its own (four Mondays in four weeks), too few to tell their spread. So the
    mean is the season's, and the spread is pooled over all seasons: that of the windows around the mean
    of their own season, N windows of S seasons having N − S degrees of freedom. ``n_windows`` is
    N − S + 1, so that limits made for N windows of one kind hold, and the deviation allows for the mean
    of a season being known from its few windows only. A season with few rows varies more than others:
    its spread is taken as that which falls with the square root of the rows, where that is wider.

    Distances are between a window and the other windows of its season: it is part of its season's
    reference, and would look too near to it.

    Returns
    -------
    mapping
        Season → key → band; none where fewer than two windows of any season have the number.

    Source: one-way analysis of variance, the within-group mean square.
    """
    values: dict[BandKey, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for slot, own in seasons.items():
        for one in measure_all(own.windows, own, spec, None):
            value = without_itself(one)
            if value is not None:
                weight = 1.0 if one.metric == "row_count" else float(max(one.n, 1))
                values[one.metric, one.role, one.feature, one.segment][slot].append((value, weight))
    found: dict[str, dict[BandKey, Band]] = defaultdict(dict)
    for key, by_slot in values.items():
        for slot, band in pooled(by_slot).items():
            found[slot][key] = band
    return found


def without_itself(one: Measurement) -> float | None:
    """Return a window's value, a distance as it is from the other windows of its season.

    With the window a share w of its season, the season's distribution is w × its own + (1 − w) × the
    others': what moved is 1 / (1 − w) times as much from the others.
    """
    if one.value is None or one.n_reference is None or one.metric not in DISTANCES:
        return one.value
    share = one.n / one.n_reference if one.n_reference else 1.0
    if share >= 1:
        return None
    factor = 1 / (1 - share)
    return one.value * (factor * factor if one.metric in SQUARES else factor)


def pooled(by_slot: Mapping[str, Sequence[tuple[float, float]]]) -> Mapping[str, Band]:
    """Return the band of each season from the values of its windows and their numbers of rows.

    Examples
    --------
    Deviations of ±1 around 10 and 20, two degrees of freedom: sd √2 before the allowances.

    >>> bands = pooled({"Monday": [(9.0, 50), (11.0, 50)], "Sunday": [(19.0, 50), (21.0, 50)]})
    >>> [(slot, band.mean, band.n_windows) for slot, band in bands.items()]
    [('Monday', 10.0, 3), ('Sunday', 20.0, 3)]
    >>> round(bands["Monday"].sd, 4)   # √2 × √(2/3) × √(1.5 / 1.3333)
    1.2247
    """
    means = {slot: sum(value for value, _ in own) / len(own) for slot, own in by_slot.items()}
    freedom = sum(map(len, by_slot.values())) - len(by_slot)
    if freedom < 1:
        return {}
    off = [((value - means[slot]) ** 2, weight) for slot, own in by_slot.items() for value, weight in own]
    even = sum(squares for squares, _ in off) / freedom
    by_rows = sum(squares * weight for squares, weight in off) / freedom
    k = freedom + 1
    found: dict[str, Band] = {}
    for slot, own in by_slot.items():
        rows = sum(weight for _, weight in own) / len(own)
        spread = max(even, by_rows / rows) * (k - 1) / k
        allowance = (1 + 1 / len(own)) / (1 + 1 / k)
        found[slot] = Band(mean=means[slot], sd=sqrt(spread * allowance), n_windows=k)
    return found
