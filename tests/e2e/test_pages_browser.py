"""Pages in a real browser: cold deep links, links that keep what was chosen, nothing from outside."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
WIDE = {"width": 1600, "height": 2200}
PAGES = {
    "/": "Fleet",
    "/model?model=lending": "lending",
    "/model?model=lending&tab=Drift": "lending",
    "/drift?model=lending&feature=channel&window=80": "Drift",
    "/fairness?model=lending&attribute=sex&measure=selection_rate&window=80": "Fairness",
    "/lineage?model=lending&focus=dataset%3Atrain+2026-11&hops=all": "Lineage",
    "/activity": "Activity",
    "/governance?model=lending": "Governance",
    "/review?review=r1&item=1": "Model review, 18 November 2026",
}

Serve = Callable[[str], str]
Open = Callable[[str], Page]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a pane over made views and return its address; nobody has visited it yet."""
    running: list[subprocess.Popen[bytes]] = []

    def started(fleet: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        with (tmp_path / "pane.log").open("wb") as log:
            command = [sys.executable, "-m", "tests.app.pane_server", str(port), *fleet.split()]
            running.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))
        address, end = f"http://127.0.0.1:{port}", monotonic() + 60
        while monotonic() < end:
            assert running[-1].poll() is None, (tmp_path / "pane.log").read_text()
            try:
                urlopen(f"{address}/_stcore/health", timeout=5).close()
            except OSError:
                sleep(0.2)
            else:
                return address
        raise AssertionError((tmp_path / "pane.log").read_text())

    yield started
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Open]:
    """Open an address and wait until the page stands; a request to anywhere else fails the test.

    So does one to where the server is not: below a page's address.
    """
    strangers: list[str] = []
    context = chromium.new_context(viewport=WIDE)  # type: ignore[arg-type]

    def opened(address: str) -> Page:
        page = context.new_page()
        host = address.split("/")[2]
        page.on("request", lambda request: _is_local(request.url, host) or strangers.append(request.url))
        page.goto(address)
        settled(page)
        return page

    yield opened
    context.close()
    assert not strangers


def _is_local(url: str, host: str) -> bool:
    if url.startswith(("data:", "blob:")):
        return True
    _, _, found, *path = url.split("/")
    return found == host and "_stcore" not in path[1:]


def settled(page: Page) -> None:
    """Wait for a heading, and for no skeleton and no run in progress.

    Streamlit's visible sign of a run comes only after a while: it alone would miss short runs.
    """
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector('[data-test-script-state="notRunning"]', timeout=60_000)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=60_000)
    expect(page.locator('[data-testid="stStatusWidget"]')).to_have_count(0, timeout=60_000)


def test_a_cold_link_to_a_model_shows_it_and_its_navigation(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/model?model=lending")
    assert page.locator("h1").inner_text() == "lending"
    named = [text.split()[-1] for text in page.locator('[data-testid="stTopNavLink"]').all_inner_texts()]
    assert named == ["Fleet", "Model", "Drift", "Fairness", "Lineage", "Activity", "Governance", "Review"]
    expect(page.locator(".js-plotly-plot")).to_have_count(3)


@pytest.mark.slow
@pytest.mark.parametrize("link", PAGES)
def test_every_page_opens_cold_by_its_link(serve: Serve, visit: Open, link: str) -> None:
    page = visit(serve("40") + link)
    assert page.locator("h1").inner_text() == PAGES[link]
    assert page.locator('[data-testid="stTopNavLink"]').count() == 8
    assert page.locator('[data-testid="stException"]').count() == 0


@pytest.mark.slow
def test_a_link_to_what_is_not_there_leads_back(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/model?model=nope")
    page.get_by_role("button", name="Show all models").click()
    expect(page.locator("h1")).to_have_text("Fleet", timeout=30_000)


@pytest.mark.slow
def test_without_control_every_page_says_so(serve: Serve, visit: Open) -> None:
    address = serve("down")
    for link, title in (("/", "Fleet"), ("/model?model=lending", "Model"), ("/drift", "Drift")):
        page = visit(address + link)
        assert page.locator("h1").inner_text() == title
        expect(page.get_by_text("Nothing was changed.")).to_be_visible()


@pytest.mark.slow
def test_filters_are_in_the_link_and_a_row_opens_its_model(serve: Serve, visit: Open) -> None:
    page = visit(serve("40") + "/")
    page.locator('[data-testid="stButtonGroup"] button', has_text="Watch").click()
    page.wait_for_url("**/?status=Watch")
    settled(page)
    table = page.locator('[data-testid="stDataFrame"]')
    # The table is a canvas: nothing in the page says when its cells are drawn and listen.
    for _ in range(10):
        if "/model?model=" not in page.url:
            box = table.bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + 60, box["y"] + 37 + 18)
            page.wait_for_timeout(3_000)
    page.wait_for_url("**/model?model=*", timeout=30_000)


@pytest.mark.slow
def test_a_cell_of_the_heatmap_shows_its_distribution(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/drift?model=lending")
    plot = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert plot is not None
    page.mouse.click(plot["x"] + plot["width"] * 0.5, plot["y"] + plot["height"] * 0.29)
    page.wait_for_url("**feature=channel**", timeout=30_000)
    expect(page.get_by_role("heading", name="channel: reference and current")).to_be_visible()


@pytest.mark.slow
def test_an_incident_leads_to_the_groups_behind_it(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/activity")
    page.get_by_role("link", name="Show the groups").first.click()
    page.wait_for_url(
        "**/fairness?model=lending&attribute=age_band&measure=false_negative_rate**", timeout=30_000
    )
    expect(page.get_by_role("heading", name="Ratio to the reference group")).to_be_visible(timeout=30_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(5, timeout=30_000)


@pytest.mark.slow
def test_the_model_goes_along_to_the_next_page(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/model?model=readmission")
    page.locator('[data-testid="stTopNavLink"]', has_text="Drift").click()
    page.wait_for_url("**/drift?model=readmission", timeout=30_000)


@pytest.mark.slow
def test_a_window_picked_on_the_segments_tab_is_in_the_link(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/model?model=lending&tab=Segments")
    expect(page.get_by_role("heading", name="ROC AUC by segment, with 95 % interval")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.get_by_role("combobox", name="From").click()
    page.get_by_role("option").nth(2).click()
    page.wait_for_url("**from=6**", timeout=30_000)


@pytest.mark.slow
def test_a_roll_back_asks_shows_what_it_does_and_can_be_undone(serve: Serve, visit: Open) -> None:
    page = visit(serve("4") + "/model?model=lending")
    page.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Roll back to v14?", timeout=30_000)
    expect(dialog).to_contain_text("healthy for 28 windows in a row")
    confirm = dialog.get_by_role("button", name="Roll back")
    expect(confirm).to_be_disabled()
    dialog.get_by_label("Reason (required)").fill("label leakage in v17")
    dialog.get_by_label("Type lending to confirm").fill("lendin")
    dialog.get_by_label("Type lending to confirm").press("Enter")
    expect(confirm).to_be_disabled()
    dialog.get_by_label("Type lending to confirm").fill("lending")
    dialog.get_by_label("Type lending to confirm").press("Enter")
    expect(confirm).to_be_enabled(timeout=30_000)
    confirm.click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=30_000)
    expect(page.get_by_text("traffic still v17 (100 % of 1,204 rows)").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Undo: back to v17").click()
    expect(page.get_by_role("dialog")).to_contain_text("Roll back to v17?", timeout=30_000)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=30_000)
    assert "reason" not in page.url
    assert "confirm" not in page.url
