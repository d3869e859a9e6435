"""Rows of a story before they are scored: columns of equal length, and how days become rows.

Values depend on the seed and the day's number only. Day 0 is the first scored day; the days before it
hold the reference and the training data. Times are seconds since day 0 began, so that the calendar
enters when a file is written and never before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
TextArray: TypeAlias = NDArray[np.str_]
BoolArray: TypeAlias = NDArray[np.bool_]

DAYS = 120
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Requests as they reached a model, and what came true later.

    ``numeric`` and ``text`` are the inputs by column; ``sensitive`` columns are no inputs.
    ``event_s`` and ``label_s`` (when the label becomes known) count seconds since day 0 began.
    ``label`` is 0 or 1 for classes and the amount for regression.
    """

    ids: TextArray
    event_s: FloatArray
    numeric: Mapping[str, FloatArray]
    text: Mapping[str, TextArray]
    sensitive: Mapping[str, TextArray]
    label: FloatArray
    label_s: FloatArray
    latency_ms: FloatArray
    status: TextArray

    def __len__(self) -> int:
        return len(self.ids)


Draw: TypeAlias = Callable[[Generator, int], Rows]


def joined(parts: Sequence[Rows]) -> Rows:
    """Put rows of several days behind each other; ``parts`` must not be empty and have equal columns."""
    first = parts[0]
    sensitive = {name: np.concatenate([part.sensitive[name] for part in parts]) for name in first.sensitive}
    return Rows(
        ids=np.concatenate([part.ids for part in parts]),
        event_s=np.concatenate([part.event_s for part in parts]),
        numeric={name: np.concatenate([part.numeric[name] for part in parts]) for name in first.numeric},
        text={name: np.concatenate([part.text[name] for part in parts]) for name in first.text},
        sensitive=sensitive,
        label=np.concatenate([part.label for part in parts]),
        label_s=np.concatenate([part.label_s for part in parts]),
        latency_ms=np.concatenate([part.latency_ms for part in parts]),
        status=np.concatenate([part.status for part in parts]),
    )


def part_of(rows: Rows, days: range) -> Rows:
    """Return the rows of ``days``, in their order."""
    day = rows.event_s // DAY_S
    kept = (day >= days.start) & (day < days.stop)
    return Rows(
        ids=rows.ids[kept],
        event_s=rows.event_s[kept],
        numeric={name: values[kept] for name, values in rows.numeric.items()},
        text={name: values[kept] for name, values in rows.text.items()},
        sensitive={name: values[kept] for name, values in rows.sensitive.items()},
        label=rows.label[kept],
        label_s=rows.label_s[kept],
        latency_ms=rows.latency_ms[kept],
        status=rows.status[kept],
    )


def draw_days(draw: Draw, *, seed: int, stream: int, days: range) -> Rows:
    """Return the rows of ``days``.

    Each day has a generator of its own, seeded by ``seed``, ``stream`` (one number per story) and the
    day, so that any stretch of days can be drawn alone and gives the same rows.
    """
    # SeedSequence takes no negative numbers, and the days before day 0 are negative.
    return joined([draw(np.random.default_rng([seed, stream, day + 100_000]), day) for day in days])


def n_arrivals(rng: Generator, day: int, *, weekday: int, weekend: int) -> int:
    """Return how many requests a day brings; days 5 and 6 of each week are its weekend."""
    return int(rng.poisson(weekend if day % 7 >= 5 else weekday))


def arrival_s(rng: Generator, day: int, n: int) -> FloatArray:
    """Return ``n`` sorted event times within a day, the first at midnight exactly."""
    within = np.floor(np.sort(rng.random(n)) * DAY_S)
    within[:1] = 0.0
    return day * DAY_S + within


def row_ids(prefix: str, day: int, n: int) -> TextArray:
    """Return ids like ``L-0042-00007``: the story, the day (from day −2000), the row."""
    return np.array([f"{prefix}-{day + 2_000:04d}-{row:05d}" for row in range(n)], dtype=np.str_)


def latencies_ms(rng: Generator, n: int, *, median: float) -> FloatArray:
    """Return log-normal answer times in milliseconds around ``median``."""
    return rounded(median * np.exp(0.35 * rng.standard_normal(n)), 2)


def statuses(rng: Generator, n: int) -> TextArray:
    """Return the request outcomes: 3 in 1,000 time out."""
    return np.where(rng.random(n) < 0.003, "timeout", "ok").astype(np.str_)


def pick(rng: Generator, n: int, shares: Mapping[str, float]) -> TextArray:
    """Return ``n`` values drawn with the given shares, which add up to 1."""
    bounds = np.cumsum(list(shares.values()))
    bounds[-1] = 1.0
    return np.array(list(shares), dtype=np.str_)[np.searchsorted(bounds, rng.random(n), side="right")]


def chance(logit: FloatArray) -> FloatArray:
    """Return the probability that belongs to a logit."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def happens(rng: Generator, probability: FloatArray) -> BoolArray:
    """Return whether each event of the given probability happens."""
    return rng.random(len(probability)) < probability


def rounded(values: FloatArray, digits: int = 0) -> FloatArray:
    """Return values at the resolution that a service would log."""
    return np.asarray(np.round(values, digits), dtype=np.float64)


def as_labels(events: BoolArray) -> FloatArray:
    """Return events as the classes 0 and 1."""
    return events.astype(np.float64)
