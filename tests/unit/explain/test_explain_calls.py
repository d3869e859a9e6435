"""Explanations over the API: routes, client and command say the same; who may see a person's."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli, wire
from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.children.explaining import task
from core.client import Client
from core.client.transports import InProcess
from core.errors import NotAllowed, NotFound
from core.explain.sentences import NOT_LEGAL_ADVICE
from core.job import JobStatus
from core.ports import Outcome, Watcher, Work
from core.server.app import create_app
from tests.unit.explain.conftest import Desk

ROW = "7-0-3"


@pytest.fixture
def at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Work is done where it is handed over."""

    def submit(work: Work, watcher: Watcher) -> None:
        assert watcher.started()
        task.run(work.folder, watcher.progressed)
        watcher.ended(Outcome(status=JobStatus.DONE))

    monkeypatch.setattr(desk.executor, "submit", submit)
    return desk


@pytest.fixture
def client(at_once: Desk) -> Iterator[Client]:
    app = create_app(at_once.trimtab, token="t")
    with Client(InProcess(app, closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(at_once: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    app = create_app(at_once.trimtab, token="t")
    connected = lambda *_, **__: Client(InProcess(app, closing=lambda: None), token="t")  # noqa: E731
    monkeypatch.setattr("core.client.connect", connected)
    root = str(at_once.trimtab.settings.workspace.root)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli.main, [*arguments, "--workspace", root], prog_name="trimtab")

    return call


def test_what_is_read_is_what_the_desk_says(at_once: Desk, client: Client) -> None:
    assert client.job(client.ask_explanation("loans", ROW).id).status is JobStatus.DONE
    found = client.explanation("loans", ROW)
    assert found == at_once.trimtab.explaining.explained("loans", ROW)
    assert client.job(client.ask_importance("loans").id).status is JobStatus.DONE
    assert client.importance("loans") == at_once.trimtab.explaining.overall("loans")
    assert client.importance("loans", "9") == []
    with pytest.raises(NotFound):
        client.explanation("loans", "7-0-4")


def test_json_has_all_that_a_person_may_ask_for(at_once: Desk, run: Callable[..., Result]) -> None:
    done = run("explain", "loans", "--id", ROW, "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    assert set(told) == set(wire.ExplainedObject.__annotations__)
    assert (told["row"], told["version"], told["note"]) == (ROW, "1", NOT_LEGAL_ADVICE)
    assert told["inputs"].keys() == {"income", "channel"}
    total = told["base"] + sum(one["contribution"] for one in told["reasons"])
    assert total == pytest.approx(told["output"], abs=1e-12)
    assert told["approvals"][0]["kind"] == "initial"
    overall = json.loads(run("explain", "loans", "--json").stdout)
    assert set(overall) == set(wire.ImportanceObject.__annotations__)
    assert overall["permutation"][0]["feature"] == "income"


def test_a_kept_explanation_is_given_again(at_once: Desk, run: Callable[..., Result], client: Client) -> None:
    kept = json.loads(run("explain", "loans", "--id", ROW, "--keep", "--json").stdout)
    assert kept["kept_at"] is not None
    assert client.keep_explanation("loans", ROW) == client.explanation("loans", ROW)
    n = len(client.jobs())
    again = run("explain", "loans", "--id", ROW)
    assert "Kept with the decision since " in again.stdout
    assert len(client.jobs()) == n, "nothing is computed for it"
    assert run("explain", "loans", "--keep").exit_code == 2


def test_people_are_told_in_sentences(run: Callable[..., Result]) -> None:
    done = run("explain", "loans", "--id", ROW)
    assert "loans version 1, row 7-0-3, 2026-09-01 00:10" in done.stdout
    assert "income (" in done.stdout
    assert NOT_LEGAL_ADVICE in done.stdout
    assert "what it leans on, by 400 rows of the live traffic" in run("explain", "loans").stdout


def test_what_cannot_be_explained_is_an_error_with_a_hint(run: Callable[..., Result]) -> None:
    done = run("explain", "loans", "--id", "gone")
    assert done.exit_code == 2
    assert "erased cannot be explained" in done.stderr
    assert run("explain", "loans", "--id", ROW, "--version", "1").exit_code == 2


def test_a_person_is_not_for_all_who_may_look(at_once: Desk, client: Client) -> None:
    job = client.ask_explanation("loans", ROW)
    client.ask_importance("loans")
    looker = at_once.trimtab.tokens.create(
        "vera", scopes=[Scope.READ], roles=[AccessRole.VIEWER], actor="olga"
    )
    app = create_app(at_once.trimtab, token="t")
    with Client(InProcess(app, closing=lambda: None), token=looker) as vera:
        assert len(vera.importance("loans")) == 1
        for ask in (
            lambda: vera.explanation("loans", ROW),
            lambda: vera.ask_explanation("loans", ROW),
            lambda: vera.ask_importance("loans"),
            lambda: vera._send("GET", f"jobs/{job.id}/result"),
        ):
            with pytest.raises(NotAllowed):
                ask()
