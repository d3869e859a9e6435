"""How long until the Lineage page is drawn, in a real browser, where thousands of objects are on record?

    python -m tests.bench.lineage_bench [--nodes 5000] [--runs 3000] [--workspace DIR]

The demo's four models, a warehouse that OpenLineage events tell of, and runs that were tried beside the
versions; control and one pane serve them. From the start of the navigation until nothing is added to the
drawing any more, by the browser's own clock: cold is a new browser with nothing cached; changed is the same
right after an event that changes the graph, which is therefore made anew; warm is a browser that was there
before; clicked is from the click that leads there in a page that stands. The median of five of each. A
workspace that is named is kept, and used again where it is filled.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from core.client import Client, connect
from core.config import Workspace, create_workspace
from core.demo.build import build_demo
from core.store import StateStore
from tests.bench import document, wide_warehouse
from tests.bench.measured import ROOT
from tests.conftest import CHROMIUM_FLAGS

ASKED_S, TIMES = 1.5, 5
QUIET_MS = 700
VIEWPORT: ViewportSize = {"width": 1400, "height": 1000}
BATCH = 400
PAGES = {
    "a page without lineage, for comparison": "/review",
    "nothing chosen": "/lineage",
    "a model, one link": "/lineage?model=lending",
    "a model, all links": "/lineage?model=lending&hops=all",
    "a model, all links, every fold open": "/lineage?model=lending&hops=all&open=0,1,2,3,4,5,6",
    "which live models used a table": "/lineage?impact=made.t0000&hops=all",
}
# Where the same page is one click away from another: from where, and what is clicked there.
NAVIGATION = '[data-testid="stTopNavLink"]:has-text("Lineage")'
CLICKS = {
    "/lineage": ("/review", NAVIGATION),
    "/lineage?model=lending": ("/model?model=lending", NAVIGATION),
    "/lineage?model=lending&hops=all": ("/lineage?model=lending", '[role="radio"]:has-text("All")'),
}
# What is in the page at each frame: cards; where there are none, everything. The last change is what counts.
WATCHING = """
let told = '';
const look = () => {
  const main = document.querySelector('[data-testid="stMain"]');
  const hosts = document.querySelectorAll('[data-testid="stBidiComponentIsolated"]');
  const root = [...hosts].find((one) => one.shadowRoot)?.shadowRoot;
  const cards = root?.querySelectorAll('g.card').length ?? 0;
  const now = cards ? `${cards} cards` : `${main?.querySelectorAll('*').length ?? 0} elements`;
  if (now !== told) {
    told = now;
    window.drawn = { at: performance.now(), cards, title: main?.querySelector('h1') !== null };
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How long one page took, in seconds, and how many cards it drew."""

    taken_s: float
    cards: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--workspace", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.at(asked.workspace or Path(folder) / "workspace")
        if not workspace.state.exists():
            _fill(workspace, asked.runs)
        with _served(workspace) as (address, client):
            load = os.getloadavg()[0]
            n_objects, n_links = _grown(client, asked.nodes)
            lines = list(_lines(address, client))
    said = document.made_by("tests.bench.lineage_bench", ("streamlit", "playwright"))
    facts = f"{n_objects:,} objects and {n_links:,} links on record, {asked.runs:,} runs more."
    facts += f" Load of the machine before the first page: {load:.1f}."
    header = ("", "cards", "changed, s", "cold, s", "warm, s", "clicked, s", "asked, s")
    document.write("lineage", f"{said}\n\n{facts}\n\n{document.table(header, lines)}")
    return 0


def _fill(workspace: Workspace, n_runs: int) -> None:
    """Build the demo, and put more runs beside those of its versions, as they would have been read."""
    create_workspace(workspace, {})
    with connect(workspace, what="bench") as client:
        build_demo(client, workspace, seed=2, as_of=datetime.now(UTC).date(), fleet=3)
    state = StateStore.open(workspace.state)
    known = [one for one in state.lineage.runs.every() if one.inputs]
    more = [
        replace(known[number % len(known)], run_id=f"{number:032x}", name=f"tried-{number}", models=())
        for number in range(n_runs)
    ]
    state.lineage.runs.put(more, at=datetime.now(UTC))
    state.close()


def _grown(client: Client, n_nodes: int) -> tuple[int, int]:
    """Send events until the graph has that many objects; return how many objects and links it has."""
    graph = json.loads(client.lineage())
    runs = [one["id"].rpartition("/")[2] for one in graph["nodes"] if one["kind"] == "run" and one["name"]]
    events = list(wide_warehouse.events(n_nodes // 6, runs, at=datetime.now(UTC) - timedelta(days=1)))
    for first in range(0, len(events), BATCH):
        client.send_lineage(events[first : first + BATCH])
    graph = json.loads(client.lineage())
    # Each of these is a job and a table: what the warehouse comes short of.
    short = range((n_nodes - len(graph["nodes"]) + 1) // 2)
    if short:
        now = datetime.now(UTC)
        client.send_lineage([wide_warehouse.changed(time.time_ns() + one, now) for one in short])
        graph = json.loads(client.lineage())
    return len(graph["nodes"]), len(graph["edges"])


def _lines(address: str, client: Client) -> Iterator[Sequence[str]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(args=list(CHROMIUM_FLAGS), executable_path=_chromium())
        for page, path in PAGES.items():
            changed, cold, warm = _timed(browser, f"{address}{path}", client)
            yield (
                page,
                f"{warm[-1].cards}",
                _median(changed),
                _median(cold),
                _median(warm),
                _median(_clicked(browser, address, *CLICKS[path])) if path in CLICKS else "",
                "" if "lineage" not in path else f"≤ {ASKED_S}",
            )
        browser.close()


def _timed(browser: Browser, address: str, client: Client) -> tuple[list[Drawn], list[Drawn], list[Drawn]]:
    changed, cold = [], []
    for _ in range(TIMES):
        client.send_lineage([wide_warehouse.changed(time.time_ns(), datetime.now(UTC))])
        for found in (changed, cold):
            with browser.new_context(viewport=VIEWPORT) as context:
                found.append(_drawn(context, address))
    with browser.new_context(viewport=VIEWPORT) as context:
        _drawn(context, address)
        warm = [_drawn(context, address) for _ in range(TIMES)]
    return changed, cold, warm


def _drawn(context: BrowserContext, address: str) -> Drawn:
    """Open a page and wait until nothing was added to it for a while."""
    page = _opened(context, address)
    drawn = _standing(page)
    page.close()
    return drawn


def _clicked(browser: Browser, address: str, start: str, what: str) -> list[Drawn]:
    """Click in a page that stands, and wait until nothing is added to the one that it leads to."""
    taken = []
    with browser.new_context(viewport=VIEWPORT) as context:
        for _ in range(TIMES):
            page = _opened(context, f"{address}{start}")
            _standing(page)
            button = page.locator(what)
            clicked = button.evaluate("one => { const at = performance.now(); one.click(); return at }")
            drawn = _standing(page)
            taken.append(replace(drawn, taken_s=drawn.taken_s - clicked / 1000))
            page.close()
    return taken


def _opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.add_init_script(WATCHING)
    page.goto(address)
    return page


def _standing(page: Page) -> Drawn:
    """Wait until nothing was added for a while; the seconds are from the start of the navigation."""
    before, told = None, page.evaluate("window.drawn")
    while before != told or not told["title"]:
        page.wait_for_timeout(QUIET_MS)
        before, told = told, page.evaluate("window.drawn")
    return Drawn(taken_s=told["at"] / 1000, cards=told["cards"])


def _median(taken: Sequence[Drawn]) -> str:
    return document.seconds(median(one.taken_s for one in taken))


@contextmanager
def _served(workspace: Workspace) -> Iterator[tuple[str, Client]]:
    """Serve a workspace by control and one pane; yield the pane's address and a client."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "core.cli", "up", "--no-browser", "--port", str(port)]
    log = workspace.root / "bench.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--workspace", str(workspace.root)], cwd=ROOT, stdout=output, stderr=output
        )
        try:
            _ready(f"http://127.0.0.1:{port}", process, log)
            with connect(workspace, what="bench") as client:
                yield f"http://127.0.0.1:{port}", client
        finally:
            process.terminate()
            process.wait(60)


def _ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            urlopen(f"{address}/readyz", timeout=5).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise RuntimeError(log.read_text(encoding="utf-8"))


def _chromium() -> str:
    return next(one for one in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if one)


if __name__ == "__main__":
    sys.exit(main())
