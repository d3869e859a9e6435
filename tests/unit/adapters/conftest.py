"""One SQLite registry for the session: MLflow takes seconds to make its tables."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.adapters.mlflow_publisher import LoggedFile, MlflowPublisher, Training
from core.adapters.mlflow_registry import MlflowRegistry
from core.registry_settings import RegistrySettings
from core.spec import Features

FEATURES = Features(numeric=("income", "age"), categorical=("channel",))


def training(folder: Path, *, model: str = "credit", **changes: object) -> Training:
    """A small fitted pipeline with everything that can be logged beside it."""
    from core.demo.training import unfitted
    from core.domain import Task

    table = pa.table(
        {
            "income": np.arange(40.0),
            "age": np.arange(40.0)[::-1],
            "channel": ["branch", "online"] * 20,
            "repaid": [0.0, 1.0] * 20,
        }
    )
    path = folder / "evaluation.parquet"
    pq.write_table(table, path)
    pipeline = unfitted("full", Task.BINARY, FEATURES)
    pipeline.fit(table.drop_columns("repaid").to_pandas(), table["repaid"].to_numpy())
    data = [LoggedFile(name="held-out", context="evaluation", path=path, digest="d1", n_rows=40)]
    facts = {
        "model": model,
        "run_name": "first",
        "pipeline": pipeline,
        "features": FEATURES,
        "params": {"C": "10"},
        "metrics": {"roc_auc": 0.9},
        "data": data,
        "tags": {"team": "risk"},
    }
    return Training(**{**facts, **changes})


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> RegistrySettings:
    folder = tmp_path_factory.mktemp("mlflow")
    return RegistrySettings(name="local", uri=f"sqlite:///{folder}/mlflow.db", writable=True)


@pytest.fixture(scope="session")
def artifacts(settings) -> Path:
    return Path(settings.uri.removeprefix("sqlite:///")).parent / "artifacts"


@pytest.fixture(scope="session")
def publisher(settings, artifacts) -> MlflowPublisher:
    return MlflowPublisher(settings, artifacts=artifacts)


@pytest.fixture(scope="session")
def registry(settings, artifacts, publisher, tmp_path_factory) -> MlflowRegistry:
    """A registry with two versions of ``credit``, both aliases set."""
    given = training(tmp_path_factory.mktemp("data"))
    for alias in ("champion", "challenger"):
        publisher.set_alias("credit", alias, publisher.publish(given))
    return MlflowRegistry(settings, artifacts=artifacts)
