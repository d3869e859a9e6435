"""Why a number changed between two sets of rows, as frozen values (standard library only)."""

from dataclasses import dataclass
from math import isfinite

from core.domain import Segment, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One number of some rows: value, 95 % interval, rows. ``value`` is None where there is none."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high):
            if number is not None and not isfinite(number):
                raise ValueError(f"a level must be finite or None, not {number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A part of a change: its size, 95 % interval, and the chance of such a size if there were none."""

    value: float
    low: float
    high: float
    p_value: float

    @property
    def may_be_chance(self) -> bool:
        """Whether the interval holds 0."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One segment's part of a change.

    ``mix`` is what its growing or shrinking did to the whole number, ``within`` what its own change did;
    shares are of the rows (or of the metric's denominator). The parts of a decomposition add up to it.
    """

    segment: Segment
    before: Level
    after: Level
    share_before: float
    share_after: float
    mix: float
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """A change split by the segments of one or more columns: mix + within = change, nothing left over."""

    by: tuple[str, ...]
    change: float
    mix: Effect
    within: Effect
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSegment:
    """A segment whose number moved otherwise than that of the remaining rows.

    ``change`` is its own change, None where it has no rows before (``is_new``). ``gap`` is how much
    more it changed than the remaining rows, for a new segment how far it lies from them now.
    ``contribution`` is its part of the change of the whole by the move of its own number.
    ``q_value`` is ``p_value`` adjusted for all that was searched. ``like`` names findings that are left
    out because this one explains them.
    """

    segment: Segment
    before: Level
    after: Level
    share_before: float
    share_after: float
    change: Effect | None
    gap: Effect
    contribution: float
    q_value: float
    is_new: bool
    like: tuple[Segment, ...] = ()


def segment_text(segment: Segment) -> str:
    """Return a segment as people say it: ranges of numbers follow their column, categories equal it.

    Examples
    --------
    >>> segment_text(Segment.of({"region": "north", "income": "≤ 1,200"}))
    'income ≤ 1,200 and region = north'
    """
    parts = [
        f"{column} {value}" if value.startswith(("≤ ", "> ")) else f"{column} = {value}"
        for column, value in segment.pairs
    ]
    return " and ".join(parts) or "all rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEffect:
    """What the mix of one column's segments did to the number, and which segment did most of it."""

    column: str
    mix: Effect
    within: float
    moved: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a change: a window, or the reference (``window`` None)."""

    name: str
    level: Level
    window: Window | None = None
    version: str | None = None
    is_reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A piece of the sentence: how much of the change, and where it comes from.

    ``kind`` is "within" (the segment itself changed), "mix" (it grew or shrank) or "rest". ``segment`` is
    None for the rest; ``before`` and ``after`` are its levels, the shares its part of the rows.
    """

    kind: str
    value: float
    segment: Segment | None = None
    before: Level | None = None
    after: Level | None = None
    share_before: float | None = None
    share_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeExplained:
    """Why a metric differs between two sets of rows: the sentence, and what stands behind it.

    ``change`` is after − before; ``harm`` says which sign does harm (1, −1, or 0 for either). ``story``
    holds the pieces that the sentence tells, which add up to the change; ``split`` is the decomposition
    by the columns that tell most. ``columns`` holds the mix effect of every column, ``found`` the
    segments that stand out, ``shown`` the worst further ones that may be chance. ``left_out`` are columns
    that were not searched because they merely tell the time, ``shifting`` those whose mix shifts in the
    reference from window to window, so that a shift of it is told as no cause.
    ``reason`` is set, and everything else empty, where nothing can be said.
    """

    model: str
    metric: str
    title: str
    unit: str
    estimated: bool
    method: str
    before: Side
    after: Side
    change: Effect | None
    harm: int
    story: tuple[Share, ...]
    split: Decomposition | None
    columns: tuple[ColumnEffect, ...]
    found: tuple[FoundSegment, ...]
    shown: tuple[FoundSegment, ...]
    n_tested: int
    sentence: str
    notes: tuple[str, ...] = ()
    reason: str | None = None
    left_out: tuple[str, ...] = ()
    shifting: tuple[str, ...] = ()

    @property
    def time_note(self) -> str:
        """Return which columns go with the time and what follows from it; empty where none does."""
        notes = []
        if self.left_out:
            verb = "tells" if len(self.left_out) == 1 else "tell"
            notes.append(
                f"Not searched: {', '.join(self.left_out)}, which merely {verb} the time (in the reference, "
                "too, most windows have hardly a value in common)."
            )
        if self.shifting:
            verb = "shifts" if len(self.shifting) == 1 else "shift"
            notes.append(
                f"No cause by mix: {', '.join(self.shifting)}, which {verb} from window to window in the "
                "reference, too."
            )
        return " ".join(notes)
