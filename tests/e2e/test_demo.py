"""The demo as its user sees it: every event is found in time, nothing fires before, the control stays quiet.

The truth is in data/demo/truth.yaml, which no part of the product reads.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
import yaml

from core.action import Action, ActionStatus, MoveKind, Stay
from core.client import connect
from core.config import Workspace, create_workspace
from core.demo import build
from core.demo.build import DemoReceipt, build_demo, day_0_of, prepare, promote, publish, send, spec_of
from core.demo.rows import DAYS
from core.demo.stories import CONTROL, LENDING
from core.domain import ALL_ROWS, Incident, Status, Verdict
from core.errors import Conflict
from core.receipts import ModelSummary
from core.views.fairness import FairnessScope, FairnessView
from core.views.model import ModelScope
from tests.built_demo import AS_OF, FLEET, SEED, demo_copy
from tests.campaigns import more

pytestmark = pytest.mark.slow

DAY_0 = day_0_of(AS_OF)
SEEDS = (SEED, *more(1, 3, 4, 5))


@dataclass(frozen=True)
class Built:
    """A filled workspace: what is on record of each model, and what a second start said."""

    receipt: DemoReceipt
    again: DemoReceipt
    again_seconds: float
    verdicts: dict[str, list[Verdict]]
    incidents: list[Incident]
    models: list[ModelSummary]
    quarantined: int
    champions: list[Stay]
    asked: list[Action]
    unequal: FairnessView


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def built(request, tmp_path_factory) -> Built:
    workspace, receipt = demo_copy(tmp_path_factory, seed=request.param)
    with connect(workspace, what="test") as client:
        start = monotonic()
        again = build_demo(client, workspace, seed=request.param, as_of=AS_OF, fleet=FLEET)
        return Built(
            receipt=receipt,
            again=again,
            again_seconds=monotonic() - start,
            verdicts={name: client.verdicts(name) for name in receipt.models},
            incidents=client.incidents(),
            models=client.models(),
            champions=client.history("lending", alias="champion"),
            asked=client.actions(),
            unequal=client.fairness_view(
                FairnessScope(
                    model="readmission",
                    attribute="insurance",
                    measure="false_negative_rate",
                    against="private",
                )
            ),
            quarantined=sum(len(client.quarantine(name)) for name in receipt.models),
        )


@pytest.fixture(scope="module")
def truth(root) -> dict:
    return yaml.safe_load((root / "data" / "demo" / "truth.yaml").read_text(encoding="utf-8"))["models"]


def moment(day: int) -> datetime:
    return DAY_0 + timedelta(days=day)


def about(verdict: Verdict, event: dict, column: str | None) -> bool:
    """Whether a verdict is about what an event changes."""
    m = verdict.measurement
    if event["kind"] == "drift":
        return verdict.rule == "drift" and m.feature == column
    if m.metric != event["metric"] or m.estimated != (event["kind"] == "estimated"):
        return False
    return m.segment.as_dict() == event.get("segment", {}) and (column is None or m.feature == column)


def first_failure(verdicts: list[Verdict], event: dict, column: str | None) -> Verdict | None:
    failed = [v for v in verdicts if v.status is Status.FAIL and about(v, event, column)]
    return min(failed, key=lambda verdict: verdict.measurement.window.start, default=None)


def test_every_event_is_found_in_time(built, truth):
    late = []
    for name, story in truth.items():
        for event in story["events"]:
            for column in event.get("columns", [None]):
                found = first_failure(built.verdicts[name], event, column)
                due = moment(event["day"] + event["within_days"])
                if found is None or found.measurement.window.end > due:
                    late.append((name, event["kind"], column, found and found.sentence))
    assert late == []


def test_every_event_opens_an_incident(built, truth):
    blamed = {identity for incident in built.incidents for identity in incident.verdicts}
    silent = [
        (name, event["kind"], column)
        for name, story in truth.items()
        for event in story["events"]
        for column in event.get("columns", [None])
        if not any(v.id in blamed and about(v, event, column) for v in built.verdicts[name])
    ]
    assert silent == []


def test_the_page_shows_for_whom_readmission_became_worse(built, truth):
    """The rate of one group rises; it is over its limit, an incident, and beside the other group's."""
    event = next(one for one in truth["readmission"]["events"] if "segment" in one)
    shown = built.unequal.history
    assert shown.picked == event["segment"]["insurance"]
    series = {one.segment: one.measured for one in shown.groups}
    after = [p for p in series[shown.picked] if p.start >= moment(event["day"]) and p.value is not None]
    before = [p for p in series[shown.picked] if p.end <= moment(event["day"])]
    for points, expected in ((before, event["from"]), (after, event["to"])):
        assert sum(point.value for point in points) / len(points) == pytest.approx(expected, abs=0.04)
    assert built.unequal.verdict.status is Status.FAIL
    assert built.unequal.labels.n_waiting > 0
    (incident,) = shown.incidents
    assert incident.first_start >= moment(event["day"])
    assert incident.id in {one.id for one in built.incidents if one.rule == "fairness"}


def test_no_incident_opens_before_its_event(built, truth):
    """Unequal approval is there from the start; everything else waits for what causes it."""
    early = []
    for incident in built.incidents:
        events = truth[incident.model]["events"]
        unequal = incident.rule == "fairness"
        days = [event["day"] for event in events if (event["kind"] == "fairness") == unequal]
        days += [event["day"] for event in events if unequal and event.get("segment")]
        if incident.first_window.start < moment(min(days, default=DAYS)):
            early.append((incident.model, incident.rule, incident.cause))
    assert early == []


def test_the_control_model_is_quiet(built):
    assert [incident.cause for incident in built.incidents if incident.model == "control"] == []


def test_the_estimate_is_blind_where_the_concept_changed(built):
    failed = [v for v in built.verdicts["readmission"] if v.status is Status.FAIL and v.measurement.estimated]
    assert failed == []


def test_the_laboratory_is_quality_and_not_drift(built, truth):
    wanted = next(event for event in truth["readmission"]["events"] if event["kind"] == "quality")
    drifting = {
        v.measurement.feature
        for v in built.verdicts["readmission"]
        if v.rule == "drift" and v.status is Status.FAIL
    }
    assert drifting.isdisjoint(wanted["columns"])


def test_every_row_was_taken(built):
    assert built.receipt.fresh
    assert built.receipt.n_rows > 300_000
    assert built.quarantined == 0


def test_a_second_start_finds_it_done(built):
    assert built.again == replace(built.receipt, fresh=False, n_rows=0, windows=0, incidents=0)
    assert built.again_seconds < 10


def test_the_fleet_lists_all_models_with_their_versions(built):
    fleet = {model.name: model for model in built.models}
    assert {name for name, model in fleet.items() if model.monitored} == set(built.receipt.models)
    assert {name for name, model in fleet.items() if not model.monitored} == {
        f"fleet-{i:04d}" for i in (1, 2, 3)
    }
    assert (fleet["lending"].champion, fleet["lending"].challenger) == ("2", "3")


def test_every_champion_was_promoted_and_is_seen_in_traffic(built):
    assert [(one.version, one.kind) for one in built.champions] == [
        ("1", MoveKind.INITIAL),
        ("2", MoveKind.PROMOTE),
    ]
    assert "on the evaluation data, v1 had" in built.champions[1].reason
    assert {one.model for one in built.asked} == set(built.receipt.models)
    assert {one.status for one in built.asked} == {ActionStatus.DONE}


def test_the_estimate_fires_before_any_label(tmp_path):
    """Two windows after the partner channel opened none of its outcomes can be judged, and it shows.

    The Model page says why, and names the channel.
    """
    from core.adapters.mlflow_publisher import MlflowPublisher
    from core.config import load_settings
    from core.registry_settings import OWN_REGISTRY

    workspace = Workspace.at(tmp_path / "workspace")
    create_workspace(workspace, {})
    prepared = prepare(LENDING, 1)
    own = load_settings(workspace).registry(OWN_REGISTRY)
    publisher = MlflowPublisher(own, artifacts=workspace.artifacts)
    publish(publisher, prepared, day_0=DAY_0, folder=tmp_path)
    with connect(workspace, what="test") as client:
        promote(client, prepared, seed=1)
        client.watch(spec_of(LENDING))
        for first in range(0, 85, 5):
            days = range(first, first + 5)
            send(client, prepared.champion, seed=1, day_0=DAY_0, days=days, folder=tmp_path)
        client.monitor("lending")
        verdicts = client.verdicts("lending")
        why = client.model_view(ModelScope(model="lending")).change
    assert why is not None
    assert why.estimated
    assert "because more rows come from channel = partner" in why.sentence
    recent = [
        v
        for v in verdicts
        if v.measurement.window.index >= 15
        and v.measurement.metric == "roc_auc"
        and v.measurement.segment == ALL_ROWS
    ]
    estimated = [v for v in recent if v.measurement.estimated]
    measured = [v for v in recent if not v.measurement.estimated]
    assert [v.status for v in estimated] == [Status.FAIL, Status.FAIL]
    assert {v.status for v in measured} <= {Status.UNKNOWN}


def test_a_workspace_in_use_is_not_filled(tmp_path):
    workspace = Workspace.at(tmp_path / "workspace")
    create_workspace(workspace, {})
    (tmp_path / "workspace" / "demo.json").write_text(
        '{"seed": 1, "as_of": "2020-01-01", "fleet": 0, "finished": true}', encoding="utf-8"
    )
    with connect(workspace, what="test") as client, pytest.raises(Conflict, match="2020-01-01"):
        build_demo(client, workspace, seed=1, as_of=AS_OF)
    assert not Path(workspace.mlflow).exists()


def test_an_interrupted_build_is_taken_up_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "STORIES", (CONTROL,))
    workspace = Workspace.at(tmp_path / "workspace")
    create_workspace(workspace, {})

    def interrupt(sentence: str, share: float) -> None:
        if sentence.startswith("Judging"):
            raise KeyboardInterrupt

    with connect(workspace, what="test") as client:
        with pytest.raises(KeyboardInterrupt):
            build_demo(client, workspace, seed=1, as_of=AS_OF, progress=interrupt)
        told: list[tuple[str, float]] = []
        receipt = build_demo(client, workspace, seed=1, as_of=AS_OF, progress=lambda *step: told.append(step))
        (model,) = client.models()
        counts = [m.n for m in client.measurements("control", metric="row_count")]
    assert receipt.fresh
    assert (model.champion, model.challenger) == ("2", "3")
    assert sum(counts) == receipt.n_rows
    assert told[-1] == ("The demo is ready", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)
