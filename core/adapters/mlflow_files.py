"""What was logged beside a version: its run, the runs around it, data sets, model files, environment."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from core.adapters.mlflow_door import Door, translated
from core.adapters.mlflow_runs import run_of
from core.errors import NotFound
from core.ports import Environment, RunRecord
from core.registry_settings import RegistrySettings

_CONTEXTS: Mapping[str, tuple[str, ...]] = {
    "training": ("training", "train"),
    "evaluation": ("evaluation", "eval", "test", "validation"),
}
"""What a data set is for → what MLflow's users call that."""
_LONGEST_REQUIREMENTS = 200_000


class MlflowFiles:
    """Reads what lies beside versions, for :class:`core.adapters.mlflow_registry.MlflowRegistry`."""

    _settings: RegistrySettings

    def _door(self) -> Door:
        raise NotImplementedError

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run with all that was logged, None where it was deleted; raises ``Unavailable``."""
        door = self._door()
        with suppress(NotFound), translated(self._settings, missing=("run", run_id)):
            return run_of(self._settings.name, door.runs.get_run(run_id))
        return None

    def experiment_runs(
        self, experiments: Sequence[str], *, since: datetime | None, most: int
    ) -> Sequence[RunRecord]:
        """Return the newest runs of experiments, at most so many; deleted ones are left out.

        Parameters
        ----------
        experiments
            Their ids; one that is gone has no runs.
        since
            Only runs that began then or later.
        most
            How many.

        Raises
        ------
        Unavailable
            The registry cannot be reached.
        """
        door = self._door()
        from mlflow.entities import ViewType

        began = "" if since is None else f"attributes.start_time >= {int(since.timestamp() * 1000)}"
        with translated(self._settings):
            found = door.runs.search_runs(
                experiment_ids=list(experiments),
                filter_string=began,
                run_view_type=ViewType.ACTIVE_ONLY,
                max_results=most,
                order_by=["attributes.start_time DESC"],
            )
            return [run_of(self._settings.name, one) for one in found]

    def environment(self, name: str, version: str) -> Environment:
        """Return what a version's files ask for; empty where it has none, or they do not say.

        Only the files that say it are fetched.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            The registry cannot be reached.
        """
        door = self._door()
        with (
            translated(self._settings, missing=("model version", f"{name} {version}")),
            tempfile.TemporaryDirectory() as scratch,
        ):
            root = door.models.get_model_version_download_uri(name, version)
            texts = {
                file: text
                for file in ("requirements.txt", "python_env.yaml")
                if (text := _text(door, root, file, Path(scratch))) is not None
            }
        lines = (line.strip() for line in texts.get("requirements.txt", "").splitlines())
        return Environment(
            python=_python(texts.get("python_env.yaml", "")),
            packages=tuple(line for line in lines if line and not line.startswith("#")),
        )

    def logged_data(self, name: str, version: str, folder: Path) -> Mapping[str, Path]:
        """Copy the data sets logged with a version into ``folder``; errors as of :meth:`evaluation_data`.

        Returns
        -------
        Mapping
            "training" and "evaluation" → a Parquet file; one that cannot be had is left out.
        """
        return {
            context: file
            for context in _CONTEXTS
            if (file := self._data(name, version, context, folder, twins=True)) is not None
        }

    def evaluation_data(self, name: str, version: str, folder: Path) -> Path | None:
        """Copy the evaluation data set logged with a version into ``folder``; None if there is none.

        It is a Parquet file among the artifacts of the version's run, named as the source of a data-set
        input whose context is evaluation, eval, test or validation. Sources elsewhere are not followed:
        whoever can write to the registry must not choose which files this process reads.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            The registry cannot be reached.
        """
        return self._data(name, version, "evaluation", folder)

    def _data(
        self, name: str, version: str, context: str, folder: Path, *, twins: bool = False
    ) -> Path | None:
        door = self._door()
        with translated(self._settings, missing=("model version", f"{name} {version}")):
            run_id = door.models.get_model_version(name, version).run_id
            if not run_id:
                return None
            run = door.runs.get_run(run_id)
            paths = [*_paths(run, _CONTEXTS[context]), *(_twins(run, _CONTEXTS[context]) if twins else ())]
            if not paths:
                return None
            folder.mkdir(parents=True, exist_ok=True)
            target = Path(tempfile.mkdtemp(prefix=f"{context}-", dir=folder)) / f"{context}.parquet"
            is_there = any(door.fetch(run.info.artifact_uri, path, target) for path in paths)
            return target if is_there else None

    def download(self, name: str, version: str, folder: Path) -> None:
        """Copy the model files of a version into ``folder``, which is made; nothing of them is loaded here.

        Raises
        ------
        NotFound
            There is no such version, or it has no model files within reach.
        Unavailable
            The registry cannot be reached.
        """
        door = self._door()
        folder.mkdir(parents=True, exist_ok=True)
        with translated(self._settings, missing=("model version", f"{name} {version}")):
            n_files = door.fetch_all(door.models.get_model_version_download_uri(name, version), folder)
        if not n_files:
            hint = "It was registered without a model, or its files lie where Trimtab cannot read them."
            raise NotFound("model files of", f"{name} {version}", hint=hint)


def _text(door: Door, root: str, file: str, scratch: Path) -> str | None:
    target = scratch / file
    if not door.fetch(root, file, target):
        return None
    with target.open("rb") as content:
        return content.read(_LONGEST_REQUIREMENTS).decode("utf-8", errors="replace")


def _python(document: str) -> str:
    try:
        found = yaml.safe_load(document)
    except yaml.YAMLError:
        return ""
    return str(found.get("python") or "") if isinstance(found, dict) else ""


def _paths(run: Any, contexts: Sequence[str]) -> Iterator[str]:
    """Yield where data for a purpose lies below the run's artifacts, per data-set input."""
    root = urlsplit(run.info.artifact_uri)
    for given in run.inputs.dataset_inputs if run.inputs else ():
        context = next((tag.value for tag in given.tags if tag.key == "mlflow.data.context"), "")
        if context.lower() not in contexts:
            continue
        source = urlsplit(_source_uri(given.dataset.source))
        below = source.path.removeprefix(root.path.rstrip("/") + "/")
        outside = (source.scheme or "file", source.netloc) != (root.scheme or "file", root.netloc)
        if outside or below == source.path or ".." in below.split("/") or not below.endswith(".parquet"):
            continue
        yield below


def _twins(run: Any, contexts: Sequence[str]) -> Iterator[str]:
    """Yield where a run's own copy may lie of data that another run logged first.

    MLflow knows a data set of one name and digest once an experiment, with the source that was named first.
    """
    for given in run.inputs.dataset_inputs if run.inputs else ():
        context = next((tag.value for tag in given.tags if tag.key == "mlflow.data.context"), "")
        _, found, below = urlsplit(_source_uri(given.dataset.source)).path.rpartition("/artifacts/")
        if (
            context.lower() in contexts
            and found
            and ".." not in below.split("/")
            and below.endswith(".parquet")
        ):
            yield below


def _source_uri(source: str) -> str:
    try:
        uri = json.loads(source)["uri"]
    except (ValueError, KeyError, TypeError):
        return ""
    return uri if isinstance(uri, str) else ""
