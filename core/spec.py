"""A model's spec: what to monitor, as frozen values. Parsing lives in :mod:`core.logs.spec_file`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from core.domain import Risk, Task

MULTIVARIATE = ("pca_reconstruction", "domain_classifier")
"""Measures of all inputs together that a spec may ask for; each is the metric of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column of a file plays which role; every role may be absent.

    ``scores`` holds one column for binary models (the probability of the positive class) and, for
    multiclass, class text → column.
    """

    id: str | None = None
    timestamp: str | None = None
    version: str | None = None
    prediction: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None
    latency_ms: str | None = None
    status: str | None = None
    labelled_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The model's inputs, in order."""

    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """How rows are cut into windows: exactly one of a duration or a number of rows."""

    every: timedelta | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a condition such as a ``where``: ``column operator value`` (=, !=, <, <=, >, >=)."""

    column: str
    operator: str
    value: str | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRule:
    """Which rows are the reference: those matching ``where``, the ``first`` stretch, or the whole file."""

    where: tuple[Condition, ...] = ()
    first: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRule:
    """Where a model's rows lie, if they stay there: a table behind a connection of the workspace.

    ``connection`` names an entry under ``[sources]`` in trimtab.toml; ``backend`` must be the entry's.
    """

    backend: str
    table: str
    connection: str


class Seasonality(StrEnum):
    """Which windows are alike by the calendar (UTC), so that they are compared with each other."""

    WEEKDAY = "weekday"
    HOUR = "hour"
    WEEKDAY_HOUR = "weekday_hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentColumn:
    """A column that cuts rows into segments: by its values, or, with cut points ``at``, by ranges.

    ``at`` ascends; with 20000 and 50000 the segments are "below 20000", "20000 to 50000" (its lower end
    included) and "from 50000".
    """

    column: str
    at: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRule:
    """How a model is trained anew: at most one of ``source``, ``entry``, ``project`` and ``deployment``.

    ``source`` "registry" refits the logged pipeline; ``entry`` is ``module:function`` in the folder ``path``
    below the settings' folder of training code; ``project`` is the URI of an MLflow project; ``deployment``
    names the orchestrator under ``[deployments]`` whose job trains. Limits that are None are the settings'.
    ``held_out`` is the share of the fresh rows, the most recent ones, that measure the candidate and are not
    trained on. ``every`` and ``verdict`` say when it is asked for by itself, ``per_month`` how often at most.
    """

    source: str | None = None
    entry: str | None = None
    path: str | None = None
    project: str | None = None
    deployment: str | None = None
    time_s: float | None = None
    memory_mb: float | None = None
    held_out: float = 0.2
    every: timedelta | None = None
    verdict: str | None = None
    per_month: int | None = None

    @property
    def way(self) -> str | None:
        """How it is trained, in a word; None where the spec does not say."""
        for name in ("source", "entry", "project"):
            if getattr(self, name) is not None:
                return name
        return None if self.deployment is None else "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSpec:
    """What to monitor of one model, as its owner wrote it.

    ``model`` is the bare registered name, ``registry`` the short name of its registry ("local" is the
    workspace's own). ``features`` is None until it was inferred from data or a signature. Class texts
    (``positive``, labels, predictions) are canonical: integral numbers without a decimal point,
    booleans as 1 and 0, so that 1, 1.0, "1" and true are one class. ``multivariate`` names measures of
    all inputs together (:data:`MULTIVARIATE`). ``immutable`` names features that nobody can change,
    beside the sensitive ones. ``attributions`` is feature → column of its attributions
    (SHAP values, say), made of ``attribution_pattern`` ("shap_*") once the features are known. Each of the
    ``segments`` is one column or two crossed ones. ``labellable`` says which rows can ever have a label; all
    where it is empty. ``text`` is the document as sent.
    """

    model: str
    registry: str
    task: Task
    columns: Columns
    window: WindowRule
    reference: ReferenceRule
    version: str | None = None
    positive: str | None = None
    features: Features | None = None
    sensitive: tuple[str, ...] = ()
    immutable: tuple[str, ...] = ()
    segments: tuple[tuple[SegmentColumn, ...], ...] = ()
    seasonality: Seasonality | None = None
    label_delay: timedelta = timedelta(0)
    owner: str | None = None
    unit: str | None = None
    region: str | None = None
    risk: Risk = Risk.MEDIUM
    use_case: str | None = None
    on_call: str | None = None
    runbook: str | None = None
    deployment: str | None = None
    training: TrainingRule = TrainingRule()
    policy: str = "default"
    multivariate: tuple[str, ...] = ()
    attributions: Mapping[str, str] = field(default_factory=dict)
    attribution_pattern: str | None = None
    source: SourceRule | None = None
    labellable: tuple[Condition, ...] = ()
    text: str = ""

    @property
    def has_class_scores(self) -> bool:
        """Whether there are several classes, each with a score of its own."""
        return self.task is Task.MULTICLASS and bool(self.columns.scores)

    @property
    def group_columns(self) -> tuple[str, ...]:
        """Columns kept as texts beside the features: sensitive ones, and those that only cut segments."""
        features = self.features or Features()
        inputs = {*features.numeric, *features.categorical}
        cutting = (one.column for segment in self.segments for one in segment if one.column not in inputs)
        return tuple(dict.fromkeys([*self.sensitive, *cutting]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a spec's columns lie in the store's tables: column name → physical column.

    Physical names are the store's own (``n0``, ``c3``, ``s1``, ``p0``), so that no name from a file is
    ever part of a statement and names that differ only in case stay apart. ``key`` names the tables:
    ``rows_<key>``, ``reference_<key>``, ``labels_<key>``.
    """

    key: str
    numeric: Mapping[str, str]
    categorical: Mapping[str, str]
    sensitive: Mapping[str, str]
    scores: Mapping[str, str]
    numeric_target: bool
    attributions: Mapping[str, str] = field(default_factory=dict)
    labellable: bool = False

    @property
    def rows(self) -> str:
        """Name of the table of ingested rows."""
        return f"rows_{self.key}"

    @property
    def reference(self) -> str:
        """Name of the table of reference rows."""
        return f"reference_{self.key}"

    @property
    def labels(self) -> str:
        """Name of the table of labels, inline and late."""
        return f"labels_{self.key}"
