"""What the Segments tab shows: why a metric differs between two windows, and how segments do."""

from dataclasses import dataclass
from datetime import datetime

from core.change import ChangeExplained
from core.domain import Segment, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeScope:
    """Which model, which two windows ("reference", "latest" or a number), which metric.

    Without them: from the reference to the last window that is explained, by the leading metric.
    """

    model: str
    before: str | None = None
    after: str | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChoice:
    """A closed window that can be compared; ``status`` is its leading metric's verdict, if it has one."""

    index: int
    start: datetime | None
    end: datetime | None
    status: Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentVerdict:
    """How the metric stands in one segment that the spec names, in the window shown."""

    segment: Segment
    status: Status | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    limit_low: float | None
    limit_high: float | None
    sentence: str
    verdict_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """The Segments tab. ``explained`` is None where ``empty_reason`` says why.

    ``recorded_at`` is set where the explanation was made when the window was judged; else it was made on
    request. ``metrics`` lists what can be asked for, as name and title; ``named`` are the spec's segments,
    worst first.
    """

    as_of: datetime
    scope: ChangeScope
    windows: tuple[WindowChoice, ...]
    metrics: tuple[tuple[str, str], ...]
    explained: ChangeExplained | None
    recorded_at: datetime | None
    named: tuple[SegmentVerdict, ...]
    empty_reason: str | None
