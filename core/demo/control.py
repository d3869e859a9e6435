"""Control: will a support ticket be escalated? Nothing ever happens to this model, and it must stay quiet."""

import numpy as np
from numpy.random import Generator

from core.demo.rows import (
    Rows,
    arrival_s,
    as_labels,
    chance,
    happens,
    latencies_ms,
    n_arrivals,
    pick,
    rounded,
    row_ids,
    statuses,
)

ESCALATE_FROM = 0.35
NUMERIC = ("n_messages", "sentiment", "hours_open", "customer_years")
CATEGORICAL = ("topic", "plan")


def draw(rng: Generator, day: int) -> Rows:
    """Return one day of tickets; whether one was escalated is written into the row itself."""
    n = n_arrivals(rng, day, weekday=320, weekend=200)
    trouble = rng.standard_normal(n)
    n_messages = 1.0 + rng.poisson(np.exp(0.9 + 0.35 * trouble)).astype(np.float64)
    sentiment = rounded(np.tanh(-0.35 * trouble + 0.5 * rng.standard_normal(n)), 3)
    hours_open = rounded(np.exp(2.2 + 0.4 * trouble + 0.6 * rng.standard_normal(n)), 1)
    customer_years = rounded(rng.gamma(2.0, 1.8, n), 1)
    topic = pick(rng, n, {"billing": 0.30, "outage": 0.15, "question": 0.40, "delivery": 0.15})
    plan = pick(rng, n, {"basic": 0.6, "business": 0.3, "enterprise": 0.1})
    logit = (
        -1.3
        + 0.35 * (n_messages - 3.6)
        - 1.4 * sentiment
        + 0.02 * (hours_open - 12)
        - 0.04 * (customer_years - 3.6)
        + np.where(topic == "outage", 0.9, 0.0)
        + np.where(plan == "enterprise", 0.5, 0.0)
    )
    event_s = arrival_s(rng, day, n)
    return Rows(
        ids=row_ids("C", day, n),
        event_s=event_s,
        numeric={
            "n_messages": n_messages,
            "sentiment": sentiment,
            "hours_open": hours_open,
            "customer_years": customer_years,
        },
        text={"topic": topic, "plan": plan},
        sensitive={"language": pick(rng, n, {"English": 0.7, "other": 0.3})},
        label=as_labels(happens(rng, chance(logit))),
        label_s=event_s,
        latency_ms=latencies_ms(rng, n, median=30.0),
        status=statuses(rng, n),
    )
