"""What a model is compared with, and how far it has been judged, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.store import Cursor, statement
from core.store.judgements import aware
from core.views.words import count, day

_SLACK = 3
"""How many windows' length may pass without a closed one before what is shown is called stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceNote:
    """The pinned reference and the state of judging; counts are 0 and times None where there is nothing."""

    start: datetime | None
    end: datetime | None
    n_rows: int
    n_windows: int
    judged_at: datetime | None
    last_end: datetime | None
    typical: timedelta | None

    @property
    def text(self) -> str:
        """Return what the numbers are compared with."""
        if self.n_rows == 0:
            return "No reference is pinned."
        period = "" if self.start is None or self.end is None else f", {day(self.start)} to {day(self.end)}"
        cut = f", cut into {count(self.n_windows, 'window')}" if self.n_windows else ""
        return f"Compared with {count(self.n_rows, 'reference row')}{period}{cut}."

    def stale_since(self, now: datetime) -> datetime | None:
        """Return the end of the last closed window if the next ones are overdue, else None."""
        if self.last_end is None or self.typical is None:
            return None
        return self.last_end if now - self.last_end > _SLACK * self.typical + timedelta(hours=1) else None


def read_reference(cursor: Cursor, key: str) -> ReferenceNote:
    """Read what a model is compared with."""
    n_rows, n_windows, last_end, typical_s = (
        cursor.execute(statement("views_reference"), {"model_key": key}).fetchone() or (None,) * 4
    )
    start, end = cursor.execute(
        "SELECT reference_start, reference_end FROM reference_pins WHERE model_key = ?", [key]
    ).fetchone() or (None, None)
    (judged_at,) = cursor.execute(
        "SELECT judged_at FROM model_state WHERE model_key = ?", [key]
    ).fetchone() or (None,)
    return ReferenceNote(
        start=aware(start),
        end=aware(end),
        n_rows=int(n_rows or 0),
        n_windows=int(n_windows or 0),
        judged_at=aware(judged_at),
        last_end=aware(last_end),
        typical=None if typical_s is None else timedelta(seconds=typical_s),
    )
