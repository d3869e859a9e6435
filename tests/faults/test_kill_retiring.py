"""A retirement killed before and after every effect: all of it ends, or nothing does."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.action import ActionKind, ActionStatus
from core.domain import IncidentStatus
from tests.fake_trimtab import INCIDENT
from tests.faults import acting
from tests.faults.acting import NOW, Plan
from tests.faults.test_kill_actions import die

PASSED = ["record", "alias", "record", "archive", "record"]
POINTS = [(at, when) for at in range(len(PASSED)) for when in ("before", "after")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    acting.make(folder)
    trimtab, _ = acting.opened(folder, Plan())
    trimtab._state.save_incidents([replace(INCIDENT, model="loans")])
    trimtab.close()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_what_is_passed_is_what_is_cut(folder: Path) -> None:
    assert acting.retire(folder, Plan(kind=ActionKind.RETIRE)) == PASSED
    look(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("at", "when"), POINTS)
def test_killed_at_any_boundary(folder: Path, at: int, when: str) -> None:
    die(acting.retire, folder, Plan(kind=ActionKind.RETIRE, at=at, when=when))
    look(folder)


def look(folder: Path) -> None:
    """Start again; registry, monitor, incidents, evidence and ledger must tell one story."""
    trimtab, _ = acting.opened(folder, Plan(), at=NOW + timedelta(minutes=2))
    trimtab.runner.reconcile()
    trimtab.refresh_registry()
    action = acting.last_action(trimtab)
    (pointer,) = trimtab.actions.recorded("local")
    monitor = trimtab._state.monitor("loans")
    (incident,) = trimtab._state.incidents("loans")
    aliases = json.loads((folder / "aliases.json").read_text())
    archives = sorted(path.name for path in (folder / "workspace").glob("retired/*"))
    assert trimtab.ledger.verify().ok
    assert pointer.action_id is None
    assert aliases.get("champion") == pointer.version
    if action is None:
        assert (pointer.version, monitor.retired_at, archives) == ("2", None, [])
        assert incident.status is IncidentStatus.OPEN
    else:
        assert action.status is ActionStatus.DONE
        assert (pointer.version, archives) == (None, [f"local-loans-{action.id}.zip"])
        assert monitor.retired_at is not None
        assert incident.resolution == "The model was retired: because"
        assert [one.monitored for one in trimtab.models()] == [False]
        assert trimtab.actions.ask(acting.asked(ActionKind.RETIRE, None)).id == action.id
    trimtab.close()
