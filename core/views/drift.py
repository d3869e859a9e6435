"""What the Drift page and the Drift tab show: what moved, since when, and how one column looks now."""

from dataclasses import dataclass
from datetime import datetime

from core.domain import Baseline, Role, Status
from core.views.model import Card
from core.views.series import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftScope:
    """Which model and version, which window and feature are picked. All may be left open.

    Without a model the one that drifts most is shown; without a feature its worst; without a window
    the latest judged one. Without a baseline distances are those that were judged.
    """

    model: str | None = None
    version: str | None = None
    feature: str | None = None
    window: int | None = None
    last: int = 40
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowNote:
    """One column of the heatmap."""

    index: int | None
    start: datetime | None
    end: datetime | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """One row of the heatmap: a column of the model over the view's windows.

    ``ratios`` are the deciding distances relative to the limit at which the rule fails (1 = at the
    limit; None where nothing could be judged) and ``statuses`` their verdicts; ``metrics`` and
    ``values`` are the deciding measure and its value; all follow the view's ``windows``.
    ``first_window`` is the first window whose verdict was FAIL or WARN. ``importance`` is how much the
    model's output hangs on a feature, as a share of all; None where that is unknown, and for outputs.
    """

    feature: str
    role: Role
    ratios: tuple[float | None, ...]
    statuses: tuple[Status | None, ...]
    metrics: tuple[str | None, ...]
    values: tuple[float | None, ...]
    n_failed: int
    n_warned: int
    first_window: int | None
    first_seen_at: datetime | None
    importance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftTest:
    """One measure of one column in one window, its 95 % interval, and its verdict where a rule judges it."""

    metric: str
    title: str
    method: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_reference: int | None
    p_value: float | None
    status: Status | None
    limit_low: float | None
    limit_high: float | None
    reason: str | None
    decides: bool
    verdict_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDetail:
    """One column in one window: how it lies beside the baseline, its tests, and what that means.

    ``distribution`` is None where ``undrawn`` says why.
    """

    feature: str
    role: Role
    version: str | None
    window: WindowNote
    status: Status | None
    sentence: str
    distribution: Distribution | None
    tests: tuple[DriftTest, ...]
    first_window: int | None
    first_seen_at: datetime | None
    undrawn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDrift:
    """A column name that drifts in several models at the same time: look upstream first."""

    feature: str
    models: tuple[str, ...]
    first_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftView:
    """The Drift page. ``rows`` are ranked by the latest verdict, then by drift × importance.

    ``importance_text`` says what the importance rests on, empty where it is not known.
    ``models`` lists what can be chosen; ``name`` is None when there is nothing to show, and
    ``empty_reason`` then says why. ``together`` has what is measured of all columns at once.
    ``baseline`` is what the distances shown are from, ``baselines`` what can be asked for, as name and
    title. Verdicts rest on ``judged_by`` whatever is shown; ``baseline_text`` says so where they differ.
    """

    as_of: datetime
    scope: DriftScope
    models: tuple[str, ...]
    versions: tuple[str, ...]
    name: str | None
    version: str | None
    empty_reason: str | None
    n_features: int
    n_drifting: int
    sentence: str
    windows: tuple[WindowNote, ...]
    rows: tuple[DriftRow, ...]
    detail: ColumnDetail | None
    shared: tuple[SharedDrift, ...]
    judged_at: datetime | None
    reference_text: str
    together: tuple[Card, ...] = ()
    importance_text: str = ""
    baseline: Baseline = "fixed"
    judged_by: Baseline = "fixed"
    baselines: tuple[tuple[Baseline, str], ...] = ()
    baseline_text: str = ""
