"""A small lending model: its spec, and rows of any day, the same ones every time."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

DAY_0 = datetime(2026, 9, 1, tzinfo=UTC)
# A policy for tests of how changes are made, not of what a candidate must be good for.
UNGATED = "policy: ungated\nextends: default\ngates: false\n"
SPEC = """
model: loans
version: "1"
task: binary
positive: 1
columns: {id: id, timestamp: at, prediction: decision, score: score, label: repaid}
features: {numeric: [income], categorical: [channel]}
sensitive: [sex]
window: {every: 1d}
risk: high
"""


def rows(
    day: int, n_days: int, *, seed: int = 7, n: int = 400, shift: float = 0.0, labels: bool = True
) -> pa.Table:
    """Loans over some days: income drives score and label; ``shift`` moves income, not its meaning."""
    chance = np.random.default_rng([seed, day + 100])
    total = n * n_days
    income = chance.normal(shift, 1.0, total)
    probability = 1 / (1 + np.exp(-2 * income))
    at = [DAY_0 + timedelta(days=day, seconds=i * 86_400 / n) for i in range(total)]
    columns = {
        "id": [f"{seed}-{day}-{i}" for i in range(total)],
        "at": pa.array(at, pa.timestamp("us", "UTC")),
        "income": income,
        "channel": chance.choice(["web", "branch", "phone"], total),
        "sex": chance.choice(["F", "M"], total),
        "score": probability,
        "decision": (probability > 0.5).astype(int),
    }
    if labels:
        columns["repaid"] = (chance.random(total) < probability).astype(int)
    return pa.table(columns)
