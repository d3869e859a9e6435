"""How a judgement reads aloud: value, n, limit, gap, in plain words and with true minus signs."""

from collections.abc import Sequence
from itertools import pairwise
from math import floor, log10

from core.domain import Measurement
from core.metrics.catalogue import BY_NAME

CHANCE = "so little that chance may explain it"
"""Added to what takes longer to become an incident."""

SLIGHT = "slightly outside"
"""Reason of a WARN on a segment that would be a FAIL, were it not for the many segments looked at."""

QUALITY = {
    "missing_rate": "Share of missing values in",
    "new_category_rate": "Share of new categories in",
    "out_of_range_rate": "Share of values out of range in",
    "invalid_rate": "Share of rows refused for",
}


def title(metric: str) -> str:
    """Return a metric's name as people write it.

    Examples
    --------
    >>> title("roc_auc"), title("false_negative_rate")
    ('ROC AUC', 'False negative rate')
    """
    info = BY_NAME.get(metric)
    return metric.replace("_", " ").capitalize() if info is None else info.title


def subject(one: Measurement) -> str:
    """Return what a measurement speaks of: metric, column, group, and whether it is estimated.

    Examples
    --------
    >>> from core.domain import Measurement, Role, Segment, Window
    >>> subject(Measurement(model="m", version="1", metric="psi", role=Role.FEATURE, feature="age",
    ...     window=Window(index=0, start=None, end=None), n=9, value=0.1, method="deciles"))
    'PSI of age'
    """
    if one.metric in QUALITY and one.feature is not None:
        return f"{QUALITY[one.metric]} {one.feature}"
    name = title(one.metric)
    if one.estimated:
        name = f"Estimated {name if name[1:2].isupper() else name[0].lower() + name[1:]}"
    if one.feature:
        name += f" of {one.feature}"
    elif one.role.value in {"score", "prediction", "label"}:
        name += f" of the {one.role.value}"
    return f"{name} for {one.segment}" if one.segment.pairs else name


def number(value: float, places: int = 3) -> str:
    """Return a number with a fixed count of decimals, thousands parted, minus as a minus.

    Examples
    --------
    >>> number(-1234.5, 1), number(0.0004)
    ('−1,234.5', '0.000')
    """
    text = f"{value:,.{places}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) != 0 else text.lstrip("-")


def places_for(values: Sequence[float]) -> int:
    """Return how many decimals show that the values differ: 3 to 9, fewer for large numbers.

    Examples
    --------
    >>> places_for([0.96, 0.971]), places_for([0.963094, 0.963317]), places_for([1234.5, 1100.0])
    (3, 4, 1)
    """
    largest = max((abs(value) for value in values), default=0.0)
    places = 3 if largest < 10 else 2 if largest < 100 else 1
    gaps = [abs(a - b) for a, b in pairwise(values) if a != b]
    if not gaps or min(gaps) < 1e-12:
        return places
    return min(max(places, -floor(log10(min(gaps)))), 9)


def p_text(p: float) -> str:
    """Return a p value: three decimals, or that it is smaller than these can show.

    Examples
    --------
    >>> p_text(0.0421), p_text(1e-9)
    ('p = 0.042', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def count(n: int) -> str:
    """Return a sample size.

    Examples
    --------
    >>> count(5000)
    'n = 5,000'
    """
    return f"n = {n:,}"


def unknown(one: Measurement, reason: str, *, need: str = "") -> str:
    """Return the sentence of an UNKNOWN: what is not judged, why, and what it would take."""
    return f"{subject(one)} is not judged: {reason} ({count(one.n)}{need})."
