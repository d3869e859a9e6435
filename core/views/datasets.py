"""What the data-set list shows: versions, who uses them and how two differ; features, models and drift."""

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
class DatasetFile:
    """A version of a data set by ``name@digest``; ``missing`` says why its rows are not at hand, else ""."""

    ref: str
    models: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSide:
    """One of two versions compared: its rows and the SHA-256 of its file.

    ``note`` says where the file is not what was logged, or why that cannot be told; "" where it is.
    """

    ref: str
    n_rows: int
    sha256: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """A column of one version: rows, share without a value, and its mean or its commonest value.

    ``mean`` is None for texts and where no value is a finite number; ``commonest`` is None for numbers and
    where no value stands in ten rows, so that it names nobody.
    """

    n: int
    missing: float | None
    mean: float | None = None
    commonest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDistance:
    """One measurement of a column, judged where a rule speaks of it; ``reason`` where it has no value."""

    metric: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    n: int
    n_reference: int | None
    reason: str | None
    status: Status | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """How far a column of one version lies from that of the other; ``distances`` the worst judged first."""

    name: str
    kind: str
    status: Status | None
    distances: tuple[ColumnDistance, ...]
    before: ColumnProfile
    after: ColumnProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDrift:
    """Two versions compared, the columns that lie farthest apart first.

    ``model`` is the one whose features and policy were used. ``left_out`` are its features that a file lacks,
    ``beside`` columns that both files have and that are no features of it.
    """

    at: datetime
    model: str
    before: DatasetSide
    after: DatasetSide
    columns: tuple[ColumnDrift, ...]
    left_out: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetsView:
    """Data sets by name, and features by how many models use them; ``n_…`` count all there are.

    ``files`` are the versions that can be asked about, and those whose rows are not at hand with the reason.
    """

    at: datetime
    scope: DatasetScope
    datasets: tuple[Dataset, ...]
    features: tuple[FeatureRow, ...]
    n_datasets: int
    n_features: int
    files: tuple[DatasetFile, ...] = ()
