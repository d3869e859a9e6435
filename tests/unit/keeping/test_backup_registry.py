"""A registry that MLflow wrote finds its artifacts after its workspace was restored elsewhere."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.adapters.mlflow_publisher import MlflowPublisher
from core.adapters.mlflow_registry import MlflowRegistry
from core.config import Workspace, load_settings
from core.keeping.restore import restore
from core.retention import Retention
from tests.keeping_desk import Place
from tests.unit.adapters.conftest import training


@pytest.mark.slow
def test_models_and_evaluation_data_are_found_where_they_are_now(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "first place", Retention())
    workspace = place.trimtab.settings.workspace
    (own,) = place.trimtab.settings.registries
    MlflowPublisher(own, artifacts=workspace.artifacts).publish(training(tmp_path))
    with place.trimtab.keeping.backup() as (path, _):
        shutil.copy(path, tmp_path / "b.zip")
    place.close()
    shutil.rmtree(workspace.root)
    other = Workspace(tmp_path / "second ü")
    restore(tmp_path / "b.zip", other, force=False, now=datetime.now(UTC), actor="ann")
    (restored,) = load_settings(other).registries
    registry = MlflowRegistry(restored, artifacts=other.artifacts)
    signature = registry.signature("credit", "1")
    assert [column.name for column in signature or ()] == ["income", "age", "channel"]
    (tmp_path / "copied").mkdir()
    assert registry.evaluation_data("credit", "1", tmp_path / "copied") is not None
