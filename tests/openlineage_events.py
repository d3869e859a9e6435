"""OpenLineage events: those that dbt and Airflow really sent, Spark's as modelled, and made ones."""

import json
from pathlib import Path
from typing import Any

PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
DWH = "postgres://dwh:5432"
RECORDED = Path(__file__).parent / "recorded" / "openlineage"


def facet(name: str, /, **content: Any) -> dict[str, Any]:
    base = {"_producer": PRODUCER, "_schemaURL": f"https://openlineage.io/spec/facets/1-0-0/{name}.json"}
    return {**base, **content}


def data(namespace: str, name: str, **facets: Any) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def run_event(
    run: str,
    job: tuple[str, str],
    *,
    state: str | None = "COMPLETE",
    at: str = "2026-11-01T10:00:00Z",
    inputs: list[dict[str, Any]] = [],  # noqa: B006
    outputs: list[dict[str, Any]] = [],  # noqa: B006
    run_facets: dict[str, Any] = {},  # noqa: B006
    job_facets: dict[str, Any] = {},  # noqa: B006
) -> dict[str, Any]:
    event = {
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {"runId": run, "facets": run_facets},
        "job": {"namespace": job[0], "name": job[1], "facets": job_facets},
        "inputs": inputs,
        "outputs": outputs,
    }
    return event if state is None else {**event, "eventType": state}


def recorded(name: str) -> list[dict[str, Any]]:
    """What a client really sent, in its order; see the folder's README."""
    return [json.loads(line) for line in (RECORDED / f"{name}.ndjson").read_text().splitlines()]


def sent(name: str, job: str, state: str) -> dict[str, Any]:
    """The one recorded event of a job in a state."""
    (found,) = (one for one in recorded(name) if (one["job"]["name"], one["eventType"]) == (job, state))
    return dict(found)


def spark_write() -> list[dict[str, Any]]:
    """What Spark's listener sends of a write: its application as parent, a path with its table as symlink.

    Modelled on what the integration's own tests expect, before release 1.53: names of jobs and paths, the
    states of the application and of the statement in it, facets that nobody else knows.
    """
    application = ("spark", "train_set")
    parent = facet(
        "ParentRunFacet",
        run={"runId": "0190d2a1-0000-7000-8000-0000000000f0"},
        job={"namespace": "spark", "name": "train_set"},
    )
    engine = facet("P", name="spark", version="3.5.6", openlineageAdapterVersion="1.54.0")
    of_spend = {"namespace": DWH, "name": "warehouse.features.spend"}
    transformations = [
        {"type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": False},
        {"type": "INDIRECT", "subtype": "FILTER", "description": "", "masking": False},
    ]
    fields = {"spend": {"inputFields": [{**of_spend, "field": "spend", "transformations": transformations}]}}
    written = data(
        "s3://lake",
        "loans/train.parquet",
        schema=facet("SchemaDatasetFacet", fields=[{"name": "spend", "type": "double"}]),
        dataSource=facet("DatasourceDatasetFacet", name="s3://lake", uri="s3://lake"),
        columnLineage=facet("ColumnLineageDatasetFacet", fields=fields),
        lifecycleStateChange=facet("L", lifecycleStateChange="OVERWRITE"),
        symlinks=facet(
            "SymlinksDatasetFacet",
            identifiers=[{"namespace": "hive://metastore:9083", "name": "ml.train", "type": "TABLE"}],
        ),
    )
    written["outputFacets"] = {"outputStatistics": facet("O", rowCount=4000, size=81920, fileCount=2)}

    def statement(state: str, at: str, output: dict[str, Any]) -> dict[str, Any]:
        return run_event(
            "0190d2a1-0000-7000-8000-000000000003",
            ("spark", "train_set.execute_insert_into_hadoop_fs_relation_command.loans_train_parquet"),
            state=state,
            at=at,
            inputs=[{**of_spend, "facets": {}, "inputFacets": {}}],
            outputs=[output],
            run_facets={
                "parent": parent,
                "processing_engine": engine,
                "spark.logicalPlan": facet("x", plan=[{"class": "org.apache.spark.sql"}]),
                "spark_properties": facet("x", properties={"spark.master": "yarn"}),
            },
            job_facets={
                "jobType": facet("J", jobType="SQL_JOB", integration="SPARK", processingType="BATCH")
            },
        )

    whole = {
        "run_facets": {"processing_engine": engine},
        "job_facets": {
            "jobType": facet("J", jobType="APPLICATION", integration="SPARK", processingType="BATCH")
        },
    }
    run = "0190d2a1-0000-7000-8000-0000000000f0"
    begun = {key: value for key, value in written.items() if key != "outputFacets"}
    return [
        run_event(run, application, state="START", at="2026-11-01T09:59:00Z", **whole),
        statement("START", "2026-11-01T09:59:30Z", begun),
        statement("RUNNING", "2026-11-01T09:59:31Z", begun),
        statement("COMPLETE", "2026-11-01T10:00:00Z", written),
        run_event(run, application, state="COMPLETE", at="2026-11-01T10:00:01Z", **whole),
    ]


def task_training(mlflow_run: str) -> dict[str, Any]:
    """What a task that trains sends: start only says who; which MLflow run it is, is a facet of ours."""
    return run_event(
        "0190D2A1-0000-7000-8000-000000000004",
        ("airflow", "daily.train"),
        inputs=[
            data(
                DWH,
                "warehouse.features.income",
                schema=facet("S", fields=[{"name": "income", "type": "real"}]),
            )
        ],
        run_facets={"trimtab_mlflowRun": facet("mlflowRun", runId=mlflow_run)},
        job_facets={
            "sourceCodeLocation": facet(
                "C", type="git", url="https://git.example/ml.git", version="abcdef0123456789"
            ),
            "ownership": facet("O", owners=[{"name": "team:risk", "type": "MAINTAINER"}]),
        },
    )
