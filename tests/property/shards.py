"""What another machine does with its share of the rows: a store of its own, profiles by day."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.domain import Profile, Task
from core.store import AnalyticsStore
from tests.property.windowed import N_WINDOWS, Row, Windowed


def profiled(
    path: Path, task: Task, rows: Sequence[Row], *, together: bool = False
) -> tuple[str, list[Profile]]:
    """Profile rows in a new store; returns the digest of the reference that was pinned in it, too."""
    store = AnalyticsStore.open(path)
    with store.writing() as cursor:
        windowed = Windowed(cursor, task)
        found = windowed.profiles(rows, together=together)
    store.close()
    return windowed.reference.digest, found


def rows_of(task: Task, n: int) -> list[Row]:
    """Many rows over some days, some of whose values are missing, rare or unknown to the reference."""
    rng = np.random.default_rng(n)

    def now_and_then(values: np.ndarray, share: float = 0.05) -> list[object]:
        return [
            None if gone else value
            for value, gone in zip(values.tolist(), rng.random(n) < share, strict=True)
        ]

    def one_of(*texts: str) -> list[object]:
        return now_and_then(rng.choice(np.array(texts, dtype=object), n))

    columns: dict[str, list[object]] = {"hour": rng.integers(0, 24 * N_WINDOWS, n).tolist()}
    if task is Task.BINARY:
        columns |= {
            "amount": now_and_then(rng.standard_cauchy(n) * 100),
            "steps": now_and_then(rng.integers(-3, 13, n)),
            "plan": one_of("a", "b", *(f"new {i}" for i in range(18))),
            "score": now_and_then(rng.random(n)),
            "prediction": one_of("0", "1"),
            "label": one_of("0", "1"),
            "sex_group": one_of("f", "m"),
            "status": one_of("ok", "ok", "failed"),
            "latency_ms": now_and_then(rng.lognormal(3, 2, n)),
        }
    elif task is Task.MULTICLASS:
        scores = rng.dirichlet((1.0, 1.0, 1.0), n)
        columns |= {f"of {name}": now_and_then(scores[:, k]) for k, name in enumerate("abc")}
        columns |= {
            "prediction": one_of("a", "b", "c", "unknown"),
            "label": one_of("a", "b", "c", "unscored"),
        }
    else:
        x = rng.standard_t(3, n)
        columns |= {
            "x": now_and_then(x),
            "kind": one_of("a", "b", "new"),
            "prediction": now_and_then(x),
            "label": now_and_then(x + 0.01 * rng.standard_cauchy(n)),
        }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
