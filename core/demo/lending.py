"""Lending: will an applicant repay? Labels after 21 days, defaults first.

A partner channel opens on day 75: its applicants resemble each other, so that the score separates them
less, and carry debts that no file shows, so that they repay far more rarely than it says. What was trained
before cannot know; trained anew a model knows the channel. From the start, applicants under 25 have shorter
and thinner files and are approved less often.
"""

import numpy as np
from numpy.random import Generator

from core.demo.rows import (
    DAY_S,
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

PARTNER_OPENS = 75
PARTNER_SHARE = 0.50
UNSEEN_DEBT = 2.5
APPROVE_FROM = 0.75
LABEL_DELAY_DAYS = 21
NUMERIC = (
    "income",
    "loan_to_income",
    "bureau_score",
    "history_years",
    "utilisation",
    "recent_inquiries",
)
CATEGORICAL = ("channel", "purpose", "housing")


def draw(rng: Generator, day: int) -> Rows:
    """Return one day of applications."""
    n = n_arrivals(rng, day, weekday=940, weekend=550)
    age_band = pick(rng, n, {"under 25": 0.25, "25-59": 0.55, "60 and over": 0.20})
    young = age_band == "under 25"
    channel = pick(rng, n, {"branch": 0.35, "online": 0.65})
    partner = happens(rng, np.full(n, PARTNER_SHARE)) & (day >= PARTNER_OPENS)
    channel = np.where(partner, "partner", channel)

    # Standing: how safe a file looks. Partner files are middling and much alike.
    standing = rng.standard_normal(n) - np.where(young, 0.65, 0.0)
    standing = np.where(partner, -0.65 + 0.30 * standing, standing)
    bureau_score = np.clip(rounded(645 + 62 * standing + 22 * rng.standard_normal(n)), 300, 850)
    history_years = rounded(np.exp(1.9 + 0.35 * standing + 0.35 * rng.standard_normal(n)), 1)
    utilisation = rounded(chance(-0.6 - 0.7 * standing + 0.6 * rng.standard_normal(n)), 3)
    recent_inquiries = rng.poisson(np.exp(0.1 - 0.3 * standing)).astype(np.float64)
    income = rounded(np.exp(10.35 + 0.18 * standing + 0.40 * rng.standard_normal(n)), -1)
    spread = np.where(partner, 0.20, 0.45)
    loan_to_income = rounded(np.exp(np.where(partner, -0.62, -1.0) + spread * rng.standard_normal(n)), 3)
    purpose = pick(rng, n, {"car": 0.40, "home": 0.25, "education": 0.10, "other": 0.25})
    housing = pick(rng, n, {"rent": 0.45, "own": 0.20, "mortgage": 0.35})

    logit = (
        2.35
        + 0.95 * (bureau_score - 645) / 62
        - 2.6 * (utilisation - 0.38)
        - 1.9 * (loan_to_income - 0.40)
        - 0.28 * (recent_inquiries - 1.2)
        + 0.08 * (history_years - 7.5)
        + np.where(housing == "rent", -0.15, 0.10)
        - np.where(partner, UNSEEN_DEBT, 0.0)
    )
    repaid = happens(rng, chance(logit))
    event_s = arrival_s(rng, day, n)
    # A default shows on the way; that nothing happened is known only at the end.
    known_after = np.where(repaid, LABEL_DELAY_DAYS, rng.uniform(4, LABEL_DELAY_DAYS, n))
    return Rows(
        ids=row_ids("L", day, n),
        event_s=event_s,
        numeric={
            "income": income,
            "loan_to_income": loan_to_income,
            "bureau_score": bureau_score,
            "history_years": history_years,
            "utilisation": utilisation,
            "recent_inquiries": recent_inquiries,
        },
        text={"channel": channel, "purpose": purpose, "housing": housing},
        sensitive={"age_band": age_band, "sex": pick(rng, n, {"female": 0.5, "male": 0.5})},
        label=as_labels(repaid),
        label_s=event_s + known_after * DAY_S,
        latency_ms=latencies_ms(rng, n, median=42.0),
        status=statuses(rng, n),
    )
