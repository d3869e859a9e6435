"""The warehouse behind the demo's models, as its tools would tell of it in OpenLineage events.

A load brings feeds into tables, dbt makes one table of features for each model and tests what it reads, and a
task trains. The laboratory's feed is broken, as the rows are from day 60 on: its newest test fails. Customers
are read for two models.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict, cast
from uuid import NAMESPACE_URL, uuid5

from core.client import Client

_PRODUCER = "urn:trimtab:demo"
_SPEC = "https://openlineage.io/spec"
_Object = dict[str, object]


class _Edge(TypedDict):
    source: str
    target: str
    relation: str


class _Graph(TypedDict):
    edges: list[_Edge]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One model's part of a warehouse: where it lies, its owner, and table → feature → column behind it."""

    model: str
    namespace: str
    features: str
    owner: str
    tables: Mapping[str, Mapping[str, str]]
    feeds: Mapping[str, tuple[str, str]]
    broken: tuple[str, Sequence[str]] | None = None


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_BANK = "postgres://bank-dwh:5432"
HOUSES = (
    House(
        model="lending",
        namespace=_BANK,
        features="features.lending",
        owner="team:credit-data",
        tables={
            "bureau.scores": _same("bureau_score", "history_years", "utilisation", "recent_inquiries"),
            "core.customers": _same("income", "housing"),
            "core.applications": {"loan_to_income": "amount", **_same("channel", "purpose")},
        },
        feeds={"bureau.scores": ("s3://bureau-exchange", "scores/daily")},
    ),
    House(
        model="readmission",
        namespace="postgres://hospital-dwh:5432",
        features="features.readmission",
        owner="team:clinical-data",
        tables={
            "lab.results": _same("creatinine", "haemoglobin"),
            "ward.admissions": {
                "prior_admissions": "patient_id",
                "length_of_stay_days": "discharged_at",
                **_same("age", "site", "admission_type", "discharge_to"),
            },
            "pharmacy.prescriptions": {"n_medications": "prescription_id"},
            "coding.diagnoses": {"comorbidity_score": "icd_code"},
        },
        feeds={"lab.results": ("kafka://lab-gateway:9092", "north.results")},
        broken=("lab.results", ("creatinine", "haemoglobin")),
    ),
    House(
        model="reorder-demand",
        namespace="snowflake://retail",
        features="features.demand",
        owner="team:supply-data",
        tables={
            "sales.daily": _same("price", "promotion", "store", "category"),
            "calendar.days": _same("trading_day", "season_week"),
            "weather.observations": _same("temperature"),
        },
        feeds={},
    ),
    House(
        model="control",
        namespace=_BANK,
        features="features.tickets",
        owner="team:service-data",
        tables={
            "support.tickets": {"hours_open": "opened_at", **_same("n_messages", "sentiment", "topic")},
            "core.customers": {"customer_years": "since", "plan": "plan"},
        },
        feeds={},
    ),
)


def tell(client: Client, as_of: date, *, models: Collection[str]) -> int:
    """Send the events of one night; return how many. The same again changes nothing.

    Parameters
    ----------
    client
        Of a workspace that knows the models and their runs.
    as_of
        The first day without rows: the events end in its early morning.
    models
        The models that there are.
    """
    runs = {house.model: _runs(client, house.model) for house in HOUSES if house.model in models}
    events = list(night(as_of, runs))
    client.send_lineage(events)
    return len(events)


def _runs(client: Client, model: str) -> list[str]:
    """Return the MLflow runs that made a model's versions."""
    graph = cast("_Graph", json.loads(client.lineage(model)))
    made = (edge["source"] for edge in graph["edges"] if edge["relation"] == "made")
    return sorted({one.rpartition("/")[2] for one in made})


def night(as_of: date, runs: Mapping[str, Sequence[str]]) -> Iterator[_Object]:
    """Yield the events of one night, of each model that has an entry in ``runs``."""
    midnight = datetime.combine(as_of, time(), UTC)
    for house in (one for one in HOUSES if one.model in runs):
        for table, (namespace, name) in house.feeds.items():
            load = f"load_{table.replace('.', '_')}"
            feed, into = _data(namespace, name), _data(house.namespace, table)
            yield from _run("airflow", load, midnight + timedelta(hours=1), inputs=[feed], outputs=[into])
        tested = [_tested(house, table) for table in house.tables]
        yield _event(
            "dbt", f"{house.model}.tests", midnight + timedelta(hours=2), inputs=tested, failed=house.broken
        )
        yield from _run(
            "dbt",
            f"{house.model}.{house.features}",
            midnight + timedelta(hours=3),
            inputs=[_data(house.namespace, table) for table in house.tables],
            outputs=[_made(house)],
        )
        for run in runs[house.model]:
            yield _event(
                "airflow",
                f"train_{house.model}",
                midnight + timedelta(hours=4),
                of=run,
                inputs=[_data(house.namespace, house.features)],
                facets={"trimtab_mlflowRun": _facet("BaseFacet", runId=run)},
            )


def _run(
    namespace: str, name: str, at: datetime, *, inputs: list[_Object], outputs: list[_Object]
) -> Iterator[_Object]:
    yield _event(namespace, name, at, state="START")
    yield _event(namespace, name, at + timedelta(minutes=9), inputs=inputs, outputs=outputs)


def _event(
    namespace: str,
    name: str,
    at: datetime,
    *,
    state: str = "COMPLETE",
    of: str = "",
    inputs: Sequence[_Object] = (),
    outputs: Sequence[_Object] = (),
    facets: Mapping[str, object] | None = None,
    failed: object = None,
) -> _Object:
    return {
        "eventTime": at.isoformat(),
        "eventType": "FAIL" if failed else state,
        "producer": _PRODUCER,
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"{name}{of}{at:%Y-%m-%d}")), "facets": dict(facets or {})},
        "job": {"namespace": namespace, "name": name, "facets": {}},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def _data(namespace: str, name: str, **facets: object) -> _Object:
    return {"namespace": namespace, "name": name, "facets": facets}


def _facet(name: str, **content: object) -> _Object:
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/{name}", **content}


def _tested(house: House, table: str) -> _Object:
    """Return a table with its schema, its owner and how dbt's tests of it went."""
    columns = dict.fromkeys(house.tables[table].values())
    broken = house.broken[1] if house.broken and house.broken[0] == table else ()
    assertions = [
        {"assertion": "not_null", "column": column, "success": column not in broken} for column in columns
    ]
    tested = _data(
        house.namespace,
        table,
        schema=_facet("DatasetFacet", fields=[{"name": column} for column in columns]),
        ownership=_facet("DatasetFacet", owners=[{"name": house.owner, "type": "MAINTAINER"}]),
    )
    return {
        **tested,
        "inputFacets": {"dataQualityAssertions": _facet("InputDatasetFacet", assertions=assertions)},
    }


def _made(house: House) -> _Object:
    """Return a model's table of features, with the column behind each."""
    behind = {
        feature: (table, column)
        for table, columns in house.tables.items()
        for feature, column in columns.items()
    }
    fields = {
        feature: {
            "inputFields": [
                {
                    "namespace": house.namespace,
                    "name": table,
                    "field": column,
                    "transformations": [
                        {"type": "DIRECT", "subtype": "IDENTITY" if feature == column else "TRANSFORMATION"}
                    ],
                }
            ]
        }
        for feature, (table, column) in behind.items()
    }
    return _data(
        house.namespace,
        house.features,
        schema=_facet("DatasetFacet", fields=[{"name": feature} for feature in behind]),
        columnLineage=_facet("DatasetFacet", fields=fields),
        documentation=_facet("DatasetFacet", description=f"What {house.model} is told of each case."),
        ownership=_facet("DatasetFacet", owners=[{"name": house.owner, "type": "MAINTAINER"}]),
    )
