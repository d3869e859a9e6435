import pytest

from tests import templates


@pytest.fixture(autouse=True)
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stores' own tests are not content with copies."""
    templates.use_none(monkeypatch)
