"""Simulated claims whose fault is known: their specs, and rows in which one thing is broken."""

from collections.abc import Callable

import numpy as np

SPEC = """
model: claims
task: binary
positive: 1
columns: {id: id, prediction: decision, score: score, label: repaid}
features: {numeric: [income, years], categorical: [region, channel]}
sensitive: [sex]
window: {rows: 6000}
"""
AMOUNTS = """
model: amounts
task: regression
columns: {id: id, prediction: forecast, label: amount}
features: {numeric: [income, years], categorical: [region, channel]}
window: {rows: 6000}
"""
N = 6000
Fault = Callable[[dict[str, np.ndarray]], np.ndarray]


def rows(seed: int, n: int = N, *, fault: Fault | None = None, online: float = 0.4) -> dict[str, np.ndarray]:
    """Claims whose score is the chance of repaying; where ``fault`` holds, the label is a coin instead.

    Scores of channel "online" separate less; its share is ``online``.
    """
    chance = np.random.default_rng(seed)
    found = {
        "id": np.array([f"{seed}-{i}" for i in range(n)]),
        "income": chance.normal(0, 1, n),
        "years": chance.integers(0, 4, n).astype(float),
        "region": chance.choice(["north", "south", "east", "west"], n),
        "channel": np.where(chance.random(n) < online, "online", chance.choice(["branch", "phone"], n)),
        "sex": chance.choice(["F", "M"], n),
    }
    strength = np.where(found["channel"] == "online", 0.8, 2.0)
    score = 1 / (1 + np.exp(-strength * chance.normal(0, 1, n)))
    broken = np.zeros(n, bool) if fault is None else fault(found)
    found["score"] = score
    found["decision"] = (score > 0.5).astype(int)
    found["repaid"] = (chance.random(n) < np.where(broken, 0.5, score)).astype(int)
    found["forecast"] = 100 + 10 * found["income"]
    noise = chance.normal(0, np.where(broken, 12.0, 4.0))
    found["amount"] = found["forecast"] + noise
    return found
