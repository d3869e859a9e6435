"""Writes to a registry of the workspace's own: runs, models, versions and aliases, as a training job would.

Used by programs that train, in processes of their own; the control plane itself never does.
"""

import hashlib
import shutil
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from core.adapters import mlflow_runs
from core.adapters.mlflow_door import Door, open_door, pages, translated
from core.ports import DataFile
from core.registry_settings import RegistrySettings
from core.spec import Features

# What scikit-learn pipelines hold beside scikit-learn's own types; the model file is read without pickle.
_TRUSTED = [
    "numpy.dtype",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
]


class LoggedFile(DataFile):
    """A data set in a Parquet file, copied to the run's artifacts."""

    @classmethod
    def of(cls, path: Path, *, context: str, n_rows: int) -> "LoggedFile":
        """Describe a file by its name and content."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        return cls(name=path.stem, context=context, path=path, digest=digest, n_rows=n_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Everything that is on record of one fitted pipeline."""

    model: str
    run_name: str
    pipeline: object
    features: Features
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    data: Sequence[LoggedFile]
    tags: Mapping[str, str]


class MlflowPublisher:
    """Logs trainings into one registry, one after the other.

    Parameters
    ----------
    settings
        The registry; a SQLite file that is missing is made.
    artifacts
        Where artifacts go.

    Raises
    ------
    Unavailable
        The registry cannot be opened.
    """

    def __init__(self, settings: RegistrySettings, *, artifacts: Path) -> None:
        self._settings = settings
        self._door: Door = open_door(settings, artifacts=artifacts)
        self._experiments: dict[str, str] = {}

    def n_versions(self, model: str) -> int:
        """Return how many versions of a model are registered; 0 where there is no such model."""
        with translated(self._settings):
            found = pages(partial(self._door.models.search_model_versions, f"name = '{model}'"))
            return sum(1 for _ in found)

    def publish(self, training: Training) -> str:
        """Log a run with its data, metrics and model, register the model's next version and return it."""
        with translated(self._settings):
            run = self._begin(training)
            root = Path(unquote(urlsplit(run.info.artifact_uri).path))
            self._log_data(run, root, training.data)
            _save(training, root / "model")
            mlflow_runs.finish(
                self._door, run, params=training.params, metrics=training.metrics, now_ms=_now_ms()
            )
            self._register(training.model)
            source = f"{run.info.artifact_uri}/model"
            created = self._door.models.create_model_version(training.model, source, run.info.run_id)
        return str(created.version)

    def add_models(self, names: Sequence[str]) -> None:
        """Register those models that are not there yet, one version each and no run."""
        with translated(self._settings):
            known = {model.name for model in pages(self._door.models.search_registered_models)}
            for name in names:
                if name in known:
                    continue
                self._register(name)
                self._door.models.create_model_version(name, f"external:/{name}")

    def alias(self, model: str, alias: str) -> str | None:
        """Return the version that an alias points to, None where there is no such alias."""
        with translated(self._settings, missing=("registered model", model)):
            found = dict(self._door.models.get_registered_model(model).aliases).get(alias)
        return None if found is None else str(found)

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Point an alias at a version; raises ``NotFound`` where there is none."""
        with translated(self._settings, missing=("model version", f"{model} {version}")):
            self._door.models.set_registered_model_alias(model, alias, version)

    def _begin(self, training: Training) -> Any:
        if training.model not in self._experiments:
            self._experiments[training.model] = mlflow_runs.experiment_of(self._door, training.model)
        return mlflow_runs.begin(
            self._door,
            self._experiments[training.model],
            name=training.run_name,
            tags=training.tags,
            now_ms=_now_ms(),
        )

    def _log_data(self, run: Any, root: Path, files: Sequence[LoggedFile]) -> None:
        for file in files:
            below = root / mlflow_runs.data_path(file)
            below.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, below)
        mlflow_runs.log_inputs(self._door, run, files)

    def _register(self, name: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._door.models.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def _save(training: Training, folder: Path) -> None:
    with warnings.catch_warnings():
        # It warns of type hints of its own while it is imported.
        warnings.simplefilter("ignore")
        import mlflow.pyfunc
        import mlflow.sklearn
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    columns: list[Any] = [ColSpec("double", name, required=False) for name in training.features.numeric]
    columns += [ColSpec("string", name) for name in training.features.categorical]
    with tempfile.TemporaryDirectory() as scratch:
        # Saved aside and moved: MLflow refuses a folder that is there.
        made = Path(scratch) / "model"
        mlflow.sklearn.save_model(
            training.pipeline,
            str(made),
            signature=ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec("double")])),
            # Named, because finding them out takes MLflow ten seconds a model.
            pip_requirements=[f"scikit-learn=={installed('scikit-learn')}", f"pandas=={installed('pandas')}"],
            skops_trusted_types=_TRUSTED,
        )
        shutil.move(str(made), str(folder))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
