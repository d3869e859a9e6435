"""Which versions answered, when, and how each did last."""

from dataclasses import dataclass
from datetime import datetime

from core.store import Cursor, statement
from core.store.judgements import aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One version's judged rows, and the leading metric of its latest window with a value."""

    version: str
    first_index: int
    first_start: datetime | None
    last_end: datetime | None
    n_rows: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    estimated: bool = False


def traffic(cursor: Cursor, key: str, metric: str) -> tuple[Traffic, ...]:
    """Return a model's versions with judged rows, the earliest first; ``metric`` is the leading one."""
    found = []
    for version, first_index, first_start, last_end, n_rows, latest in cursor.execute(
        statement("views_traffic"), {"model_key": key, "metric": metric}
    ).fetchall():
        value, low, high, n, estimated = latest or (None, None, None, None, False)
        found.append(
            Traffic(
                version=version,
                first_index=first_index,
                first_start=aware(first_start),
                last_end=aware(last_end),
                n_rows=int(n_rows),
                value=value,
                low=low,
                high=high,
                n=n,
                estimated=estimated,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.first_index, one.version)))
