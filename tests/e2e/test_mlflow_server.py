"""The registry port against a live ``mlflow server``, plain and behind TLS with passwords and tokens."""

import base64
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.adapters.mlflow_registry import MlflowRegistry
from core.errors import Conflict, NotFound, Unavailable
from core.ports import SignatureColumn
from core.registry_settings import RegistrySettings

pytestmark = pytest.mark.slow

MODEL_FILE = """
signature:
  inputs: '[{"type": "double", "name": "income"}, {"type": "string", "name": "channel"}]'
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[int]:
    """The port of a live MLflow server that stores artifacts itself."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(port, running)
        yield port
    finally:
        # Its own process group: uvicorn's workers go with it.
        os.killpg(running.pid, 15)
        running.wait(30)


def wait_for(port: int, running: subprocess.Popen) -> None:
    deadline = monotonic() + 240
    while monotonic() < deadline and running.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            sleep(0.5)
        finally:
            connection.close()
    pytest.fail("mlflow server did not start")


@pytest.fixture(scope="module")
def filled(server, tmp_path_factory) -> str:
    """The server's address, once it holds a model with a signature, evaluation data and an alias."""
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.tracking import MlflowClient

    folder = tmp_path_factory.mktemp("logged")
    (folder / "MLmodel").write_text(MODEL_FILE, encoding="utf-8")
    pq.write_table(pa.table({"income": [1.0, 2.0], "channel": ["a", "b"]}), folder / "held-out.parquet")
    address = f"http://127.0.0.1:{server}"
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    run = client.create_run(client.create_experiment("credit"))
    client.log_artifact(run.info.run_id, str(folder / "MLmodel"), "model")
    (folder / "weights.bin").write_bytes(b"weights")
    client.log_artifact(run.info.run_id, str(folder / "weights.bin"), "model/parts")
    client.log_artifact(run.info.run_id, str(folder / "held-out.parquet"), "data")
    source = f'{{"uri": "{run.info.artifact_uri}/data/held-out.parquet"}}'
    given = DatasetInput(
        Dataset("held-out", "d", "local", source), [InputTag("mlflow.data.context", "evaluation")]
    )
    client.log_inputs(run.info.run_id, datasets=[given])
    client.create_registered_model("credit")
    client.create_model_version("credit", f"{run.info.artifact_uri}/model", run.info.run_id)
    client.set_registered_model_alias("credit", "champion", "1")
    return address


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Path:
    """A self-made certificate of 127.0.0.1 and its key, in one folder."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    folder, now = tmp_path_factory.mktemp("tls"), datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a private authority")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


class Guard(BaseHTTPRequestHandler):
    """Passes requests on to the server behind it, if they carry a credential that it knows."""

    port = 0
    accepted = ("Bearer t0ken", "Basic " + base64.b64encode(b"ann:s3cret").decode())

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") not in self.accepted:
            self._answer(401, b"who are you?")
            return
        behind = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
        behind.request(self.command, self.path, body, sent)
        found = behind.getresponse()
        self._answer(found.status, found.read())
        behind.close()

    def do_POST(self) -> None:
        self.do_GET()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@dataclass(frozen=True)
class Guarded:
    """Where the guarded server is, and the file of the authority that signed its certificate."""

    address: str
    ca: Path


@pytest.fixture(scope="module")
def guarded(filled, server, authority) -> Iterator[Guarded]:
    handler = type("GuardOfThisServer", (Guard,), {"port": server})
    guard = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "ca.pem", authority / "key.pem")
    guard.socket = context.wrap_socket(guard.socket, server_side=True)
    guard.handle_error = lambda *_: None  # a client that trusts us not hangs up: no traceback for that
    threading.Thread(target=guard.serve_forever, args=(0.05,), daemon=True).start()
    yield Guarded(f"127.0.0.1:{guard.server_port}", authority / "ca.pem")
    guard.shutdown()
    guard.server_close()


@pytest.fixture(autouse=True)
def secrets(monkeypatch) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    monkeypatch.setenv("USER_NAME", "ann")
    monkeypatch.setenv("PASSWORD", "s3cret")


def open_registry(settings: RegistrySettings) -> MlflowRegistry:
    return MlflowRegistry(settings, artifacts=Path("unused"))


def holds_everything(registry: MlflowRegistry, folder: Path) -> None:
    (credit,) = [model for model in registry.models() if model.name == "credit"]
    assert credit.aliases == {"champion": "1"}
    assert registry.signature("credit", "1") == [
        SignatureColumn(name="income", kind="numeric"),
        SignatureColumn(name="channel", kind="categorical"),
    ]
    path = registry.evaluation_data("credit", "1", folder)
    assert path is not None
    assert pq.read_table(path)["channel"].to_pylist() == ["a", "b"]
    registry.download("credit", "1", folder / "model")
    copied = [
        str(one.relative_to(folder / "model")) for one in (folder / "model").rglob("*") if one.is_file()
    ]
    assert sorted(copied) == ["MLmodel", "parts/weights.bin"]
    assert (folder / "model" / "MLmodel").read_text() == MODEL_FILE


def test_a_plain_server_gives_models_signature_and_evaluation_data(filled, tmp_path):
    holds_everything(open_registry(RegistrySettings(name="prod", uri=filled)), tmp_path)


def test_a_token_and_a_private_authority(guarded, tmp_path):
    entry = RegistrySettings(
        name="prod", uri=f"https://{guarded.address}", token_env="TOKEN", ca_bundle=guarded.ca
    )
    holds_everything(open_registry(entry), tmp_path)


@pytest.mark.parametrize("in_address", [True, False])
def test_a_password_and_a_private_authority(guarded, tmp_path, in_address):
    entry = RegistrySettings(
        name="prod",
        uri=f"https://ann:${{PASSWORD}}@{guarded.address}" if in_address else f"https://{guarded.address}",
        username_env=None if in_address else "USER_NAME",
        password_env=None if in_address else "PASSWORD",
        ca_bundle=guarded.ca,
    )
    registry = open_registry(entry)
    assert registry.address == f"https://{guarded.address}"
    holds_everything(registry, tmp_path)


def test_a_wrong_password_is_refused_and_not_repeated(guarded, monkeypatch):
    monkeypatch.setenv("PASSWORD", "wr0ng")
    entry = RegistrySettings(
        name="prod", uri=f"https://ann:${{PASSWORD}}@{guarded.address}", ca_bundle=guarded.ca
    )
    with pytest.raises(Unavailable, match="Registry 'prod'") as raised:
        open_registry(entry).models()
    assert "wr0ng" not in raised.value.message
    assert "password_env" in raised.value.hint


def test_an_unknown_authority_is_named_as_the_cause(guarded):
    entry = RegistrySettings(name="prod", uri=f"https://{guarded.address}", token_env="TOKEN")
    with pytest.raises(Unavailable, match="Registry 'prod'") as raised:
        open_registry(entry).models()
    assert "ca_bundle" in raised.value.hint


def test_writing_needs_the_entry_to_say_so(filled):
    reading = RegistrySettings(name="prod", uri=filled)
    with pytest.raises(Conflict, match="read-only"):
        open_registry(reading).ensure_model("fresh")
    writing = open_registry(replace(reading, writable=True))
    writing.ensure_model("fresh")
    writing.ensure_model("fresh")
    assert [model.name for model in writing.models()].count("fresh") == 1


def test_what_the_server_does_not_have_is_not_found(filled, tmp_path):
    registry = open_registry(RegistrySettings(name="prod", uri=filled))
    with pytest.raises(NotFound, match="credit 9"):
        registry.signature("credit", "9")
    with pytest.raises(NotFound, match="credit 9"):
        registry.evaluation_data("credit", "9", tmp_path)


def test_a_server_that_is_gone_is_said_to_be_within_seconds():
    entry = RegistrySettings(name="prod", uri=f"http://127.0.0.1:{free_port()}")
    start = monotonic()
    with pytest.raises(Unavailable, match="Registry 'prod'"):
        open_registry(entry).models()
    assert monotonic() - start < 30
