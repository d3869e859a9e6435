"""Runs as a training job leaves them: data sets, parameters, metrics; written below MLflow's client."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from core.adapters.mlflow_door import Door
from core.ports import DataFile, RunInput, RunRecord, VersionRecord

_WHERE = ("uri", "url", "path", "delta_table_name", "table_name", "name")
"""How MLflow's kinds of data-set sources say where a data set lies, the surest first."""


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
            schema=json.dumps({"mlflow_colspec": _columns_of(file)}),
            profile=json.dumps({"num_rows": file.n_rows}),
        )
        inputs.append(DatasetInput(dataset, [InputTag("mlflow.data.context", file.context)]))
    door.runs.log_inputs(run.info.run_id, inputs)


def _columns_of(file: DataFile) -> list[dict[str, str]]:
    """Return names and types of a data set's columns, as its file has them; none where it has no schema."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file.path)
    except (pa.ArrowException, OSError):
        return []
    return [{"name": field.name, "type": str(field.type)} for field in schema]


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


def run_of(registry: str, run: Any) -> RunRecord:
    """Return a run with all that was logged; what is no number, or not finite, is left out of the metrics."""
    metrics = {str(key): float(value) for key, value in dict(run.data.metrics).items()}
    outputs = getattr(run, "outputs", None)
    return RunRecord(
        registry=registry,
        run_id=str(run.info.run_id),
        name=str(run.info.run_name or ""),
        experiment_id=str(run.info.experiment_id or ""),
        status=str(run.info.status or ""),
        user=str(run.info.user_id or ""),
        started_at=_time(run.info.start_time),
        ended_at=_time(run.info.end_time),
        params={str(key): str(value) for key, value in dict(run.data.params).items()},
        metrics={key: value for key, value in metrics.items() if math.isfinite(value)},
        tags={str(key): str(value) for key, value in dict(run.data.tags).items()},
        inputs=tuple(_input(one) for one in (run.inputs.dataset_inputs if run.inputs else ())),
        models=tuple(str(one.model_id) for one in getattr(outputs, "model_outputs", None) or ()),
    )


def _input(given: Any) -> RunInput:
    context = next((tag.value for tag in given.tags if tag.key == "mlflow.data.context"), "")
    rows = _object(given.dataset.profile).get("num_rows")
    return RunInput(
        name=str(given.dataset.name),
        digest=str(given.dataset.digest),
        context=str(context),
        source=_source(given.dataset.source),
        columns=_schema(given.dataset.schema),
        n_rows=rows if isinstance(rows, int) and not isinstance(rows, bool) else None,
    )


def _source(text: str | None) -> str:
    """Return where a data set lies, without user and password; empty where its source does not say."""
    document = _object(text)
    found = next((document[key] for key in _WHERE if isinstance(document.get(key), str)), "")
    parts = urlsplit(found)
    if not parts.netloc:
        return found
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _schema(text: str | None) -> dict[str, str]:
    columns = _object(text).get("mlflow_colspec")
    return {
        str(one["name"]): str(one.get("type", ""))
        for one in (columns if isinstance(columns, list) else ())
        if isinstance(one, dict) and one.get("name")
    }


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _time(milliseconds: int | None) -> datetime | None:
    return None if not milliseconds else datetime.fromtimestamp(milliseconds / 1000, UTC)
