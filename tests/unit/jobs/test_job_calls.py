"""Jobs over the API: routes, client and commands say the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from click.testing import CliRunner, Result

from core import cli, wire
from core.client import Client
from core.client.transports import InProcess
from core.commands.jobs import how_far
from core.errors import Conflict, InvalidInput, NotFound
from core.job import JobStatus
from core.server.app import create_app
from core.server.identity import operating_user
from core.trimtab import Trimtab
from tests.fake_trimtab import AT, JOB, FakeTrimtab

FIELDS = [
    "id",
    "kind",
    "model",
    "subject",
    "about",
    "status",
    "progress",
    "step",
    "actor",
    "asked_at",
    "started_at",
    "ended_at",
    "elapsed_s",
    "expected_s",
    "attempt",
    "error",
    "result",
]


@pytest.fixture
def trimtab(tmp_path: Path) -> FakeTrimtab:
    return FakeTrimtab.at(tmp_path / "w")


@pytest.fixture
def client(trimtab: FakeTrimtab) -> Iterator[Client]:
    app = create_app(cast("Trimtab", trimtab), token="t")
    with Client(InProcess(app, closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = create_app(cast("Trimtab", trimtab), token="t")
    monkeypatch.setattr(
        "core.client.connect", lambda *_, **__: Client(InProcess(app, closing=lambda: None), token="t")
    )

    def called(*arguments: str) -> Result:
        root = str(trimtab.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*arguments, "--workspace", root], prog_name="trimtab")

    return called


def test_a_job_survives_the_wire() -> None:
    later = replace(JOB, status=JobStatus.DONE, ended_at=AT + timedelta(seconds=9), result="a/b.html")
    for job in (JOB, later, replace(JOB, started_at=None, expected_s=None, error="No.")):
        assert wire.job_of(json.loads(json.dumps(wire.job_object(job, now=AT)))) == job
    document = wire.job_object(JOB, now=AT + timedelta(seconds=7))
    assert list(document) == FIELDS
    assert document["elapsed_s"] == 7
    assert document["progress"] == 0.4


def test_the_client_asks_and_the_desk_answers(client: Client, trimtab: FakeTrimtab) -> None:
    assert client.jobs() == [JOB]
    assert client.jobs(model="churn", kind="report", open_only=True) == [JOB]
    assert [asked for name, asked in trimtab.jobs.asked] == [
        {"model": None, "kind": None, "open_only": False},
        {"model": "churn", "kind": "report", "open_only": True},
    ]
    assert client.job("j0b") == JOB
    with pytest.raises(NotFound):
        client.job("nope/../x")
    assert client.cancel("j0b").status is JobStatus.CANCELLED
    assert trimtab.jobs.asked[-1] == ("cancel", ("j0b", operating_user()))
    with pytest.raises(Conflict):
        client.cancel("j0b")


def test_cancelling_needs_the_token(trimtab: FakeTrimtab) -> None:
    app = create_app(cast("Trimtab", trimtab), token="t")
    with httpx.Client(
        transport=InProcess(app, closing=lambda: None), base_url="http://127.0.0.1"
    ) as stranger:
        assert stranger.get("/api/v1/jobs/j0b").status_code == 200
        assert stranger.post("/api/v1/jobs/j0b/cancel").status_code == 401
    assert trimtab.jobs.job == JOB


def test_the_commands_list_show_and_cancel(run: Any) -> None:
    listed = run("jobs")
    assert listed.exit_code == 0
    assert "40% Comparing columns" in listed.stdout
    assert "of about 30 s" in listed.stdout
    assert [each["id"] for each in json.loads(run("jobs", "--json").stdout)] == ["j0b"]
    assert [each["id"] for each in json.loads(run("jobs", "j0b", "--json").stdout)] == ["j0b"]
    assert run("jobs", "nope").exit_code == 2
    assert run("cancel", "j0b").stdout == "Job j0b (report of churn) is cancelled.\n"
    again = run("cancel", "j0b")
    assert again.exit_code == 2
    assert "is over" in again.stderr


def test_how_far_a_job_is_in_words() -> None:
    assert how_far(replace(JOB, status=JobStatus.FAILED, error="It took too long.")) == "It took too long."
    assert how_far(replace(JOB, status=JobStatus.DONE, step="", result="a/b.html")) == "a/b.html"
    assert how_far(replace(JOB, status=JobStatus.QUEUED, step="")) == "–"


def test_a_real_workspace_without_jobs_lists_none(tmp_path: Path) -> None:
    root = str(tmp_path / "w")
    assert CliRunner().invoke(cli.main, ["init", "--workspace", root]).exit_code == 0
    shown = CliRunner().invoke(cli.main, ["jobs", "--workspace", root])
    assert shown.stdout == "No jobs: nobody has asked for long work.\n"
    assert CliRunner().invoke(cli.main, ["cancel", "x", "--workspace", root]).exit_code == 2


def test_a_report_is_asked_for_listed_and_kept(client: Client, trimtab: FakeTrimtab, tmp_path: Path) -> None:
    assert client.make_report("r/c h", window=3, version="7") == JOB
    assert client.make_report("churn") == JOB
    assert client.reports("churn") == [JOB]
    assert trimtab.reports.asked == [
        ("make", ("r/c h", 3, "7", operating_user())),
        ("make", ("churn", None, None, operating_user())),
        ("of_model", "churn"),
    ]
    page = tmp_path / "page.html"
    page.write_text("<p>ü</p>")
    trimtab.jobs.file = page
    out = tmp_path / "kept.html"
    assert client.save_result("j0b", out) == out
    assert out.read_text() == "<p>ü</p>"
    with pytest.raises(InvalidInput, match="check the path"):
        client.save_result("j0b", tmp_path / "no" / "such" / "folder.html")
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["kept.html", "page.html"]
    page.unlink()
    with pytest.raises(NotFound):
        client.save_result("j0b", out)


def test_a_page_made_from_rows_is_shut_in(trimtab: FakeTrimtab, tmp_path: Path) -> None:
    trimtab.jobs.file = tmp_path / "page.html"
    trimtab.jobs.file.write_text("<script>1</script>")
    trimtab.jobs.job = replace(JOB, subject='window 4 ("x\r\n../y")')
    app = create_app(cast("Trimtab", trimtab), token="t")
    with httpx.Client(transport=InProcess(app, closing=lambda: None), base_url="http://127.0.0.1") as reader:
        kept, shown = (
            reader.get("/api/v1/jobs/j0b/result", params=asked) for asked in ({}, {"show": "true"})
        )
    for answer in (kept, shown):
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["sandbox"] == "allow-scripts", "no origin, no forms, no pop-ups"
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'self'"
        assert "connect-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    name = 'filename="report-churn-window-4-x-..-y.html"'
    assert kept.headers["content-disposition"] == f"attachment; {name}"
    assert shown.headers["content-disposition"] == f"inline; {name}"


def test_a_candidate_with_rows_of_persons_is_for_those_who_train(
    trimtab: FakeTrimtab, client: Client, tmp_path: Path
) -> None:
    trimtab.jobs.file = tmp_path / "candidate.zip"
    trimtab.jobs.file.write_bytes(b"rows")
    trimtab.jobs.job = replace(JOB, kind="training")
    app = create_app(cast("Trimtab", trimtab), token="t")
    with httpx.Client(transport=InProcess(app, closing=lambda: None), base_url="http://127.0.0.1") as reader:
        answer = reader.get("/api/v1/jobs/j0b/result")
    assert (answer.status_code, b"rows" in answer.content) == (403, False)
    assert client.save_result("j0b", tmp_path / "kept.zip").read_bytes() == b"rows"


def test_the_report_command_waits_and_tells_how_it_ended(
    run: Any, trimtab: FakeTrimtab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.commands.jobs._PAUSE_S", 0)
    page = trimtab.jobs.file = tmp_path / "page.html"
    page.write_text("made")
    done = replace(JOB, status=JobStatus.DONE, share=1.0, step="", ended_at=AT, result="reports/a.html")
    trimtab.jobs.coming = [JOB, done]
    out = tmp_path / "kept.html"
    shown = run("report", "churn", "--window", "4", "--out", str(out))
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout == f"Report on window 4 of churn: {out}\n"
    assert " 40% Comparing columns …\n" in shown.stderr
    assert out.read_text() == "made"
    trimtab.jobs.coming = [replace(JOB, status=JobStatus.FAILED, error="It took too long.")]
    failed = run("report", "churn")
    assert failed.exit_code == 3
    assert "It took too long." in failed.stderr


def test_interrupting_the_report_command_cancels_it(
    run: Any, trimtab: FakeTrimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.commands.jobs.time.sleep", interrupted)
    assert run("report", "churn").exit_code == 130
    assert trimtab.jobs.asked == [("cancel", ("j0b", operating_user()))]


def test_what_a_job_prints_can_be_read(client: Client, run: Any) -> None:
    assert client.job_log("j0b") == ["epoch 1", "epoch 2"]
    assert client.job_log("j0b", lines=1) == ["epoch 2"]
    assert run("jobs", "j0b", "--log").stdout == "epoch 1\nepoch 2\n"
    assert json.loads(run("jobs", "j0b", "--log", "--json").stdout) == ["epoch 1", "epoch 2"]
    assert run("jobs", "--log").exit_code == 2
    with pytest.raises(NotFound):
        client.job_log("nope")
