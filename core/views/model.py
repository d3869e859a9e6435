"""What the Model page shows: one model, how well it does, and which versions it has."""

from dataclasses import dataclass
from datetime import datetime

from core.domain import Health, Risk, Status, Task
from core.views.series import Distribution, FairnessLink, IncidentNote, Series
from core.views.validation import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScope:
    """Which model, and which part of it: a version (None = champion), the last windows, one metric.

    ``metric`` is the performance metric that is shown, with its revisions; None, or one that the model does
    not have, stands for the leading one.
    """

    model: str
    version: str | None = None
    last: int = 120
    metric: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One leading number: value, interval, rows, limit, window, and a sentence that reads it.

    ``change`` is the distance to what ``change_from`` names. ``status`` is None where nothing is judged;
    ``value`` is None where there is no number, and ``sentence`` then says why. ``note`` is what a reader
    must know besides ("labels immature"). ``trend`` holds the
    last windows, oldest first; ``total`` is the whole of which ``value`` is a part ("4 of 12").
    """

    key: str
    title: str
    unit: str
    value: float | None
    status: Status | None
    sentence: str
    total: int | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    change: float | None = None
    change_from: str = ""
    higher_is: str = "neither"
    estimated: bool = False
    window_index: int | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    note: str = ""
    trend: tuple[float, ...] = ()
    verdict_id: str | None = None
    fairness: FairnessLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasNote:
    """An alias on a version and when this workspace first saw it there."""

    alias: str
    first_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version in the registry or in the logs, newest first.

    ``n_rows`` counts its judged rows; ``in_registry`` is False for a version that rows name but the
    registry does not have. ``validation`` is how its latest one stands.
    """

    version: str
    aliases: tuple[AliasNote, ...]
    in_registry: bool
    created_at: datetime | None
    run_id: str | None
    first_row_at: datetime | None
    last_row_at: datetime | None
    n_rows: int
    metric_title: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    estimated: bool = False
    validation: Verdict = Verdict.NOT_VALIDATED
    validation_overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A version's first judged window: drawn as a thin line over time."""

    version: str
    index: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShare:
    """How many labels of one window have come: a share of the ``n`` rows that can have one.

    ``share`` is None where no row can. ``is_immature`` is True while the window waits for more before its
    performance is judged.
    """

    index: int | None
    start: datetime | None
    end: datetime | None
    n: int
    share: float | None
    is_immature: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a verdict said at a time; ``reason`` says why where it was UNKNOWN."""

    status: Status
    value: float | None
    n: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A verdict on one window that was revised: what it said, from when until when, and what it says now.

    ``now`` is None where the window is no longer judged.
    """

    index: int | None
    start: datetime | None
    end: datetime | None
    estimated: bool
    before: Known
    known_at: datetime
    until: datetime
    now: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNote:
    """Why the leading metric differs from the reference, in one sentence, and of which window it speaks."""

    sentence: str
    index: int
    start: datetime | None
    end: datetime | None
    estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricName:
    """A metric, and how people call it."""

    metric: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """The Model page: header, cards, performance and operations over time, versions, incidents.

    ``metrics`` are those of performance that have a value in some window, the leading one first;
    ``performance`` has the first of them and the scope's. ``window_text`` is the window's size in words,
    ``reference_text`` what the model is compared with. ``estimate_note`` is set when estimates are
    shown and says what they rest on. ``labels`` has one entry a shown window, none for a model without
    labels. ``revised`` lists the earlier verdicts on the scope's metric, the latest window first.
    ``outputs`` is how the scores, or the predictions of a model without scores, lie in the latest window.
    ``stale_since`` is set when no window was judged for longer than the model's own rhythm allows.
    """

    as_of: datetime
    scope: ModelScope
    name: str
    registry: str
    monitored: bool
    status: Health
    why: str
    champion: str | None
    challenger: str | None
    version: str | None
    deployed_at: datetime | None
    task: Task | None
    owner: str | None
    unit: str | None
    region: str | None
    risk: Risk | None
    use_case: str | None
    on_call: str | None
    runbook: str | None
    rows_a_day: float | None
    window_text: str
    reference_text: str
    label_delay_s: float
    judged_at: datetime | None
    last_row_at: datetime | None
    stale_since: datetime | None
    estimate_note: str | None
    cards: tuple[Card, ...]
    metrics: tuple[MetricName, ...]
    performance: tuple[Series, ...]
    row_counts: Series | None
    latency: tuple[Series, ...]
    outputs: Distribution | None
    incidents: tuple[IncidentNote, ...]
    deployments: tuple[Deployment, ...]
    versions: tuple[VersionRow, ...]
    change: ChangeNote | None = None
    labels: tuple[LabelShare, ...] = ()
    revised: tuple[Revised, ...] = ()
