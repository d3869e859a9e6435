"""Runs as a training job leaves them: data sets, parameters, metrics; written below MLflow's client."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.adapters.mlflow_door import Door
from core.ports import DataFile, VersionRecord


def experiment_of(door: Door, name: str) -> str:
    """Return the id of the experiment called as a model is, made where there is none."""
    known = door.runs.get_experiment_by_name(name)
    return str(known.experiment_id if known else door.runs.create_experiment(name, None, []))


def begin(
    door: Door, experiment_id: str, *, name: str, tags: Mapping[str, str], now_ms: int, user: str = "trimtab"
) -> Any:
    """Begin a run and return it."""
    from mlflow.entities import RunTag

    return door.runs.create_run(
        experiment_id=experiment_id,
        user_id=user,
        start_time=now_ms,
        tags=[RunTag(key, value) for key, value in tags.items()],
        run_name=name,
    )


def source_of(run: Any, file: DataFile) -> str:
    """Return where a data set is to be found."""
    return f"{run.info.artifact_uri}/{data_path(file)}" if file.copied else file.path.as_uri()


def data_path(file: DataFile) -> str:
    """Return where a data set lies below its run's artifacts."""
    return f"data/{file.name}.parquet"


def log_inputs(door: Door, run: Any, files: Sequence[DataFile]) -> None:
    """Name data sets as a run's inputs; once, however often it is asked."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    inputs = []
    for file in files:
        dataset = Dataset(
            name=file.name,
            digest=file.digest,
            source_type="local",
            source=json.dumps({"uri": source_of(run, file)}),
            profile=json.dumps({"num_rows": file.n_rows}),
        )
        inputs.append(DatasetInput(dataset, [InputTag("mlflow.data.context", file.context)]))
    door.runs.log_inputs(run.info.run_id, inputs)


def finish(
    door: Door, run: Any, *, params: Mapping[str, str], metrics: Mapping[str, float], now_ms: int
) -> None:
    """Log parameters and metrics, and end the run."""
    from mlflow.entities import Metric, Param, RunStatus

    door.runs.log_batch(
        run.info.run_id,
        metrics=[Metric(key, value, now_ms, 0) for key, value in metrics.items()],
        params=[Param(key, value) for key, value in params.items()],
        tags=[],
    )
    door.runs.update_run_info(run.info.run_id, RunStatus.FINISHED, now_ms, run.info.run_name)


def recorded(run: Any) -> VersionRecord:
    """Return what was logged with a run; a data set is named by its name and context."""
    given = run.inputs.dataset_inputs if run.inputs else ()
    data = {}
    for one in given:
        context = next((tag.value for tag in one.tags if tag.key == "mlflow.data.context"), "")
        name = f"{one.dataset.name} ({context})" if context else str(one.dataset.name)
        data[name] = str(one.dataset.digest)
    return VersionRecord(
        params={str(key): str(value) for key, value in dict(run.data.params).items()},
        metrics={str(key): float(value) for key, value in dict(run.data.metrics).items()},
        data=data,
    )
