from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.store import AnalyticsStore, StateStore
from tests.ingest_desk import Desk


@pytest.fixture(scope="session")
def stores() -> Iterator[tuple[AnalyticsStore, StateStore]]:
    """Both stores in memory, shared by all desks."""
    store, state = AnalyticsStore.open(None), StateStore.open(None)
    yield store, state
    store.close()
    state.close()


@pytest.fixture
def open_desk(tmp_path: Path, stores: tuple[AnalyticsStore, StateStore]) -> Callable[[str], Desk]:
    """Opens a desk, with a model of its own, for a spec document."""
    return lambda document: Desk.open(tmp_path, document, *stores)
