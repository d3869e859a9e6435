"""Events joined to what registries and monitors know, and sent as OpenLineage's own client sends them."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from core.client import Client
from core.client.transports import InProcess
from core.config import Workspace, create_workspace
from core.domain import Health, ModelVersion, Status
from core.errors import InvalidInput
from core.lineage import told
from core.lineage.drawing import Drawing
from core.lineage.events import read
from core.lineage.graph import NodeKind
from core.logs.upload import sniff
from core.ports import RegisteredModel, RunInput, RunRecord
from core.server.app import create_app
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.datasets import DatasetScope
from core.views.lineage import LineageScope
from tests.fakes import FakeRegistry, FixedClock
from tests.house.project import ROOT
from tests.loans import DAY_0, SPEC, rows
from tests.openlineage_events import (
    DWH,
    data,
    facet,
    run_event,
    sent,
    spark_write,
    task_training,
)
from tests.unit.lineage.test_events import known_of

RUN = RunRecord(
    registry="local",
    run_id="m1",
    name="nightly",
    ended_at=DAY_0,
    inputs=(
        RunInput(
            name="train",
            digest="d1g3st",
            context="training",
            source="s3://lake/loans/train.parquet",
            columns={"income": "double"},
            n_rows=4000,
        ),
        RunInput(name="extra", digest="v42", context="training", source="core.extra"),
    ),
)


@pytest.fixture(scope="module")
def trimtab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trimtab]:
    """A watched model with rows, and what three tools told of the warehouse behind it."""
    folder = tmp_path_factory.mktemp("told")
    version = ModelVersion(registry="local", model="loans", version="1", run_id="m1")
    registry = FakeRegistry(runs={"m1": RUN})
    registry.registered["loans"] = RegisteredModel(
        registry="local", name="loans", aliases={"champion": "1"}, versions=[version]
    )
    opened = Trimtab(
        settings=create_workspace(Workspace(folder / "w"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(folder / "state.db"),
        registries={"local": registry},
        clock=FixedClock(DAY_0 + timedelta(days=12)),
    )
    opened.refresh_registry()
    for first, n_days in ((-8, 8), (0, 2)):
        pq.write_table(rows(first, n_days, n=60), folder / f"{n_days}.parquet")
    opened.watch(f"{SPEC}owner: risk\n", reference=sniff(folder / "8.parquet"))
    opened.ingest("loans", sniff(folder / "2.parquet"), kind="predictions")
    opened.monitor()
    payments = run_event(
        "0190d2a1-0000-7000-8000-000000000005",
        ("dbt", "warehouse.features.shop.income"),
        inputs=[data(DWH, "warehouse.core.payments")],
        outputs=[
            data(
                DWH,
                "warehouse.features.income",
                documentation=facet("D", description="What a customer earns"),
                columnLineage=facet(
                    "C",
                    fields={
                        "income": {
                            "inputFields": [
                                {
                                    "namespace": DWH,
                                    "name": "warehouse.core.payments",
                                    "field": "amount",
                                    "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}],
                                }
                            ]
                        }
                    },
                ),
            )
        ],
    )
    extra = {"eventTime": "2026-11-01T00:00:00Z", "dataset": data(DWH, "warehouse.core.extra")}
    airflow = [sent("airflow", "nightly.spend", "COMPLETE"), sent("airflow", "nightly.check", "FAIL")]
    events = [*airflow, *spark_write(), task_training("m1"), payments, extra]
    opened.lineage.intake.take(json.dumps(events).encode())
    yield opened
    opened.close()


@pytest.fixture
def client(trimtab: Trimtab) -> Client:
    return Client(InProcess(create_app(trimtab, token="t"), closing=lambda: None), token="t")


def test_a_column_of_a_source_leads_to_the_feature_and_the_live_model(trimtab: Trimtab) -> None:
    answer = trimtab.lineage.asked(None, "warehouse.core.payments.amount")
    assert {"feature:local/loans/income", "version:local/loans/1"} <= answer.graph.nodes.keys()
    assert [one.model for one in answer.live] == ["loans"]
    relation = next(
        edge.relation for edge in answer.graph.edges if edge.target.endswith("features.income#income")
    )
    assert relation == "becomes"
    unused = trimtab.lineage.asked(None, "warehouse.core.payments.customer")
    assert unused.live == []


def test_an_address_that_a_run_logged_and_a_symlink_are_one_data_set(trimtab: Trimtab) -> None:
    graph = trimtab.lineage.asked().graph
    assert "dataset:train@d1g3st" in graph.downstream(f"source:{DWH}/warehouse.features.spend")
    assert [one.model for one in trimtab.lineage.asked(None, "ml.train").live] == ["loans"]
    (named,) = (one for one in graph.nodes.values() if "ml.train" in one.facts.get("Also known as", ""))
    assert named.id == "source:s3://lake/loans/train.parquet", "the name that the run logged"


def test_a_bare_name_is_the_one_table_that_is_called_so(trimtab: Trimtab) -> None:
    graph = trimtab.lineage.asked().graph
    assert "source:core.extra" in graph.downstream(f"source:{DWH}/warehouse.core.extra", hops=1)


def test_a_task_that_says_which_mlflow_run_it_is_leads_to_code_and_owner(trimtab: Trimtab) -> None:
    graph = trimtab.lineage.asked().graph
    job = next(one for one in graph.before("run:local/m1") if one.kind is NodeKind.JOB)
    assert (job.name, job.owner) == ("daily.train", "team:risk")
    assert job.facts["Code"] == "https://git.example/ml.git, commit abcdef012345"


def test_from_a_broken_table_to_model_and_owner(trimtab: Trimtab) -> None:
    broken = trimtab.lineage_view(LineageScope()).broken
    assert [(one.id, one.health) for one in broken] == [
        (f"source:{DWH}/warehouse.core.payments", Health.CRITICAL)
    ]
    view = trimtab.lineage_view(LineageScope(focus=f"source:{DWH}/warehouse.core.payments"))
    focus = next(card for card in view.cards if card.id == view.focus)
    assert focus.health is Health.CRITICAL
    layers = {card.id: card.layer for card in view.cards}
    assert layers[focus.id] == 0
    further = trimtab.lineage_view(LineageScope(focus=f"source:{DWH}/warehouse.features.income"))
    column = f"column:{DWH}/warehouse.features.income#income"
    assert {card.id: card.layer for card in further.cards}[column] == 1, (
        "a column stands where its table does"
    )
    assert view.radius is not None
    assert [(one.model, one.owner) for one in view.radius.live] == [("loans", "risk")]


def test_a_version_that_no_registry_has_comes_from_a_facet(trimtab: Trimtab) -> None:
    made = data("vendor", "scorecard", trimtab_modelVersion=facet("M", model="scorecard", version="3"))
    named = data("mlflow", "models:/loans/1")
    trimtab.lineage.intake.take(
        json.dumps([run_event("x", ("vendor", "deliver"), outputs=[made, named])]).encode()
    )
    graph = trimtab.lineage.asked().graph
    assert graph.nodes["version:vendor/scorecard/3"].detail == "known by its events alone"
    assert {"version:vendor/scorecard/3", "version:local/loans/1"} <= graph.downstream(
        "job:vendor/deliver", hops=1
    )


def test_events_are_taken_in_once_plain_or_packed(trimtab: Trimtab, client: Client) -> None:
    event = run_event("http", ("n", "j"))
    assert client.send_lineage([event]).accepted == 1
    again = client._http.post(
        "/api/v1/lineage",
        content=gzip.compress(json.dumps(event).encode()),
        headers={"Content-Encoding": "gzip"},
    )
    assert (again.status_code, again.json()["duplicate"]) == (201, 1)


def test_data_sets_are_listed_with_their_versions_and_who_uses_them(trimtab: Trimtab, client: Client) -> None:
    view = client.datasets_view(DatasetScope())
    assert (view.n_datasets, [one.name for one in view.datasets]) == (2, ["extra", "train"])
    train = view.datasets[1]
    assert (train.models, train.sources) == (("loans",), ("train.parquet",))
    (version,) = train.versions
    assert (version.digest, version.n_rows, dict(version.columns)) == ("d1g3st", 4000, {"income": "double"})
    assert (version.versions, version.live) == (("loans v1",), ("loans v1",))
    assert version.labels == "column repaid"
    assert client.datasets_view(DatasetScope(search="TRAI")).datasets == (train,)
    assert client.datasets_view(DatasetScope(model="nobody")).datasets == ()


def test_features_are_listed_with_their_models_columns_and_newest_drift(client: Client) -> None:
    view = client.datasets_view(DatasetScope(model="loans"))
    income = next(one for one in view.features if one.name == "income")
    assert income.columns == ("warehouse.features.income.income",)
    (use,) = income.uses
    assert (use.model, use.owner, use.status) == ("loans", "risk", Status.PASS)
    assert use.value is not None
    assert use.window_end is not None
    assert {one.name for one in view.features} == {"income", "channel"}


def test_how_the_newest_version_differs_is_said(trimtab: Trimtab) -> None:
    later = replace(RUN.inputs[0], digest="n3w", n_rows=5200, columns={"income": "long", "age": "long"})
    run = replace(RUN, run_id="m2", ended_at=DAY_0 + timedelta(days=1), inputs=(later,))
    trimtab._state.lineage.runs.put([run], at=DAY_0)
    registry = trimtab._registries["local"]
    known = registry.registered["loans"]  # type: ignore[attr-defined]
    second = ModelVersion(registry="local", model="loans", version="2", run_id="m2")
    registry.registered["loans"] = replace(known, versions=[*known.versions, second])  # type: ignore[attr-defined]
    trimtab._clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]
    trimtab.refresh_registry()
    (train,) = trimtab.datasets_view(DatasetScope(search="train")).datasets
    assert [one.digest for one in train.versions] == ["n3w", "d1g3st"]
    assert train.changes == (
        "4,000 rows before, 5,200 rows now",
        "age came",
        "income was double, is long",
    )


def test_what_is_exported_is_valid_and_tells_the_same_again(trimtab: Trimtab, client: Client) -> None:
    vendored = {
        path.stem: json.loads(path.read_text()) for path in (ROOT / "tests/vendor/openlineage").glob("*.json")
    }
    known = Registry().with_resources((one["$id"], Resource.from_contents(one)) for one in vendored.values())
    events = json.loads(client.lineage("loans", form="openlineage"))
    check = Draft202012Validator(vendored["OpenLineage"], registry=known, format_checker=FormatChecker())
    assert {kind for one in events for kind in ("run", "job", "dataset") if kind in one} == {
        "run",
        "job",
        "dataset",
    }
    checked = set()
    for event in events:
        check.validate(event)
        for name, facet_of in event.get("dataset", {}).get("facets", {}).items():
            schema = vendored.get(facet_of["_schemaURL"].rpartition("/")[2].removesuffix(".json"))
            if schema is not None and not name.startswith("trimtab_"):
                assert facet_of["_schemaURL"] == schema["$id"]
                Draft202012Validator(schema, registry=known).validate({name: facet_of})
                checked.add(name)
    assert checked == {"schema", "columnLineage", "ownership", "documentation", "symlinks", "version"}
    drawing, read_again = Drawing(), known_of([read(one) for one in events])
    told.draw(drawing, read_again)
    graph = drawing.graph()
    assert "version:local/loans/1" in graph.downstream(f"source:{DWH}/warehouse.core.payments")
    assert f"column:{DWH}/warehouse.features.income#income" in graph.nodes


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"nothing packed", "is not gzip"),
        (gzip.compress(b"{}" * 999)[:-9], "ends before its end"),
        (gzip.compress(b" " * 70_000_000), "is larger than"),
        (gzip.compress(b"{}"), "eventTime"),
    ],
    ids=["not packed", "cut off", "too large", "no event"],
)
def test_a_body_that_cannot_be_unpacked_says_why(
    client: Client, trimtab: Trimtab, body: bytes, said: str
) -> None:
    trimtab.settings = replace(trimtab.settings, max_body_mb=60.0)
    answer = client._http.post("/api/v1/lineage", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code in (413, 422)
    assert said in answer.text


def test_the_client_raises_what_is_wrong_with_an_event(client: Client) -> None:
    with pytest.raises(InvalidInput, match=r"run\.runId"):
        client.send_lineage([{**run_event("r", ("n", "j")), "run": {}}])
