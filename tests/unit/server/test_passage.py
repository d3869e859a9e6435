"""The pane's front: API paths pass through to control, others go to the dashboard, foreigners nowhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest
import uvicorn
from anyio import from_thread
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from core.client.transports import InProcess
from core.server import passage
from core.server.app import create_app
from core.server.ownership import Ownership
from core.server.passage import Passage
from core.trimtab import Trimtab
from tests.fake_trimtab import FakeTrimtab


async def dashboard(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"page {scope['path']}")(scope, receive, send)


@pytest.fixture
def trimtab(tmp_path: Path) -> FakeTrimtab:
    return FakeTrimtab.at(tmp_path / "w")


@contextmanager
def control(trimtab: FakeTrimtab) -> Iterator[str]:
    owned = Ownership.take(trimtab.settings.workspace, what="trimtab up")
    assert owned is not None
    app = create_app(cast("Trimtab", trimtab), token=owned.token)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    owned.publish(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    try:
        yield owned.token
    finally:
        server.should_exit = True
        thread.join()
        owned.release()


@contextmanager
def pane(trimtab: FakeTrimtab, *, loopback: bool = True) -> Iterator[httpx.Client]:
    front = Passage(dashboard, workspace=trimtab.settings.workspace, loopback=loopback)
    transport = InProcess(front, closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1:8501") as client:
        yield client
        transport._portal.call(front.close)


def test_api_paths_pass_and_others_do_not(trimtab: FakeTrimtab) -> None:
    with control(trimtab), pane(trimtab) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/api/v1/models").json()[0]["name"] == "churn"
        assert client.get("/metrics").headers["content-type"].startswith("text/plain")
        assert client.get("/model?model=churn").text == "page /model"
        assert client.get("/api").text == "page /api"


def test_writing_needs_the_token_there_too(trimtab: FakeTrimtab) -> None:
    with control(trimtab) as token, pane(trimtab) as client:
        path = "/api/v1/models/prod%2Fchurn/predictions?name=r.csv"
        assert client.post(path, content=b"id\n1\n").status_code == 401
        bearer = {"Authorization": f"Bearer {token}"}
        body = b"id\n" + b"123456\n" * 300_000
        sent = client.post(path, content=iter([body[:1000], body[1000:]]), headers=bearer)
        assert sent.status_code == 202
    asked = next(values for name, values in trimtab.asked if name == "ingest")
    assert asked[0] == "prod/churn"
    assert asked[1] == body


def test_errors_pass_as_they_are(trimtab: FakeTrimtab) -> None:
    with control(trimtab), pane(trimtab) as client:
        answer = client.get("/api/v1/verdicts/nope")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_foreign_names_are_refused_on_the_loopback_only(trimtab: FakeTrimtab, path: str) -> None:
    with control(trimtab), pane(trimtab) as client:
        assert client.get(path, headers={"Host": "example.org"}).status_code == 403
    with control(trimtab), pane(trimtab, loopback=False) as client:
        assert client.get(path, headers={"Host": "example.org"}).status_code == 200


def test_foreign_pages_may_not_use_the_passage(trimtab: FakeTrimtab) -> None:
    with control(trimtab), pane(trimtab) as client:
        assert client.get("/api/v1/models", headers={"Origin": "https://example.org"}).status_code == 403
        assert client.get("/api/v1/models", headers={"Origin": "http://127.0.0.1:8501"}).status_code == 200


def test_foreign_names_open_no_websocket(trimtab: FakeTrimtab) -> None:
    front = Passage(dashboard, workspace=trimtab.settings.workspace, loopback=True)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        await front({"type": "websocket", "path": "/", "headers": [(b"host", b"example.org")]}, receive, send)
        await front.close()

    with from_thread.start_blocking_portal() as portal:
        portal.call(ask)
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_without_control_the_answer_is_an_error_and_pages_go_on(
    trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage, "_PATIENCE_S", 0.2)
    with pane(trimtab) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["error"]["hint"]
        assert client.get("/").status_code == 200


def test_a_request_waits_for_a_control_that_comes_back(trimtab: FakeTrimtab) -> None:
    answers: list[int] = []
    with pane(trimtab) as client:
        asking = threading.Thread(target=lambda: answers.append(client.get("/healthz").status_code))
        asking.start()
        time.sleep(0.2)
        with control(trimtab):
            asking.join(5)
    assert answers == [200]
