"""Readmission: will a patient be back within 30 days? About 11 % are; labels after 30 days.

On day 60 the laboratory feed of one site turns null. From day 70 a coding change makes stays count as
readmissions for publicly insured patients that the inputs say nothing about, and leaves out as many
that they announce: the inputs stay as they were, so that only labels can show it.
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

LAB_FEED_BREAKS = 60
LAB_FEED_SITE = "north"
CODING_CHANGES = 70
CODING_GROUP = "public"
CODING_SHARE = 0.25
POSITIVE_RATE = 0.11
FLAG_FROM = 0.122
LABEL_DELAY_DAYS = 30
NUMERIC = (
    "age",
    "prior_admissions",
    "length_of_stay_days",
    "comorbidity_score",
    "n_medications",
    "creatinine",
    "haemoglobin",
)
CATEGORICAL = ("site", "admission_type", "discharge_to")


def draw(rng: Generator, day: int) -> Rows:
    """Return one day of discharges."""
    n = n_arrivals(rng, day, weekday=1_420, weekend=1_100)
    site = pick(rng, n, {"north": 0.34, "south": 0.33, "east": 0.33})
    insurance = pick(rng, n, {"public": 0.62, "private": 0.38})
    frailty = rng.standard_normal(n)
    age = np.clip(rounded(66 + 12 * (0.5 * frailty + 0.87 * rng.standard_normal(n))), 18, 100)
    prior_admissions = rng.poisson(np.exp(-0.35 + 0.55 * frailty)).astype(np.float64)
    length_of_stay = rounded(np.exp(1.3 + 0.25 * frailty + 0.45 * rng.standard_normal(n)), 1)
    comorbidity = rng.poisson(np.exp(0.7 + 0.40 * frailty)).astype(np.float64)
    n_medications = rng.poisson(np.exp(1.9 + 0.22 * frailty)).astype(np.float64)
    creatinine = rounded(np.exp(0.05 + 0.12 * frailty + 0.22 * rng.standard_normal(n)), 2)
    haemoglobin = rounded(12.9 - 0.4 * frailty + 1.4 * rng.standard_normal(n), 1)
    admission_type = pick(rng, n, {"emergency": 0.58, "elective": 0.42})
    discharge_to = pick(rng, n, {"home": 0.72, "care home": 0.18, "rehabilitation": 0.10})

    logit = (
        -2.725
        + 0.015 * (age - 66)
        + 0.60 * (prior_admissions - 0.8)
        + 0.05 * (length_of_stay - 4.2)
        + 0.40 * (comorbidity - 2.2)
        + 0.05 * (n_medications - 6.8)
        + 0.25 * (creatinine - 1.08)
        - 0.05 * (haemoglobin - 12.9)
        + np.where(admission_type == "emergency", 0.35, -0.35)
        + np.where(discharge_to == "home", -0.15, 0.30)
    )
    readmitted = happens(rng, chance(logit))
    recoded = happens(rng, np.full(n, CODING_SHARE)) & (insurance == CODING_GROUP) & (day >= CODING_CHANGES)
    readmitted = np.where(recoded, happens(rng, np.full(n, POSITIVE_RATE)), readmitted)

    # Samples get lost now and then; from the break on, the site's feed brings nothing at all.
    broken = (site == LAB_FEED_SITE) & (day >= LAB_FEED_BREAKS)
    lost = happens(rng, np.full(n, 0.02)) | broken
    event_s = arrival_s(rng, day, n)
    return Rows(
        ids=row_ids("R", day, n),
        event_s=event_s,
        numeric={
            "age": age,
            "prior_admissions": prior_admissions,
            "length_of_stay_days": length_of_stay,
            "comorbidity_score": comorbidity,
            "n_medications": n_medications,
            "creatinine": np.where(lost, np.nan, creatinine),
            "haemoglobin": np.where(lost, np.nan, haemoglobin),
        },
        text={"site": site, "admission_type": admission_type, "discharge_to": discharge_to},
        sensitive={"insurance": insurance, "sex": pick(rng, n, {"female": 0.52, "male": 0.48})},
        label=as_labels(readmitted),
        label_s=event_s + LABEL_DELAY_DAYS * DAY_S,
        latency_ms=latencies_ms(rng, n, median=65.0),
        status=statuses(rng, n),
    )
