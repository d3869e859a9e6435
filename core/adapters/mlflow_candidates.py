"""A candidate becomes a model version: a run with its data, figures and files, then the version itself.

Every step finds what an earlier attempt left: the version by its tag, else the run by its tag, whose files
are written again. The version comes last, in one statement with its tags: there is no half candidate.
"""

import shutil
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from core.adapters import mlflow_runs
from core.adapters.mlflow_door import Door, named, pages
from core.ports import Candidate
from core.retrain import TAG

_MODEL = "model"
_USER = "mlflow.user"


def registered(door: Door, name: str, candidate: Candidate) -> str:
    """Return the version that a candidate has, or gets now."""
    from mlflow.entities.model_registry import ModelVersionTag

    known = _version_of(door, name, candidate.id)
    if known is not None:
        return known
    tags = {**candidate.tags, TAG: candidate.id, _USER: candidate.author}
    experiment_id = mlflow_runs.experiment_of(door, name)
    run = _run_of(door, experiment_id, candidate.id)
    if run is None:
        run_name = f"{name}-retrain-{candidate.id}"
        run = mlflow_runs.begin(
            door, experiment_id, name=run_name, tags=tags, now_ms=_now_ms(), user=candidate.author
        )
    with tempfile.TemporaryDirectory() as scratch:
        door.put_all(_laid_out(candidate, Path(scratch)), run.info.artifact_uri)
    mlflow_runs.log_inputs(door, run, candidate.data)
    # The time of its beginning: what is written again must be the same.
    at = run.info.start_time
    mlflow_runs.finish(door, run, params=candidate.params, metrics=candidate.metrics, now_ms=at)
    source = f"{run.info.artifact_uri}/{_MODEL}"
    made = door.models.create_model_version(
        name, source, run.info.run_id, tags=[ModelVersionTag(key, value) for key, value in tags.items()]
    )
    return str(made.version)


def _laid_out(candidate: Candidate, folder: Path) -> Path:
    """Return a folder that looks as the run's artifacts shall."""
    shutil.copytree(candidate.folder, folder / _MODEL)
    for file in (one for one in candidate.data if one.copied):
        target = folder / mlflow_runs.data_path(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, target)
    return folder


def _version_of(door: Door, name: str, identity: str) -> str | None:
    versions = pages(partial(door.models.search_model_versions, named(name)))
    own = (one for one in versions if one.name == name and dict(one.tags).get(TAG) == identity)
    found = next(own, None)
    return None if found is None else str(found.version)


def _run_of(door: Door, experiment_id: str, identity: str) -> Any:
    from mlflow.entities import ViewType

    found = door.runs.search_runs(
        experiment_ids=[experiment_id],
        filter_string=f"tags.`{TAG}` = '{identity}'",
        run_view_type=ViewType.ACTIVE_ONLY,
        max_results=1,
    )
    return next(iter(found), None)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
