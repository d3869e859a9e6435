"""Deployments over real HTTP and real processes: what is sent, and what each answer means."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core.adapters.deployments import open_deployments
from core.deployments import DeploymentSettings
from core.errors import Conflict, Unavailable
from core.ports import Order

ORDER = Order(
    id="a1b2",
    kind="promote",
    registry="local",
    model="loans",
    alias="champion",
    from_version="7",
    to_version="8",
    generation=3,
)


@dataclass
class Receiver:
    """Answers as the test says, path by path; keeps what it was sent."""

    port: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    status: int = 202
    seen: list[tuple[str, dict[str, str], dict[str, object]]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.seen.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(told.answers.get(self.path, told.status))
            self.end_headers()
            self.wfile.write(b"no capacity in this cell")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def opened(**given: object):
    settings = DeploymentSettings(name="prod", **given)  # type: ignore[arg-type]
    return open_deployments([settings])["prod"]


def test_a_webhook_is_sent_the_order_with_its_id_and_token(receiver, monkeypatch):
    monkeypatch.setenv("DEPLOY_TOKEN", "s3cret")
    hook = opened(kind="webhook", address=f"http://127.0.0.1:{receiver.port}/d", token_env="DEPLOY_TOKEN")
    assert hook.deploy(ORDER) == "202 Accepted"
    ((path, headers, body),) = receiver.seen
    assert path == "/d"
    assert (headers["Idempotency-Key"], headers["Authorization"]) == ("a1b2", "Bearer s3cret")
    assert body == {
        "id": "a1b2",
        "kind": "promote",
        "registry": "local",
        "model": "loans",
        "alias": "champion",
        "from_version": "7",
        "to_version": "8",
        "generation": 3,
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [(422, Conflict), (403, Conflict), (429, Unavailable), (500, Unavailable), (503, Unavailable)],
)
def test_a_no_is_a_refusal_and_trouble_is_tried_again(receiver, status, error):
    receiver.status = status
    hook = opened(kind="webhook", address=f"http://127.0.0.1:{receiver.port}/d")
    with pytest.raises(error, match=f"{status} .*no capacity in this cell"):
        hook.deploy(ORDER)


def test_a_webhook_that_does_not_listen_is_tried_again():
    with pytest.raises(Unavailable):
        opened(kind="webhook", address="http://127.0.0.1:9/d", timeout_s=2.0).deploy(ORDER)


def test_a_token_that_is_not_set_names_its_variable(receiver, monkeypatch):
    monkeypatch.delenv("DEPLOY_TOKEN", raising=False)
    hook = opened(kind="webhook", address=f"http://127.0.0.1:{receiver.port}/d", token_env="DEPLOY_TOKEN")
    with pytest.raises(Unavailable, match="DEPLOY_TOKEN"):
        hook.deploy(ORDER)
    assert receiver.seen == []


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import json, sys; order = json.load(sys.stdin); {code}")


def test_a_command_reads_the_order_and_its_last_line_is_kept():
    deployed = opened(kind="command", command=program("print('noise'); print('to', order['to_version'])"))
    assert deployed.deploy(ORDER) == "to 8"


@pytest.mark.parametrize(("code", "error"), [(1, Conflict), (os.EX_TEMPFAIL, Unavailable)])
def test_how_a_command_ends_says_whether_it_was_refused(code, error):
    broken = opened(kind="command", command=program(f"sys.stderr.write('quota full'); sys.exit({code})"))
    with pytest.raises(error, match=f"ended with {code}: quota full"):
        broken.deploy(ORDER)


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path):
    mark = tmp_path / "late"
    code = f"import subprocess; subprocess.run(['sh', '-c', 'sleep 2; touch {mark}'])"
    with pytest.raises(Unavailable, match="did not end within 1 s"):
        opened(kind="command", command=program(code), timeout_s=1.0).deploy(ORDER)
    threading.Event().wait(1.6)
    assert not mark.exists()


def test_a_program_that_is_not_there_is_refused():
    with pytest.raises(Conflict, match="cannot be run"):
        opened(kind="command", command=("/nowhere/deploy",)).deploy(ORDER)


def airflow(receiver: Receiver):
    address = f"http://127.0.0.1:{receiver.port}"
    return opened(kind="airflow", address=address, dag="roll_out")


def test_airflow_is_asked_for_one_run_named_by_the_order(receiver):
    airflow(receiver).deploy(ORDER)
    ((path, _, body),) = receiver.seen
    assert path == "/api/v2/dags/roll_out/dagRuns"
    assert (body["dag_run_id"], body["conf"]["to_version"]) == ("trimtab-a1b2", "8")


def test_an_older_airflow_is_asked_its_own_way(receiver):
    receiver.answers["/api/v2/dags/roll_out/dagRuns"] = 404
    airflow(receiver).deploy(ORDER)
    assert [path for path, _, _ in receiver.seen] == [
        "/api/v2/dags/roll_out/dagRuns",
        "/api/v1/dags/roll_out/dagRuns",
    ]


def test_a_run_that_is_there_already_was_taken(receiver):
    receiver.status = 409
    assert airflow(receiver).deploy(ORDER) == "the run is there already"
