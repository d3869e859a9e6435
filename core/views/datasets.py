"""What the data-set list shows: versions of data sets and who uses them; features, their models and drift."""

from dataclasses import dataclass
from datetime import datetime

from core.domain import Health, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetScope:
    """Which data sets and features: those whose name holds a text, or that a model uses; all where None."""

    search: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion:
    """One content of a data set, by its digest.

    ``columns`` are names and types, empty where no schema was logged; ``n_rows`` None where nobody said.
    ``versions`` are model versions whose runs read it, ``live`` those of them that run in production.
    ``at`` is when the first run that read it ended. ``labels`` says where its labels come from.
    """

    id: str
    digest: str
    n_rows: int | None
    columns: tuple[tuple[str, str], ...]
    used_for: str
    at: datetime | None
    versions: tuple[str, ...]
    live: tuple[str, ...]
    labels: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A data set by name and its versions, the newest first; ``changes``: how that differs from the last."""

    name: str
    models: tuple[str, ...]
    sources: tuple[str, ...]
    versions: tuple[DatasetVersion, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureUse:
    """A model that a feature goes into, and its newest judged drift there; None where none was judged."""

    model: str
    owner: str | None
    metric: str | None = None
    value: float | None = None
    limit: float | None = None
    status: Status | None = None
    window_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """A feature by name: its models, the worst drift first, and the columns that it comes from."""

    name: str
    kind: str
    uses: tuple[FeatureUse, ...]
    columns: tuple[str, ...]
    health: Health | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetsView:
    """Data sets by name, and features by how many models use them; ``n_…`` count all there are."""

    at: datetime
    scope: DatasetScope
    datasets: tuple[Dataset, ...]
    features: tuple[FeatureRow, ...]
    n_datasets: int
    n_features: int
