"""Each registry is shown its own credentials, and nobody else's: neither another's nor the environment's."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.adapters.mlflow_registry import MlflowRegistry
from core.errors import Unavailable
from core.registry_settings import RegistrySettings


class Stub(ThreadingHTTPServer):
    """Answers MLflow's searches with nothing, and remembers what it was shown."""

    def __init__(self, status: int = 200) -> None:
        self.shown: list[str | None] = []
        self.status = status
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        self.server.shown.append(self.headers.get("Authorization"))
        body = b"{}" if self.server.status == 200 else b"<p>you shall not pass s3cret</p>"
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def serve() -> Iterator[object]:
    running: list[Stub] = []

    def start(status: int = 200) -> Stub:
        stub = Stub(status)
        running.append(stub)
        threading.Thread(target=stub.serve_forever, args=(0.02,), daemon=True).start()
        return stub

    yield start
    for stub in running:
        stub.shutdown()
        stub.server_close()


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path) -> None:
    """The environment of somebody who uses MLflow directly, with another server."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "somebody-elses")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "somebody")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "else")
    monkeypatch.setenv("ONE_TOKEN", "t0ken-one")
    monkeypatch.setenv("TWO_USER", "ann")
    monkeypatch.setenv("TWO_PASSWORD", "s3cret")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def read(settings: RegistrySettings) -> object:
    return MlflowRegistry(settings, artifacts=Path("unused")).models()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_each_gets_its_own_and_the_open_one_gets_none(serve):
    one, two, three, plain = serve(), serve(), serve(), serve()
    assert read(RegistrySettings(name="one", uri=f"http://{one.address}", token_env="ONE_TOKEN")) == []
    named = RegistrySettings(
        name="two", uri=f"http://{two.address}", username_env="TWO_USER", password_env="TWO_PASSWORD"
    )
    assert read(named) == []
    assert read(RegistrySettings(name="three", uri=f"http://bob:${{TWO_PASSWORD}}@{three.address}")) == []
    assert read(RegistrySettings(name="plain", uri=f"http://{plain.address}")) == []
    assert set(one.shown) == {"Bearer t0ken-one"}
    assert set(two.shown) == {basic("ann", "s3cret")}
    assert set(three.shown) == {basic("bob", "s3cret")}
    assert set(plain.shown) == {None}


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refusal_says_so_without_the_secret(serve, status):
    stub = serve(status)
    settings = RegistrySettings(name="prod", uri=f"http://ann:${{TWO_PASSWORD}}@{stub.address}")
    with pytest.raises(Unavailable, match="Registry 'prod'") as raised:
        read(settings)
    assert "s3cret" not in raised.value.message
    assert ("password_env" in raised.value.hint) == (status in (401, 403))


def test_a_server_that_is_gone_is_unavailable(serve):
    stub = serve()
    stub.server_close()
    with pytest.raises(Unavailable, match="Registry 'prod'") as raised:
        read(RegistrySettings(name="prod", uri=f"http://ann:${{TWO_PASSWORD}}@{stub.address}"))
    assert "s3cret" not in raised.value.message
    assert stub.address in raised.value.hint


def test_an_answer_that_is_not_mlflows_is_unavailable(serve, monkeypatch):
    stub = serve()
    monkeypatch.setattr(stub, "status", 204)
    with pytest.raises(Unavailable, match="Registry 'prod'"):
        read(RegistrySettings(name="prod", uri=f"http://{stub.address}", token_env="ONE_TOKEN"))


def test_a_secret_is_not_shown_by_what_holds_it(monkeypatch):
    from core.adapters.mlflow_door import credentials_of

    held = credentials_of(RegistrySettings(name="one", uri="http://h", token_env="ONE_TOKEN"))
    assert held.token == "t0ken-one"
    assert "t0ken" not in repr(held)
    assert json.dumps(repr(held))
