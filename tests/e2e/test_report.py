"""A report from the button to the file: in a browser, over the command line, and across control's death."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_pages_browser import settled
from tests.e2e.test_processes import TRIMTAB, Running, command_of, trimtab, up, wait_for
from tests.loans import SPEC, rows

pytestmark = pytest.mark.slow
PATIENCE_S = 150


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loans over two judged days, one of them without labels; a category of it is hostile."""
    folder = tmp_path_factory.mktemp("report")
    workspace = folder / "w"
    trimtab(workspace, "init", folder=folder)
    (folder / "spec.yaml").write_text(SPEC)
    pq.write_table(rows(-4, 4, n=150), folder / "reference.parquet")
    trimtab(workspace, "watch", folder / "spec.yaml", "--reference", folder / "reference.parquet")
    for day in range(3):
        table = rows(day, 1, n=150, shift=0.5, labels=day != 1)
        at = table.column_names.index("channel")
        hostile = ["<img src=x onerror=alert(1)>", *table["channel"].to_pylist()[1:]]
        pq.write_table(table.set_column(at, "channel", [hostile]), folder / f"{day}.parquet")
        trimtab(workspace, "ingest", "loans", folder / f"{day}.parquet")
    trimtab(workspace, "monitor")
    return workspace


@dataclass
class Visit:
    """A page of the running dashboard, what it asked of whom, and what it complained about."""

    page: Page
    strangers: list[str]
    complaints: list[str]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": 1400, "height": 2400}, accept_downloads=True)
    strangers: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on(
        "request",
        lambda asked: (
            None
            if re.match(r"(data|blob):|https?://127\.0\.0\.1[:/]", asked.url)
            else strangers.append(asked.url)
        ),
    )
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    yield Visit(page=page, strangers=strangers, complaints=complaints)
    context.close()


@pytest.mark.browser
def test_press_the_button_watch_it_look_at_it_keep_it(workspace: Path, visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    with up(workspace) as running:
        page.goto(f"{running.address}/model?model=loans&tab=Drift")
        settled(page)
        page.get_by_role("button", name="Make report").click()
        expect(page.get_by_text("▶ Running")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel report")).to_be_visible()
        expect(page.get_by_text("● Done")).to_be_visible(timeout=PATIENCE_S * 1000)
        assert "report=" in page.url, "the link leads to the report"

        frame = page.frame_locator("iframe[title^='Evidently']")
        expect(frame.get_by_role("heading", name="loans: window against reference")).to_be_visible()
        expect(frame.get_by_text("the two may disagree")).to_be_visible()
        expect(frame.get_by_text("Dataset Drift", exact=False).first).to_be_visible(timeout=60_000)
        inside = page.frames[-1]
        assert inside.evaluate("() => window.origin") == "null", "shut in: it belongs to no origin"

        with page.expect_download() as saving:
            page.get_by_role("link", name="Download report").click()
        saved = saving.value
        assert saved.suggested_filename.startswith("report-loans-window-2")
        saved.save_as(tmp_path / "kept.html")
        assert "window against reference" in (tmp_path / "kept.html").read_text()

        page.reload()
        settled(page)
        expect(
            page.frame_locator("iframe[title^='Evidently']").get_by_text("the two may disagree")
        ).to_be_visible()
        page.get_by_role("button", name="Hide report").click()
        expect(page.locator("iframe[title^='Evidently']")).to_have_count(0)
        # The file alone, from the disk, reaches nobody either.
        page.goto((tmp_path / "kept.html").as_uri())
        expect(page.get_by_text("Dataset Drift", exact=False).first).to_be_visible(timeout=60_000)
    assert [url for url in visit.strangers if not url.startswith("file:")] == []
    assert visit.complaints == []


def test_the_command_waits_and_writes_the_file(workspace: Path, tmp_path: Path) -> None:
    """In process: nobody serves the workspace."""
    out = tmp_path / "report.html"
    done = subprocess.run(
        [
            *TRIMTAB,
            "report",
            "loans",
            "--window",
            "1",
            "--out",
            str(out),
            "--workspace",
            str(workspace),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)
    assert (job["status"], job["about"]["window"]) == ("done", "1")
    # The command looks twice a second, and a step may be shorter than that.
    assert re.search(r"(Comparing|Summarising) columns", done.stderr)
    assert "Performance: the window or the reference holds no labels" in out.read_text()
    (listed,) = trimtab(workspace, "jobs", job["id"])
    assert listed["result"] == job["result"]
    assert (workspace / job["result"]).read_bytes() == out.read_bytes()


def test_control_killed_in_the_middle_of_a_report(workspace: Path) -> None:
    with up(workspace) as running:
        job = ask(running, "models/loans/reports?window=0")
        child = child_of(running, job["id"])
        running.child("core.server.control").send_signal(signal.SIGKILL)
        wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, seconds=10)
        folder = workspace / "reports"
        assert not list(folder.rglob(f"{job['id']}*")), "no half report"
        wait_for(lambda: seen(running, job["id"]).get("status") in {"done", "failed"}, seconds=PATIENCE_S)
        found = seen(running, job["id"])
        assert (found["status"], found["attempt"], found["error"]) == ("done", 2, None)
        assert len(list(folder.rglob(f"{job['id']}.html"))) == 1
    assert list((workspace / "spool" / "jobs").glob("*")) == []


def test_an_orderly_end_leaves_the_report_for_the_next_start(workspace: Path) -> None:
    with up(workspace) as running:
        job = ask(running, "models/loans/reports?window=0&version=1")
        child = child_of(running, job["id"])
    assert not child.is_running()
    (waiting,) = trimtab(workspace, "jobs", job["id"])
    assert (waiting["status"], waiting["attempt"]) == ("queued", 0)
    assert trimtab(workspace, "cancel", job["id"])["status"] == "cancelled"


def ask(running: Running, path: str) -> Any:
    note = running.note
    answer = httpx.post(
        f"{note['address']}/api/v1/{path}", headers={"Authorization": f"Bearer {note['token']}"}, timeout=60
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


def seen(running: Running, job: str) -> Any:
    """The job as the dashboard's address gives it, nothing while control is being started again."""
    answer = httpx.get(f"{running.address}/api/v1/jobs/{job}", timeout=60)
    return answer.json() if answer.status_code == 200 else {}


def child_of(running: Running, job: str) -> psutil.Process:
    """The child that does a job, once it has begun."""
    found: list[psutil.Process] = []

    def appears() -> bool:
        below = psutil.Process(running.process.pid).children(recursive=True)
        found[:] = [one for one in below if any(job in part for part in command_of(one))]
        return bool(found) and seen(running, job).get("status") == "running"

    wait_for(appears)
    return found[0]
