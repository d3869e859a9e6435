"""One workspace on the real stores, with a registry and a clock of our own."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config import Workspace, create_workspace
from core.logs.upload import Upload, sniff
from core.ports import Deployment
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0


@pytest.fixture
def file(tmp_path: Path) -> Callable[[pa.Table], Upload]:
    counter = iter(range(1000))

    def write(table: pa.Table) -> Upload:
        path = tmp_path / f"{next(counter)}.parquet"
        pq.write_table(table, path)
        return sniff(path)

    return write


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(DAY_0 + timedelta(days=30))


@pytest.fixture
def deployments() -> Mapping[str, Deployment]:
    return {}


@pytest.fixture
def state_file() -> Path | None:
    """Where the state store lies; a store in memory serves one thread only."""
    return None


@pytest.fixture
def trimtab(
    tmp_path: Path,
    registry: FakeRegistry,
    clock: FixedClock,
    deployments: Mapping[str, Deployment],
    state_file: Path | None,
) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(state_file),
        registries={"local": registry, "prod": FakeRegistry(name="prod", writable=False)},
        deployments=deployments,
        clock=clock,
    )
    yield opened
    opened.close()
