"""Reorder demand: units of an article that a store will sell tomorrow. The label comes the next day.

Demand has a weekly and a yearly cycle, promotions, prices and weather. From day 80 it grows, and the
model, trained on the two years before day 0, under-forecasts; none of its inputs tells.
"""

import numpy as np
from numpy.random import Generator

from core.demo.rows import (
    DAY_S,
    FloatArray,
    Rows,
    TextArray,
    arrival_s,
    latencies_ms,
    pick,
    rounded,
    row_ids,
    statuses,
)

GROWTH_STARTS = 80
GROWTH_A_DAY = 0.03
GROWTH_ENDS_AT = 0.36
LABEL_DELAY_DAYS = 1
YEAR_DAYS = 364
NUMERIC = ("price", "temperature", "season_week")
CATEGORICAL = ("trading_day", "promotion", "store", "category")

STORES = {"harbour": 1.30, "station": 1.10, "market": 1.00, "hillside": 0.85, "airport": 0.75}
CATEGORIES = {
    "bakery": 22.0,
    "dairy": 18.0,
    "drinks": 16.0,
    "fruit": 14.0,
    "household": 8.0,
    "meat": 11.0,
    "snacks": 12.0,
    "vegetables": 15.0,
}
WEEK = (0.92, 0.94, 0.97, 1.00, 1.10, 1.16, 0.91)
SEASON = 0.15
ARTICLES_EACH = 6


def growth(day: int) -> float:
    """Return the factor by which demand outgrows the years that the model has seen.

    Examples
    --------
    >>> growth(79), round(growth(80), 2), round(growth(119), 2)
    (1.0, 1.03, 1.36)
    """
    return 1.0 + min(GROWTH_ENDS_AT, GROWTH_A_DAY * max(0, day - GROWTH_STARTS + 1))


def season(day: int) -> float:
    """Return the yearly cycle as a number in [−1, 1]: high summer lies on day 151."""
    return float(np.cos(2 * np.pi * (day - 151) / YEAR_DAYS))


def draw(rng: Generator, day: int) -> Rows:
    """Return one day of forecasts: every article of every category in every store."""
    store_names = np.array(list(STORES), dtype=np.str_)
    category_names = np.array(list(CATEGORIES), dtype=np.str_)
    n = len(store_names) * len(category_names) * ARTICLES_EACH
    # Shuffled: the order of the day's requests says nothing.
    order = rng.permutation(n)
    store = store_names[order % len(store_names)]
    category = category_names[(order // len(store_names)) % len(category_names)]

    base = _looked_up(category, CATEGORIES) * _looked_up(store, STORES)
    discount = rng.choice([0.0, 0.10, 0.20], size=n, p=[0.7, 0.2, 0.1])
    price = rounded(3.0 * np.exp(0.25 * rng.standard_normal(n)) * (1 - discount), 2)
    promotion = pick(rng, n, {"yes": 0.12, "no": 0.88})
    temperature = rounded(
        12 + 9 * season(day) + 3.0 * rng.standard_normal() + 2.5 * rng.standard_normal(n), 1
    )

    mean = (
        base
        * WEEK[day % 7]
        * (1 + SEASON * season(day))
        * growth(day)
        * np.exp(-0.10 * (price - 3.0))
        * np.where(promotion == "yes", 1.45, 1.0)
        * np.exp(0.006 * (temperature - 12))
        * np.exp(0.006 * rng.standard_normal())
    )
    # Counts spread a little wider than Poisson's.
    units = rng.poisson(mean * rng.gamma(25.0, 1 / 25.0, n)).astype(np.float64)
    event_s = arrival_s(rng, day, n)
    return Rows(
        ids=row_ids("D", day, n),
        event_s=event_s,
        numeric={
            "price": price,
            "temperature": temperature,
            "season_week": np.full(n, float((day % YEAR_DAYS) // 7 + 1)),
        },
        text={
            "trading_day": np.full(n, f"day {day % 7 + 1}"),
            "promotion": promotion,
            "store": store,
            "category": category,
        },
        sensitive={},
        label=units,
        label_s=np.full(n, (day + LABEL_DELAY_DAYS + 0.25) * DAY_S),
        latency_ms=latencies_ms(rng, n, median=18.0),
        status=statuses(rng, n),
    )


def _looked_up(keys: TextArray, table: dict[str, float]) -> FloatArray:
    names, inverse = np.unique(keys, return_inverse=True)
    return np.array([table[str(name)] for name in names], dtype=np.float64)[inverse]
