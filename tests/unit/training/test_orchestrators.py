"""Training done elsewhere: told once, answered by a call back, or late."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pyarrow.parquet as pq
import pytest

from core.action import ActionStatus
from core.client.transports import InProcess
from core.domain import ModelVersion
from core.errors import Conflict, NotFound, Unavailable
from core.retrain import RetrainKind, RetrainStep
from core.server.app import create_app
from core.trimtab import Trimtab
from tests.fakes import FakeDeployment, FakeExecutor, FakeRegistry, FixedClock
from tests.loans import rows
from tests.made_candidate import TRAINED

ELSEWHERE = TRAINED.replace("source: registry", "external: {deployment: airflow}, time: 2h")


@pytest.fixture
def deployment(loans: Trimtab, file) -> FakeDeployment:
    made = FakeDeployment(name="airflow")
    loans.training._orchestrators._deployments = {"airflow": made}
    loans.watch(ELSEWHERE, reference=file(rows(-10, 10, n=40)))
    return made


def registers(registry: FakeRegistry, version: str) -> None:
    found = registry.registered["loans"]
    made = ModelVersion(registry="local", model="loans", version=version)
    registry.registered["loans"] = replace(found, versions=(*found.versions, made))


def told(loans: Trimtab, kind: str) -> str:
    """Return who did the latest step of a kind, as the ledger has it."""
    return loans.ledger.records(model="local/loans", kinds=(kind,), limit=None)[-1].entry.actor


def test_it_is_told_once_and_its_version_becomes_challenger(
    deployment: FakeDeployment, ask, go_on, loans: Trimtab, registry: FakeRegistry, executor: FakeExecutor
) -> None:
    asked = ask()
    for _ in range(3):
        loans.training.reconcile()
    (order,) = deployment.orders
    assert (order.id, order.kind, order.from_version, order.to_version) == (asked.id, "retrain", "1", None)
    assert executor.waiting == {}, "nobody trains here"
    with pytest.raises(NotFound, match="version of loans"):
        loans.training.answered(asked.id, version="7", actor="token air")
    registers(registry, "7")
    assert loans.training.answered(asked.id, version="7", actor="token air").step is RetrainStep.REGISTERED
    assert told(loans, "retrain.registered") == "token air", "it speaks for itself, and not for who asked"
    done = go_on()
    assert (done.status, done.to_version) == (ActionStatus.DONE, "7")
    assert registry.registered["loans"].aliases["challenger"] == "7"
    with pytest.raises(Conflict, match="waits for no orchestrator"):
        loans.training.answered(asked.id, version="7", actor="token air")


def test_the_champion_is_no_candidate(deployment: FakeDeployment, ask, loans: Trimtab) -> None:
    asked = ask()
    with pytest.raises(Conflict, match="waits for no orchestrator"):
        loans.training.answered(asked.id, version="1", actor="token air")
    loans.training.reconcile()
    with pytest.raises(Conflict, match="started from"):
        loans.training.answered(asked.id, version="1", actor="token air")


def test_what_failed_there_failed(deployment: FakeDeployment, ask, loans: Trimtab) -> None:
    asked = ask()
    loans.training.reconcile()
    failed = loans.training.answered(asked.id, version=None, failed="no capacity", actor="token air")
    assert failed.status is ActionStatus.FAILED
    assert failed.sentence == "Retrain loans from v1 failed: no capacity."
    assert told(loans, "retrain.failed") == "token air"


@pytest.mark.parametrize("says", [Conflict("it answered 422"), Unavailable("It", "is away")])
def test_a_refusal_ends_it_and_silence_is_tried_again(
    deployment: FakeDeployment, ask, loans: Trimtab, clock: FixedClock, says: Exception
) -> None:
    deployment.says = says
    asked = ask()
    loans.training.reconcile()
    refused = isinstance(says, Conflict)
    expected = ActionStatus.FAILED if refused else ActionStatus.RUNNING
    assert loans.training.get(asked.id).status is expected
    deployment.says = "taken"
    clock.at += timedelta(seconds=5)
    loans.training.reconcile()
    assert len(deployment.orders) == (1 if refused else 2)


def test_who_does_not_call_back_in_time_has_failed(
    deployment: FakeDeployment, ask, loans: Trimtab, clock: FixedClock
) -> None:
    asked = ask()
    loans.training.reconcile()
    clock.at += timedelta(hours=2)
    loans.training.reconcile()
    assert not loans.training.get(asked.id).status.over
    clock.at += timedelta(seconds=1)
    loans.training.reconcile()
    assert "did not call back within 7,200 s" in loans.training.get(asked.id).sentence


def test_one_that_the_settings_do_not_know_is_refused(
    deployment: FakeDeployment, ask, loans: Trimtab, executor: FakeExecutor
) -> None:
    loans.training._orchestrators._deployments = {}
    assert [gate.rule for gate in ask().gates] == ["trainer there"]
    assert ask(kind=RetrainKind.RECALIBRATE).status is ActionStatus.RUNNING, "calibrating is done here"


def test_over_http_it_gets_the_rows_and_calls_back(
    deployment: FakeDeployment, ask, loans: Trimtab, registry: FakeRegistry, tmp_path
) -> None:
    asked = ask()
    loans.training.reconcile()
    registers(registry, "7")
    app = create_app(loans, token="t")
    with httpx.Client(
        transport=InProcess(app, closing=lambda: None),
        base_url="http://127.0.0.1",
        headers={"Authorization": "Bearer t"},
    ) as http:
        (tmp_path / "rows.parquet").write_bytes(http.get(f"/api/v1/retrains/{asked.id}/snapshot").content)
        assert pq.read_table(tmp_path / "rows.parquet").num_rows == 800
        answered = http.post(f"/api/v1/retrains/{asked.id}/candidate", json={"version": "7"})
        assert (answered.status_code, answered.json()["to_version"]) == (200, "7")
        assert http.post(f"/api/v1/retrains/{asked.id}/candidate", json={}).status_code == 409
        assert http.get("/api/v1/retrains/none/snapshot").status_code == 404
