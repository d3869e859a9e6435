"""Loans whose approvals differ between regions, in several kinds of model: what fairness is tested on."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from tests.loans import DAY_0

REGIONS = ("north", "south", "islands")
SHARES = (0.6, 0.37, 0.03)

BINARY = """
model: loans
version: "1"
task: binary
positive: 1
columns: {id: id, timestamp: at, prediction: decision, score: score, label: repaid}
features: {numeric: [income]}
sensitive: [sex, region]
window: {every: 1d}
label_delay: 2d
risk: high
"""
REGRESSION = """
model: loans
version: "1"
task: regression
columns: {id: id, timestamp: at, prediction: amount, label: paid}
features: {numeric: [income]}
sensitive: [sex, region]
window: {every: 1d}
"""
CLASSES = """
model: loans
version: "1"
task: multiclass
columns: {id: id, timestamp: at, prediction: plan, label: chosen}
features: {numeric: [income]}
sensitive: [sex, region]
window: {every: 1d}
"""


def rows(day: int, n_days: int, *, n: int = 900, gap: float = 1.0, labels: bool = True) -> pa.Table:
    """Days of loans; scores of people in the south lie ``gap`` lower, on the scale of log odds."""
    chance = np.random.default_rng([3, day + 100])
    total = n * n_days
    income = chance.normal(0, 1.0, total)
    region = chance.choice(REGIONS, total, p=SHARES)
    probability = np.round(1 / (1 + np.exp(-2 * income + gap * (region == "south"))), 2)
    plans = np.array(["basic", "gold", "plus"])
    plan = plans[np.clip((probability * 3).astype(int), 0, 2)]
    amount = 100 * probability
    columns = {
        "id": [f"{day}-{i}" for i in range(total)],
        "at": pa.array(
            [DAY_0 + timedelta(days=day, seconds=i * 86_400 / n) for i in range(total)],
            pa.timestamp("us", "UTC"),
        ),
        "income": income,
        "sex": chance.choice(["f", "m"], total),
        "region": region,
        "score": probability,
        "decision": (probability > 0.5).astype(int),
        "plan": plan,
        "amount": amount,
    }
    if labels:
        columns["repaid"] = (chance.random(total) < probability).astype(int)
        columns["chosen"] = np.where(chance.random(total) < 0.3, chance.choice(plans, total), plan)
        columns["paid"] = amount + chance.normal(2 * (region == "south"), 10, total)
    return pa.table(columns)
