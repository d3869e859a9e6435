from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.retention import Retention
from tests.keeping_desk import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Make workspaces on disk, each with a clock of its own."""
    made: list[Place] = []

    def make(name: str = "workspace", **kept: object) -> Place:
        made.append(Place.make(tmp_path / name, Retention(**kept)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()
