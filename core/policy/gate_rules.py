"""What a gate may ask of a candidate: values, nothing computed. Parsing lives in :mod:`gate_file`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.candidate import Baseline, Condition
from core.domain import Risk, Task


class Bound(StrEnum):
    """Which number is held to the limit.

    ``point``: the value itself. ``lower``: its 95 % interval's worse end, so that few rows pass nothing.
    ``upper``: the better end, so that only what lies wholly beyond the limit fails.
    """

    POINT = "point"
    LOWER = "lower"
    UPPER = "upper"


class OnUnknown(StrEnum):
    """What becomes of a gate whose fact is missing, not a number, or stale."""

    BLOCK = "block"
    PASS = "pass"


class Waivable(StrEnum):
    """Which outcomes of a gate a person may stand for: none, a missing fact, or a failure too."""

    NEVER = "never"
    UNKNOWN = "unknown"
    ANY = "any"


class Needs(StrEnum):
    """What a model must have for a gate to concern it."""

    LABELS = "labels"
    SCORES = "scores"
    SENSITIVE = "sensitive"
    CHAMPION = "champion"
    NO_CHAMPION = "no_champion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Which models a gate concerns; an empty tuple means all."""

    tasks: tuple[Task, ...] = ()
    risks: tuple[Risk, ...] = ()
    has: tuple[Needs, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One condition on a candidate.

    Parameters
    ----------
    id
        Its name in the policy.
    metric
        Task → metric of the catalogue, or of :data:`core.candidate.OTHERS`.
    baseline, condition
        Which of the metric's facts is meant.
    low, high
        The least and the greatest value allowed (``min`` and ``max`` in the document).
    max_drop
        How much worse than the baseline it may be: in the metric's own unit, of errors in the label's unit
        as a share of the baseline's value.
    bound
        Which end of the value's interval is held to the limits.
    min_n
        Rows under which the fact counts as missing.
    applies
        Which models it concerns.
    on_unknown
        Whether a missing fact blocks.
    waivable, max_waiver_days
        What a person may stand for, and for how long at most.
    """

    id: str
    metric: Mapping[Task, str]
    baseline: Baseline = Baseline.NONE
    condition: Condition = Condition.AS_LOGGED
    low: float | None = None
    high: float | None = None
    max_drop: float | None = None
    bound: Bound = Bound.POINT
    min_n: int = 0
    applies: Applies = Applies()
    on_unknown: OnUnknown = OnUnknown.BLOCK
    waivable: Waivable = Waivable.ANY
    max_waiver_days: float = 30.0
