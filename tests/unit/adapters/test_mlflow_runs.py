"""Runs as MLflow has them, read whole: what was logged, by whom, on which data; nothing secret."""

import json
import math
from types import SimpleNamespace as Made

import pytest

from core.adapters.mlflow_runs import run_of


def test_a_run_is_read_with_its_data(registry):
    credit = next(model for model in registry.models() if model.name == "credit")
    run = registry.run(credit.versions[0].run_id)
    assert run is not None
    assert (run.registry, run.name, run.status, run.user) == ("local", "first", "FINISHED", "trimtab")
    assert (run.params, run.metrics, run.tags["team"]) == ({"C": "10"}, {"roc_auc": 0.9}, "risk")
    assert run.started_at is not None
    assert run.ended_at is not None
    (data,) = run.inputs
    assert (data.name, data.digest, data.context, data.n_rows) == ("held-out", "d1", "evaluation", 40)
    assert data.source.endswith("/data/held-out.parquet")
    assert registry.run("0" * 32) is None


def run_with(source: object, *, schema: str = "", profile: str = "", metrics: dict[str, float] | None = None):
    dataset = Made(name="d", digest="1", source=source, schema=schema, profile=profile)
    return Made(
        info=Made(
            run_id="r",
            run_name=None,
            experiment_id="1",
            status="RUNNING",
            user_id=None,
            start_time=0,
            end_time=None,
        ),
        data=Made(params={}, metrics=metrics or {}, tags={}),
        inputs=Made(dataset_inputs=[Made(dataset=dataset, tags=[])]),
        outputs=Made(model_outputs=[Made(model_id="m-1")]),
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (json.dumps({"uri": "s3://lake/a.parquet"}), "s3://lake/a.parquet"),
        (json.dumps({"url": "https://ann:pw@files.example/a.csv?sig=secret"}), "https://files.example/a.csv"),
        (json.dumps({"path": "/data/a.csv"}), "/data/a.csv"),
        (json.dumps({"delta_table_name": "lake.loans", "delta_table_version": 3}), "lake.loans"),
        (json.dumps({"table_name": "core.payments"}), "core.payments"),
        (json.dumps({"tags": {"mlflow.user": "ann"}}), ""),
        ("not JSON", ""),
        ("[]", ""),
        (None, ""),
    ],
)
def test_where_a_data_set_lies_is_read_from_every_kind_of_source(source, found):
    (data,) = run_of("local", run_with(source)).inputs
    assert data.source == found


def test_schema_and_profile_are_read_where_they_can_be():
    schema = json.dumps({"mlflow_colspec": [{"type": "double", "name": "income"}, {"type": "long"}, 3]})
    run = run_of("local", run_with("", schema=schema, profile=json.dumps({"num_rows": 7})))
    assert (run.inputs[0].columns, run.inputs[0].n_rows) == ({"income": "double"}, 7)
    other = run_of("local", run_with("", schema="{", profile=json.dumps({"num_rows": "7"})))
    assert (other.inputs[0].columns, other.inputs[0].n_rows) == ({}, None)
    assert run.models == ("m-1",)


def test_a_number_that_is_none_is_no_metric():
    assert run_of("local", run_with("", metrics={"loss": math.nan, "auc": 0.5})).metrics == {"auc": 0.5}
