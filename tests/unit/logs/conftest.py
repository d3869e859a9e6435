from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingest_desk import Desk


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Opens desks for spec documents; all are closed at the end."""
    desks: list[Desk] = []

    def opened(document: str, *, on_disk: bool = False) -> Desk:
        desks.append(Desk.open(tmp_path, document, on_disk=on_disk))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.close()
