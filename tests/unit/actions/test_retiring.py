"""A model is taken out of use: alias, monitor, incidents and evidence, all of it or all of it later."""

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from core.action import Action, ActionKind, ActionStatus, MoveKind
from core.actions import Asked
from core.domain import Health, IncidentStatus
from core.errors import Conflict
from core.views.model import ModelScope
from tests.loans import UNGATED, rows

from .conftest import NAMED, later


def retire(loans, *, key: str | None = None) -> Action:
    asked = Asked(
        kind=ActionKind.RETIRE, model="loans", version=None, reason="the product ended", actor="ann", key=key
    )
    return loans.actions.ask(asked)


@pytest.fixture
def drifting(loans, send, clock):
    """Loans with an open incident."""
    for day in range(6):
        send(day, "1", **({} if day < 3 else {"shift": 3.0}))
    loans.monitor()
    assert loans.incidents(open_only=True)
    later(clock, minutes=1)
    return loans


def archived(loans) -> Path:
    (file,) = (loans.settings.workspace.root / "retired").iterdir()
    return file


def test_all_of_it_ends(drifting, registry):
    n_open = len(drifting.incidents(open_only=True))
    done = retire(drifting)
    assert done.status is ActionStatus.DONE
    assert done.sentence == (
        f"Retire loans, v1 as champion: the alias is gone, nothing is judged any more, {n_open} incidents "
        f"closed; evidence in retired/{archived(drifting).name}."
    )
    assert registry.registered["loans"].aliases == {}
    assert drifting.incidents(open_only=True) == []
    assert {one.resolution for one in drifting.incidents()} == {"The model was retired: the product ended"}
    assert {one.resolved_by for one in drifting.incidents()} == {"ann"}
    (model,) = drifting.models()
    assert (model.monitored, model.status, model.champion) == (False, Health.UNKNOWN, None)
    view = drifting.model_view(ModelScope(model="loans"))
    assert view.why.startswith("Retired on ")
    assert drifting.actions.history("loans")[-1].until is not None
    (pointer,) = drifting.actions.recorded("local")
    assert (pointer.version, pointer.action_id) == (None, None)


def test_no_incident_says_that_the_champion_is_gone(drifting):
    retire(drifting)
    drifting.refresh_registry()
    assert drifting.incidents(open_only=True) == []
    assert MoveKind.EXTERNAL not in {one.kind for one in drifting.actions.history("loans")}


def test_nothing_is_taken_in_or_judged_any_more(drifting, send):
    retire(drifting)
    with pytest.raises(Conflict, match="retired since"):
        send(6, "1")
    with pytest.raises(Conflict, match="retired since"):
        drifting.monitor("loans")
    assert drifting.monitor().windows == 0


def test_the_evidence_is_whole_and_can_be_checked(drifting):
    judged = {one.id for one in drifting.verdicts("loans")}
    done = retire(drifting)
    with zipfile.ZipFile(archived(drifting)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        texts = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    assert manifest["action"] == done.id
    assert manifest["sha256"] == {name: sha256(text).hexdigest() for name, text in texts.items()}
    assert texts["spec.yaml"].decode() == NAMED
    assert {one["id"] for one in json.loads(texts["verdicts.json"])} == judged
    assert json.loads(texts["measurements.json"])
    assert {one["status"] for one in json.loads(texts["incidents.json"])} == {"open"}
    kinds = [one["kind"] for one in json.loads(texts["ledger.json"])]
    assert kinds[-2:] == ["action.asked", "action.moved"]
    assert b"the product ended" not in texts["ledger.json"]
    assert [one["version"] for one in json.loads(texts["history.json"])] == ["1"]


def test_asked_again_under_its_key_it_is_the_same(drifting):
    first = retire(drifting, key="k")
    assert retire(drifting, key="k") == drifting.actions.get(first.id)
    again = retire(drifting)
    assert again.status is ActionStatus.REFUSED
    assert [gate.rule for gate in again.gates] == ["something to change"]
    assert archived(drifting).exists()


def test_watched_again_it_is_back(drifting, file, registry, send):
    retire(drifting)
    drifting.watch(NAMED, reference=file(rows(-10, 10)), policy=UNGATED)
    send(6, "1")
    assert drifting.monitor("loans").windows >= 1
    (model,) = drifting.models()
    assert model.monitored
    kinds = [one.entry.kind for one in drifting.ledger.records(model="local/loans")]
    assert kinds[-1] == "watch_begun"
    drifting.actions.ask(Asked(kind=ActionKind.PROMOTE, model="loans", version="1", reason="r", actor="ann"))
    assert registry.registered["loans"].aliases == {"champion": "1"}


def test_a_model_without_a_monitor_is_retired_too_and_one_without_anything_is_not(trimtab, loans, registry):
    registry.ensure_model("other")
    trimtab.refresh_registry()
    asked = Asked(kind=ActionKind.RETIRE, model="other", version=None, reason="r", actor="ann")
    refused = trimtab.actions.ask(asked)
    assert "nothing to retire" in refused.sentence
    trimtab.actions.ask(Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="r", actor="ann"))
    preview = trimtab.actions.preview(
        Asked(kind=ActionKind.RETIRE, model="loans", version=None, reason="", actor="ann")
    )
    assert preview.sentence == "Retire loans, v2 as champion: nothing stands in its way."
    assert not (trimtab.settings.workspace.root / "retired").exists()


def test_where_the_evidence_cannot_be_written_it_goes_on_as_soon_as_it_can(drifting, registry, clock):
    folder = drifting.settings.workspace.root / "retired"
    folder.write_text("in the way")
    waits = retire(drifting)
    assert waits.status is ActionStatus.RUNNING
    assert "goes on as soon as it can" in waits.sentence
    assert drifting.incidents(open_only=True)
    folder.unlink()
    later(clock, minutes=1)
    drifting.runner.reconcile()
    assert drifting.actions.get(waits.id).status is ActionStatus.DONE
    assert {one.status for one in drifting.incidents()} == {IncidentStatus.RESOLVED}
    assert registry.registered["loans"].aliases == {}
