"""What the Fairness page shows: how groups of people are treated, how sure that is, and since when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from core.domain import Status, Task
from core.views.drift import WindowNote
from core.views.series import IncidentNote, Series

Mark: TypeAlias = Literal["inside", "crosses", "outside", "unknown", "reference"]
"""How an interval lies to the band: by the interval, never by the point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessScope:
    """Which model, sensitive column, measure and windows are asked for. All may be left open.

    Without a model the one with the least ratio between groups is shown, without an attribute its worst one.
    One ``window``, or the ``last`` closed windows together, all of them where neither is given. ``against``
    is the reference group, the best-off one unless given; ``cross`` the column that the attribute is crossed
    with; ``group`` the one that stands out over time; ``of_class`` one class of several. ``preset`` names a
    rule's table ("four_fifths", "ll144") and ``rate`` what it counts ("selection", "scoring").
    """

    model: str | None = None
    attribute: str | None = None
    measure: str | None = None
    window: int | None = None
    last: int | None = None
    against: str | None = None
    cross: str | None = None
    group: str | None = None
    of_class: str | None = None
    preset: str | None = None
    rate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLevel:
    """One group's number with its 95 % interval.

    ``n`` counts the group's rows, ``n_behind`` those that the number speaks of. ``value`` is None where
    ``note`` says why: groups under 30 rows are withheld. ``status`` is the stored verdict on the group.
    """

    name: str
    n: int
    n_behind: int
    value: float | None
    low: float | None
    high: float | None
    note: str = ""
    status: Status | None = None
    sentence: str = ""
    verdict_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupContrast:
    """One group beside the reference group, and how the interval of that lies to the band."""

    name: str
    n: int
    value: float | None
    low: float | None
    high: float | None
    mark: Mark
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A verdict as it is stored, or as the same rules reach it over several windows together.

    ``verdict_id`` is there where it is stored; ``command`` prints the same. ``window`` is the one it is on.
    """

    status: Status
    sentence: str
    window: WindowNote | None
    verdict_id: str | None
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNote:
    """What labels a measure waits for; ``text`` is empty where it needs none."""

    n: int = 0
    n_waiting: int = 0
    n_windows: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeoffPoint:
    """What one threshold would give: accuracy, and the groups' least over greatest selection rate."""

    threshold: float | None
    accuracy: float
    ratio: float
    worst: str
    selected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """Accuracy and worst ratio over thresholds, from score bins; ``now`` is what was really decided.

    ``missing`` says why there is none. ``left_out`` are the groups with too few rows to be compared.
    """

    points: tuple[TradeoffPoint, ...] = ()
    now: TradeoffPoint | None = None
    n: int = 0
    left_out: tuple[str, ...] = ()
    sentence: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCell:
    """The people of one group of two columns at once; without a value where there are fewer than 30."""

    row: str
    column: str
    n: int
    value: float | None
    ratio: float | None
    low: float | None
    high: float | None
    mark: Mark
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The attribute crossed with another one, each cell beside the best-off one."""

    column: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[CrossCell, ...]
    best: str
    verdict: Told | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FairHistory:
    """The measure of each group over the windows, and the judged ratio between the groups."""

    groups: tuple[Series, ...] = ()
    picked: str = ""
    between: Series | None = None
    incidents: tuple[IncidentNote, ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRow:
    """One category of a rule's table: rows, those with the outcome, the rate, and over the highest rate.

    ``mark`` is None where the rule knows no interval; ``note`` says why a number is left out.
    """

    category: str
    n: int
    n_hits: int | None
    rate: float | None
    ratio: float | None
    low: float | None = None
    high: float | None = None
    mark: Mark | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactTable:
    """The categories of one column, or of two crossed; ``most`` has the highest rate of those compared.

    ``n_unknown`` rows belong to no known category, ``n_left_out`` categories hold under 2 % of the rows.
    """

    title: str
    rows: tuple[ImpactRow, ...]
    most: str
    n_unknown: int = 0
    n_left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What a rule asks to be shown; ``missing`` says why it cannot be. ``median`` is the sample's score."""

    preset: str
    rate: str
    rates: tuple[str, ...] = ("selection",)
    tables: tuple[ImpactTable, ...] = ()
    median: float | None = None
    note: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessView:
    """All of the Fairness page; without a model, or with nothing to compare, only ``empty_*`` say why.

    ``models`` are the choices, the one with the least ratio first; ``measures`` name and title of what can
    be compared; ``comparison`` says what the groups are set beside the reference group by: ratio or
    difference. ``is_chosen`` is True where the link names the reference group.
    """

    as_of: datetime
    scope: FairnessScope
    models: tuple[str, ...]
    name: str | None
    empty_title: str = ""
    empty_reason: str = ""
    version: str = ""
    task: Task | None = None
    attributes: tuple[str, ...] = ()
    measures: tuple[tuple[str, str], ...] = ()
    classes: tuple[str, ...] = ()
    of_class: str | None = None
    attribute: str = ""
    measure: str = ""
    title: str = ""
    unit: str = ""
    what: str = ""
    windows: tuple[WindowNote, ...] = ()
    period: str = ""
    n: int = 0
    sentence: str = ""
    verdict: Told | None = None
    labels: LabelNote = LabelNote()
    limit_low: float | None = None
    limit_high: float | None = None
    min_rows: int = 100
    levels: tuple[GroupLevel, ...] = ()
    comparison: Literal["ratio", "difference"] = "ratio"
    reference: str | None = None
    is_chosen: bool = False
    contrasts: tuple[GroupContrast, ...] = ()
    contrast_note: str = ""
    tradeoff: Tradeoff = Tradeoff()
    crossing: Crossing | None = None
    history: FairHistory = FairHistory()
    impact: Impact | None = None
