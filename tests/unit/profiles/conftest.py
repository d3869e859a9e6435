from collections.abc import Callable, Iterator

import pytest

from core.spec import MonitorSpec
from core.store import AnalyticsStore
from tests.unit.profiles.stream import Stream


@pytest.fixture
def stream() -> Iterator[Callable[[MonitorSpec], Stream]]:
    """Make models in a store in memory."""
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        yield lambda spec: Stream(cursor, spec)
    store.close()
