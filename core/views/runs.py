"""What the Runs tab shows: the runs of a model's experiments, what went into each and what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsScope:
    """Whose runs; ``last`` is how many of the newest are shown, those behind a version always."""

    model: str
    last: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """A data set that a run read: ``digest`` names its content, ``source`` where it lies ("" = not said)."""

    name: str
    digest: str
    context: str = ""
    source: str = ""
    n_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnvironment:
    """What a version's files ask for: Python's version, and packages as requirements, in their order."""

    python: str = ""
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run; ``version`` is the one that it became, None where it became none.

    ``entry`` and ``commit`` say what code ran, as far as that was logged; ``environment`` is known of
    versions alone.
    """

    run_id: str
    name: str
    status: str
    user: str
    started_at: datetime | None
    ended_at: datetime | None
    version: str | None = None
    aliases: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: tuple[RunData, ...] = ()
    entry: str | None = None
    commit: str | None = None
    environment: RunEnvironment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsView:
    """The runs, the newest first.

    ``n_runs`` are on record, of which the rows may be a part; ``metrics`` and ``params`` are all names that
    any row has, ``metric`` the one that stands for the model where a run has it. ``read_at`` is when the
    registry was last read.
    """

    at: datetime
    model: str
    registry: str
    champion: str | None
    rows: tuple[RunRow, ...]
    n_runs: int
    n_experiments: int
    metrics: tuple[str, ...]
    params: tuple[str, ...]
    metric: str | None
    read_at: datetime | None
