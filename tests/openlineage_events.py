"""OpenLineage events as Airflow, Spark and dbt send them, cut to what matters."""

from typing import Any

PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
DWH = "postgres://dwh:5432"


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


def dbt_model() -> dict[str, Any]:
    """What dbt-ol sends of a model: lower-case table names with database and schema, column lineage."""
    fields = {
        "spend": {
            "inputFields": [
                {
                    "namespace": DWH,
                    "name": "warehouse.core.payments",
                    "field": "amount",
                    "transformations": [{"type": "DIRECT", "subtype": "AGGREGATION", "description": ""}],
                }
            ]
        },
        "customer": {
            "inputFields": [{"namespace": DWH, "name": "warehouse.core.payments", "field": "customer"}],
            "transformationType": "IDENTITY",
            "transformationDescription": "",
        },
    }
    return run_event(
        "0190d2a1-0000-7000-8000-000000000001",
        ("dbt", "warehouse.features.shop.spend"),
        inputs=[data(DWH, "warehouse.core.payments")],
        outputs=[
            data(
                DWH,
                "warehouse.features.spend",
                schema=facet(
                    "SchemaDatasetFacet",
                    fields=[{"name": "spend", "type": "numeric"}, {"name": "customer", "type": "text"}],
                ),
                columnLineage=facet("ColumnLineageDatasetFacet", fields=fields, dataset=[]),
                documentation=facet("DocumentationDatasetFacet", description="What a customer spends"),
            )
        ],
        run_facets={
            "parent": facet(
                "ParentRunFacet",
                run={"runId": "0190d2a1-0000-7000-8000-0000000000ff"},
                job={"namespace": "airflow", "name": "daily.dbt_run"},
            ),
            "dbt_run": facet("dbt-run-run-facet", invocation_id="abc"),
        },
    )


def dbt_test(
    *, success: bool, at: str = "2026-11-01T10:05:00Z", severity: str | None = None
) -> dict[str, Any]:
    """What dbt-ol sends of a test: assertions on an input."""
    assertion = {"assertion": "not_null", "success": success, "column": "amount"}
    if severity is not None:
        assertion["severity"] = severity
    tested = data(DWH, "warehouse.core.payments")
    tested["inputFacets"] = {
        "dataQualityAssertions": facet(
            "DataQualityAssertionsDatasetFacet",
            assertions=[assertion, {"assertion": "unique", "success": True, "column": "id"}],
        ),
        "dataQualityMetrics": facet("DataQualityMetricsInputDatasetFacet", rowCount=61, columnMetrics={}),
    }
    return run_event(
        "0190d2a1-0000-7000-8000-000000000002",
        ("dbt", "warehouse.core.shop.payments.test"),
        state="COMPLETE" if success else "FAIL",
        at=at,
        inputs=[tested],
    )


def spark_write() -> dict[str, Any]:
    """What Spark's listener sends: a path, its table as a symlink, facets that nobody else knows."""
    return run_event(
        "0190d2a1-0000-7000-8000-000000000003",
        ("spark", "train_set.execute_insert_into_hadoop_fs_relation_command"),
        state="RUNNING",
        inputs=[data(DWH, "warehouse.features.spend")],
        outputs=[
            data(
                "s3a://lake",
                "loans/train.parquet",
                symlinks=facet(
                    "SymlinksDatasetFacet",
                    identifiers=[{"namespace": "hive://metastore:9083", "name": "ml.train", "type": "TABLE"}],
                ),
                dataSource=facet("DatasourceDatasetFacet", name="s3a://lake", uri="s3a://lake"),
            )
        ],
        run_facets={"spark.logicalPlan": facet("x", plan=[{"class": "org.apache.spark.sql"}])},
    )


def airflow_training(mlflow_run: str) -> dict[str, Any]:
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
