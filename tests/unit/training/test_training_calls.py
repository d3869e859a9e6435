"""Retrainings over the API: client and command get the same receipts and exit codes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from core import cli
from core.action import ActionStatus
from core.client import Client
from core.client.transports import InProcess
from core.errors import InvalidInput, NotFound
from core.retrain import Retrain
from core.server.app import create_app
from core.trimtab import Trimtab

FIELDS = {
    "action", "kind", "model", "from_version", "to_version", "generation", "status", "gates", "approvals",
    "ledger_seq", "sentence", "job", "trigger",
}  # fmt: skip


@pytest.fixture
def client(loans: Trimtab) -> Iterator[Client]:
    with Client(InProcess(create_app(loans, token="t"), closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(loans: Trimtab, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = create_app(loans, token="t")
    monkeypatch.setattr(
        "core.client.connect", lambda *_, **__: Client(InProcess(app, closing=lambda: None), token="t")
    )
    monkeypatch.setattr("core.commands.training._PAUSE_S", 0)

    def call(*words: str) -> Result:
        return CliRunner().invoke(cli.main, list(words))

    return call


def test_the_client_gets_what_is_on_record(client: Client, loans: Trimtab) -> None:
    asked = client.retrain("loans", reason="because", key="k")
    assert asked == loans.training.get(asked.id)
    assert client.retrain("loans", reason="because", key="k") == asked
    assert client.retraining(asked.id) == asked
    assert client.retrainings(model="loans") == [asked]
    assert client.retrainings(open_only=True) == [asked]
    with pytest.raises(InvalidInput):
        client.retrain("loans", reason="")
    with pytest.raises(NotFound):
        client.retraining("none")


def test_http_answers_202_while_it_runs_and_200_where_it_was_refused(client: Client) -> None:
    http: httpx.Client = client._http
    first = http.post("/api/v1/models/loans/retrain", json={"reason": "because"})
    assert first.status_code == 202
    assert set(first.json()) >= FIELDS
    assert (first.json()["kind"], first.json()["status"]) == ("retrain", "running")
    second = http.post("/api/v1/models/loans/retrain", json={"reason": "because"})
    assert (second.status_code, second.json()["status"]) == (200, "refused")
    assert http.post("/api/v1/models/loans/retrain", json={"why": "x"}).status_code == 422


def test_the_command_prints_the_receipt(run: Any) -> None:
    done = run("retrain", "loans", "--reason", "because", "--json")
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)) >= FIELDS
    refused = run("retrain", "loans", "--reason", "because", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["gates"][0]["rule"] == "one at a time"
    assert run("retrain", "loans").exit_code == 2


def test_waiting_ends_with_the_receipt_of_what_came_of_it(
    run: Any, go_on: Callable[[], Retrain], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.commands.training.time.sleep", lambda _: go_on())
    done = run("retrain", "loans", "--reason", "because", "--wait")
    assert done.exit_code == 0, done.output
    assert "v2 is registered as challenger of loans" in done.stdout
    assert "gates block" in done.stdout
    assert "roc_auc: 0.81, the champion 0.8 on the same rows" in done.stdout


def test_the_command_says_that_it_goes_on(run: Any, loans: Trimtab) -> None:
    done = run("retrain", "loans", "--reason", "because")
    assert "It goes on while trimtab up serves the workspace" in done.stdout
    assert loans.training.every("loans")[0].status is ActionStatus.RUNNING


def test_advice_is_given_and_nothing_asked(client: Client, run: Any, loans: Trimtab) -> None:
    advice = client.retrain_advice("loans")
    assert (advice.model, advice.cause, advice.n_fresh) == ("loans", "nothing", 400)
    assert advice == loans.training.advise("loans")
    told = run("retrain", "loans", "--advise")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[0] == "loans: nothing."
    assert set(json.loads(run("retrain", "loans", "--advise", "--json").stdout)) == {
        "model", "cause", "allowed", "why_not", "sentences", "n_fresh", "n_enough", "gain",
    }  # fmt: skip
    assert loans.training.every() == []


def test_missing_values_refuse_it(client: Client, run: Any, loans: Trimtab, file) -> None:
    import pyarrow as pa

    from tests.loans import rows

    for day in range(5, 8):
        table = rows(day, 1, n=80)
        gone = pa.nulls(len(table), pa.float64())
        at = table.column_names.index("income")
        loans.ingest("loans", file(table.set_column(at, "income", gone)), kind="predictions")
    loans.monitor("loans")
    refused = client.retrain("loans", reason="because")
    assert [gate.rule for gate in refused.gates] == ["rows sound"]
    assert "income" in refused.sentence
    assert "would be refused" in run("retrain", "loans", "--advise").stdout
