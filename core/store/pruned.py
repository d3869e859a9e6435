"""What was pruned of a model's rows: up to when, and how many positions that were taken are empty now."""

from dataclasses import dataclass
from datetime import UTC, datetime

from core.store.connection import Cursor, statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What is gone of one model.

    ``before`` (aware UTC): rows of an earlier event time are gone; None for rows without times.
    ``n_windowed``: rows gone from the front of the row windows. ``n_rows``: all rows gone so far.
    ``cut``: under which cutting into windows that counts.
    """

    before: datetime | None = None
    n_windowed: int = 0
    n_rows: int = 0
    cut: str = ""


NOTHING = Pruned()


def read(cursor: Cursor, key: str) -> Pruned:
    """Return what was pruned of a model; :data:`NOTHING` where nothing ever was."""
    found = cursor.execute(
        "SELECT pruned_before, n_windowed, n_rows, cut FROM pruned WHERE model_key = ?", [key]
    ).fetchone()
    if found is None:
        return NOTHING
    before, n_windowed, n_rows, cut = found
    return Pruned(
        before=None if before is None else before.replace(tzinfo=UTC),
        n_windowed=n_windowed,
        n_rows=n_rows,
        cut=cut,
    )


def write(cursor: Cursor, key: str, pruned: Pruned, *, now: datetime) -> None:
    """Put on record what is gone of a model; belongs into the transaction in which it went."""
    cursor.execute(
        statement("pruned_put"),
        {
            "model_key": key,
            "before": None if pruned.before is None else pruned.before.astimezone(UTC).replace(tzinfo=None),
            "n_windowed": pruned.n_windowed,
            "n_rows": pruned.n_rows,
            "cut": pruned.cut,
            "now": now.astimezone(UTC).replace(tzinfo=None),
        },
    )
