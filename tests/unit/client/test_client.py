"""The client: the same answers over the loopback and in process; silence has an end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn

from core.client import Client, connect
from core.client.transports import InProcess
from core.config import Workspace
from core.domain import Segment
from core.errors import Conflict, InvalidInput, NotFound, TrimtabError, Unavailable
from core.server import ownership
from core.server.app import create_app
from core.server.ownership import Note, Ownership
from core.trimtab import Trimtab
from core.views.fleet import FleetScope
from tests.fake_trimtab import AT, INCIDENT, MEASUREMENT, MODEL, QUARANTINED, VERDICT, FakeTrimtab, Unexpected
from tests.made_change import CHANGE


@pytest.fixture
def trimtab(tmp_path: Path) -> FakeTrimtab:
    return FakeTrimtab.at(tmp_path / "w")


@contextmanager
def control(trimtab: FakeTrimtab) -> Iterator[Ownership]:
    """Serve a facade over HTTP as control does, on a thread."""
    workspace = trimtab.settings.workspace
    owned = Ownership.take(workspace, what="trimtab up")
    assert owned is not None
    app = create_app(cast("Trimtab", trimtab), token=owned.token)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    owned.publish(f"http://127.0.0.1:{port}")
    try:
        yield owned
    finally:
        server.should_exit = True
        thread.join()
        owned.release()


@contextmanager
def over_http(trimtab: FakeTrimtab) -> Iterator[Client]:
    with control(trimtab), connect(trimtab.settings.workspace, what="test") as client:
        yield client


@contextmanager
def in_process(trimtab: FakeTrimtab) -> Iterator[Client]:
    app = create_app(cast("Trimtab", trimtab), token="t")
    with Client(InProcess(app, closing=trimtab.close), token="t") as client:
        yield client
    assert trimtab.closed


@pytest.fixture(params=[over_http, in_process], ids=["http", "in process"])
def client(request: pytest.FixtureRequest, trimtab: FakeTrimtab) -> Iterator[Client]:
    with request.param(trimtab) as client:
        yield client


def test_every_call_arrives_and_comes_back(client: Client, trimtab: FakeTrimtab, tmp_path: Path) -> None:
    file = tmp_path / "rows ü.csv"
    file.write_bytes(b"id\n1\n")
    assert client.models() == [MODEL]
    assert client.watch("s", reference=file, policy="p", create=True).reference_rows == 2
    assert client.watch("s").model == "churn"
    assert client.ingest("r/c h", file, batch_key="k").accepted == 3
    assert client.ingest("churn", file, kind="labels").duplicate == 1
    assert client.quarantine("churn", limit=2) == [QUARANTINED]
    assert client.retry_quarantine("churn").accepted == 3
    assert client.monitor().verdicts == {"PASS": 3, "FAIL": 1}
    assert client.monitor("r/churn").windows == 2
    assert client.verdicts("churn", since=AT) == [VERDICT]
    assert client.verdict("abc123") == VERDICT
    assert client.compare("s", file, file).verdicts == (VERDICT,)
    assert client.fairness("churn", ("a", "b"), since="2026-01-01", against="x").measurements == (
        MEASUREMENT,
    )
    assert client.change("r/churn", before="3", after="7", by=("a", "b")) == CHANGE
    assert client.incidents(open_only=True) == [INCIDENT]
    assert client.acknowledge("inc1").status == "acknowledged"
    assert client.snooze("inc1", AT + timedelta(days=1)).snoozed_until == AT + timedelta(days=1)
    assert client.resolve("inc1", "feed").resolution == "feed"
    assert client.doctor()[0].ok
    client.refresh_registry()
    assert client.fleet_view(FleetScope(search="ü &=", page=2)).scope == FleetScope(search="ü &=", page=2)
    assert ("ingest", ("r/c h", b"id\n1\n", "csv", "rows ü.csv", "predictions", "k")) in trimtab.asked
    assert ("watch", ("s", "id\n1\n", "p", True)) in trimtab.asked
    assert ("monitor", "r/churn") in trimtab.asked


def test_measurements_pass_every_filter_on(client: Client, trimtab: FakeTrimtab) -> None:
    segment = Segment.of({"sex": "f", "race": "A=B"})
    found = client.measurements(
        "churn", metric="ks", feature="ä", segment=segment, since=AT, exact=True, include_reference=True
    )
    assert found[0] == MEASUREMENT
    assert trimtab.asked[0][1][1] == {
        "metric": "ks",
        "feature": "ä",
        "segment": segment,
        "since": AT,
        "exact": True,
        "include_reference": True,
        "baseline": "fixed",
    }


def test_errors_come_back_as_they_were_raised(client: Client, trimtab: FakeTrimtab, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no verdict 'x y'"):
        client.verdict("x y")
    with pytest.raises(InvalidInput, match="is not a time"):
        client.verdicts("churn", since="soon")
    with pytest.raises(InvalidInput, match="nowhere"):
        client.ingest("churn", tmp_path / "nowhere.csv")
    trimtab.fails = Conflict("No.", hint="Wait.")
    with pytest.raises(Conflict) as told:
        client.monitor()
    assert told.value.hint == "Wait."
    trimtab.fails = Unexpected("inside")
    with pytest.raises(TrimtabError, match="Something unexpected") as unexpected:
        client.models()
    assert unexpected.value.exit_code == 3


def test_large_files_stream(client: Client, trimtab: FakeTrimtab, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(b"id\n" + b"1234567\n" * 400_000)
    client.ingest("churn", file)
    assert trimtab.asked[0][1][1] == file.read_bytes()


# -------------------------------------------------------------------- finding the way


def test_a_workspace_nobody_owns_is_taken_and_given_back(
    trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = trimtab.settings.workspace
    left_behind = workspace.spool / "x.upload"
    left_behind.write_text("half")
    monkeypatch.setattr("core.bootstrap.build", lambda settings: trimtab)
    with connect(workspace, what="trimtab models") as client:
        assert client.models() == [MODEL]
        note = Note.read(workspace)
        assert note is not None
        assert (note.what, note.address) == ("trimtab models", None)
        assert not left_behind.exists()
        with pytest.raises(Unavailable, match=r"process \d+ \(trimtab models"):
            connect(workspace, what="second", patience_s=0.3)
    assert trimtab.closed
    assert Note.read(workspace) is None


def test_a_workspace_that_cannot_be_opened_is_given_back(
    trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_: object) -> Trimtab:
        raise Conflict("It was written by a newer Trimtab")

    monkeypatch.setattr("core.bootstrap.build", build)
    for _ in range(2):
        with pytest.raises(Conflict, match="newer"):
            connect(trimtab.settings.workspace, what="trimtab models")


def test_no_workspace_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no workspace"):
        connect(Workspace(tmp_path), what="x")


def test_a_control_process_of_another_version_is_told(
    trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with control(trimtab):
        monkeypatch.setattr(ownership, "API_SCHEMA", 2)
        with pytest.raises(Conflict, match="speaks version 1"):
            connect(trimtab.settings.workspace, what="x")


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_panes_client_outlives_a_control_process(trimtab: FakeTrimtab) -> None:
    workspace = trimtab.settings.workspace
    client = Client.of_pane(workspace.root)
    with control(trimtab):
        assert client.models() == [MODEL]
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(client.models()))
    asking.start()
    time.sleep(0.2)
    assert answers == []
    with control(trimtab):
        wait_for(lambda: bool(answers))
    asking.join()
    assert answers == [[MODEL]]
    client.close()


def test_the_panes_client_never_takes_a_workspace(
    trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.client.api._PANE_PATIENCE_S", 0.1)
    with (
        Client.of_pane(trimtab.settings.workspace.root) as client,
        pytest.raises(Unavailable, match="none answers"),
    ):
        client.models()
    assert trimtab.asked == []
