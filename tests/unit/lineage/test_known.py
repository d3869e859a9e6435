"""The graph of a workspace: what registry, runs, monitors, ledger and people told, and nothing else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from core.action import ActionKind
from core.actions import Asked
from core.config import Workspace, create_workspace
from core.domain import Health, ModelVersion
from core.errors import NotFound
from core.lineage.graph import Graph, NodeKind
from core.logs.upload import sniff
from core.ports import RegisteredModel, RunInput, RunRecord
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.lineage import LineageScope
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows
from tests.openlineage_events import recorded

DATA = RunInput(
    name="loans-train",
    digest="d1g3st",
    context="training",
    source="s3://lake/loans/train.parquet",
    columns={"income": "double"},
    n_rows=4000,
)
COPY = RunInput(
    name="held-out", digest="e0", context="evaluation", source="file:///mlruns/r1/data/held.parquet"
)
RUN = RunRecord(
    registry="local",
    run_id="r1",
    name="nightly",
    experiment_id="7",
    status="FINISHED",
    user="ann",
    started_at=DAY_0,
    ended_at=DAY_0 + timedelta(hours=1),
    metrics={"roc_auc": 0.91},
    tags={
        "mlflow.source.git.commit": "0123456789abcdef",
        "mlflow.source.name": "train.py",
        "mlflow.parentRunId": "p1",
    },
    inputs=(DATA, COPY),
)
PARENT = RunRecord(registry="local", run_id="p1", name="search", ended_at=DAY_0)


def registered(*versions: tuple[str, str | None], **aliases: str) -> RegisteredModel:
    return RegisteredModel(
        registry="local",
        name="loans",
        aliases=aliases,
        versions=[
            ModelVersion(registry="local", model="loans", version=v, run_id=run) for v, run in versions
        ],
    )


@pytest.fixture(scope="module")
def registry() -> FakeRegistry:
    made = FakeRegistry(runs={"r1": RUN, "p1": PARENT})
    made.registered["loans"] = registered(("1", "r1"), ("2", "gone"), champion="1", challenger="2")
    return made


@pytest.fixture(scope="module")
def trimtab(tmp_path_factory: pytest.TempPathFactory, registry: FakeRegistry) -> Iterator[Trimtab]:
    """One watched model with twelve days of rows, the last of which have other incomes."""
    folder: Path = tmp_path_factory.mktemp("lineage")

    def file(table: pa.Table) -> Path:
        path = folder / f"{table.num_rows}.parquet"
        pa.parquet.write_table(table, path)
        return path

    opened = Trimtab(
        settings=create_workspace(Workspace(folder / "w"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(folder / "state.db"),
        registries={"local": registry},
        clock=FixedClock(DAY_0 + timedelta(days=12)),
    )
    opened.refresh_registry()
    opened.watch(f"{SPEC}owner: risk\n", reference=sniff(file(rows(-8, 8))))
    opened.ingest("loans", sniff(file(rows(0, 12, shift=1.5))), kind="predictions")
    opened.monitor()
    yield opened
    opened.close()


@pytest.fixture
def graph(trimtab: Trimtab) -> Graph:
    return trimtab.lineage.asked().graph


def kinds(graph: Graph, kind: NodeKind) -> set[str]:
    return {one.name for one in graph.nodes.values() if one.kind is kind}


def test_a_version_leads_back_to_its_rows_its_code_and_the_run_above(graph: Graph) -> None:
    before = graph.upstream("version:local/loans/1")
    assert before >= {
        "run:local/r1",
        "run:local/p1",
        "dataset:loans-train@d1g3st",
        "dataset:held-out@e0",
        "source:s3://lake/loans/train.parquet",
        "feature:local/loans/income",
    }
    assert graph.nodes["version:local/loans/1"].facts["Code"] == "train.py, commit 0123456789ab"
    assert graph.nodes["version:local/loans/1"].facts["Trained on"] == "loans-train (4,000 rows)"
    assert graph.nodes["version:local/loans/1"].facts["Rows answered"] == "4,800"


def test_a_copy_among_the_runs_own_files_is_no_origin(graph: Graph) -> None:
    assert kinds(graph, NodeKind.SOURCE) == {"train.parquet"}


def test_a_run_that_is_gone_is_drawn_as_not_read(graph: Graph) -> None:
    assert graph.nodes["run:local/gone"].detail == "not read yet"
    assert "version:local/loans/2" in graph.downstream("run:local/gone")


def test_a_version_leads_on_to_what_answers_watches_and_was_found(graph: Graph) -> None:
    after = graph.downstream("version:local/loans/1")
    assert after >= {
        "alias:local/loans@champion",
        "deployment:local/loans",
        "monitor:local/loans",
        "audit:local/loans/fairness",
    }
    assert kinds(graph.part(after), NodeKind.INCIDENT)
    assert any(one.startswith("incident:") for one in graph.downstream("feature:local/loans/income", hops=1))


def test_it_is_made_anew_only_when_something_changed(
    trimtab: Trimtab, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = trimtab.lineage.asked().graph
    assert trimtab.lineage.asked().graph is first
    monkeypatch.setitem(registry.registered, "loans", registered(("1", "r1"), champion="1"))
    trimtab.refresh_registry()
    second = trimtab.lineage.asked().graph
    assert "version:local/loans/2" in first.nodes
    assert "version:local/loans/2" not in second.nodes
    monkeypatch.undo()
    trimtab.refresh_registry()
    assert "version:local/loans/2" in trimtab.lineage.asked().graph.nodes


def test_it_is_ready_before_anybody_asks_and_right_where_it_is_not_ready(
    trimtab: Trimtab, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.registered, "loans", registered(("1", "r1"), champion="1"))
    trimtab.refresh_registry()
    lineage = trimtab.lineage
    lineage._rests_until = 0.0
    lineage.keep_ready()
    assert lineage._drawn is not None
    ready = lineage._drawn.graph
    assert "version:local/loans/2" not in ready.nodes
    assert lineage.asked().graph is ready
    monkeypatch.undo()
    trimtab.refresh_registry()
    # It has just made one and rests: whoever asks now is told of the change all the same.
    lineage._rests_until = float("inf")
    lineage.keep_ready()
    assert lineage._drawn.graph is ready
    assert "version:local/loans/2" in lineage.asked().graph.nodes


def test_events_that_came_are_told_to_whoever_keeps_it_ready(
    trimtab: Trimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(
        trimtab.lineage.intake, "on_taken", lambda: told.append(trimtab._state.lineage.events.count())
    )
    before = trimtab._state.lineage.events.count()
    trimtab.lineage.intake.take(json.dumps(recorded("dbt")[:1]).encode())
    assert told == [before + 1]


@pytest.fixture
def refresh(trimtab: Trimtab) -> Callable[[], None]:
    def later() -> None:
        trimtab._clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]
        trimtab.refresh_registry()

    return later


def test_runs_are_read_once_and_those_that_run_again(
    trimtab: Trimtab, registry: FakeRegistry, refresh: Callable[[], None]
) -> None:
    asked: list[str] = []
    real = registry.run

    def run(run_id: str) -> RunRecord | None:
        asked.append(run_id)
        return real(run_id)

    registry.run = run  # type: ignore[method-assign]
    registry.runs["r2"] = replace(RUN, run_id="r2", ended_at=None)
    registry.registered["loans"] = registered(("1", "r1"), ("2", "gone"), ("3", "r2"), champion="1")
    refresh()
    refresh()
    assert asked == ["r2", "r2"], "p1 is known, r1 ended, gone is gone"
    registry.runs["r2"] = replace(RUN, run_id="r2")
    registry.broken_at = "run"
    refresh()
    registry.broken_at = None
    # Asked again though nothing is known to have changed: the registry did not answer.
    trimtab.lineage.runs.take()
    refresh()
    assert asked == ["r2"] * 4
    assert trimtab._state.lineage.runs.get("local", "r2") == registry.runs["r2"]
    assert [one.run_id for one in trimtab._state.lineage.runs.every("local", experiment="7")] == ["r1", "r2"]
    del registry.run  # type: ignore[method-assign]


def test_an_impact_query_reaches_the_live_model_and_with_a_model_only_its_part(trimtab: Trimtab) -> None:
    answer = trimtab.lineage.asked(None, "train.parquet")
    assert [one.model for one in answer.live] == ["loans"]
    narrow = trimtab.lineage.asked("local/loans", "d1g3st")
    assert "dataset:held-out@e0" not in narrow.graph.nodes
    assert "version:local/loans/1" in narrow.graph.nodes
    for asked in (("nobody", None), (None, "nothing")):
        with pytest.raises(NotFound):
            trimtab.lineage.asked(*asked)


def test_the_page_begins_at_the_champion_with_its_neighbours(trimtab: Trimtab) -> None:
    view = trimtab.lineage_view(LineageScope(model="loans"))
    assert view.focus == "version:local/loans/1"
    by_id = {card.id: card for card in view.cards}
    assert "run:local/r1" in by_id
    assert "dataset:loans-train@d1g3st" not in by_id, "two links away"
    assert by_id["version:local/loans/1"].health is Health.CRITICAL
    assert by_id["version:local/loans/1"].owner == "risk"
    assert by_id["run:local/r1"].health is None
    assert view.models == ("loans",)
    assert view.n_objects > len(view.cards)
    layers = [card.layer for card in view.cards]
    assert layers == sorted(layers)
    assert view == replace(trimtab.lineage_view(LineageScope(model="local/loans")), at=view.at)


def test_from_a_source_to_models_owners_and_decisions(trimtab: Trimtab) -> None:
    view = trimtab.lineage_view(LineageScope(focus="source:s3://lake/loans/train.parquet", hops=None))
    assert view.radius is not None
    (touched,) = view.radius.live
    assert (touched.model, touched.version, touched.alias, touched.owner) == (
        "loans",
        "1",
        "champion",
        "risk",
    )
    assert view.radius.sentence.endswith("among them 1 live model: loans.")
    assert "monitor:local/loans" in {card.id for card in view.cards}
    asked = trimtab.lineage_view(LineageScope(impact="loans-train", hops=0))
    assert asked.radius is not None
    assert [one.model for one in asked.radius.live] == ["loans"]
    assert {name for _, name in view.choices} >= {"train.parquet", "loans-train", "held-out"}


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        (LineageScope(), "Nothing is chosen"),
        (LineageScope(model="nobody"), "No model is called nobody"),
        (LineageScope(focus="run:local/zzz"), "That object is not known"),
        (LineageScope(impact="core.nothing"), "There is no data set, source or column 'core.nothing'."),
    ],
)
def test_what_is_not_known_is_an_explained_empty_state(
    trimtab: Trimtab, scope: LineageScope, title: str
) -> None:
    view = trimtab.lineage_view(scope)
    assert (view.cards, view.empty_title) == ((), title)
    assert view.empty_text
    assert view.choices


def test_an_empty_workspace_says_where_lineage_comes_from(tmp_path: Path) -> None:
    store, state = AnalyticsStore.open(None), StateStore.open(None)
    empty = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "w"), {}),
        store=store,
        state=state,
        registries={},
        clock=FixedClock(),
    )
    view = empty.lineage_view(LineageScope(model="loans"))
    assert (view.n_objects, view.empty_title) == (0, "No lineage yet")
    empty.close()


def test_decisions_hang_on_the_version(trimtab: Trimtab) -> None:
    trimtab.actions.ask(
        Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="better", actor="ann")
    )
    graph = trimtab.lineage.asked("loans").graph
    (decision,) = (one for one in graph.nodes.values() if one.kind is NodeKind.DECISION)
    assert (decision.name, decision.facts["Asked by"]) == ("Promote v2", "ann")
    assert decision.id in graph.downstream("version:local/loans/2", hops=1)


def test_the_wire_tells_all_links_from_one(trimtab: Trimtab) -> None:
    from core.client import Client
    from core.client.transports import InProcess
    from core.server.app import create_app

    client = Client(InProcess(create_app(trimtab, token="t"), closing=lambda: None), token="t")
    one = client.lineage_view(LineageScope(model="loans"))
    every = client.lineage_view(LineageScope(model="loans", hops=None))
    assert len(every.cards) > len(one.cards)
    assert one.signature != every.signature
    assert json.loads(client.lineage("loans", impact="loans-train"))["live"][0]["model"] == "loans"
    assert client.lineage("loans", form="mermaid").startswith("flowchart LR\n")
