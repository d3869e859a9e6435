"""The demo's decisions, by clicking, on real processes: made fairer, trained anew, rolled back.

Lending: unlike groups → what treating them alike would cost → a candidate that does. Then incident → why →
retrain → gates → promote → recovery. Readmission: preview → roll back → undo.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.built_demo import demo_copy
from tests.e2e.test_emergency import run
from tests.e2e.test_pages_browser import settled
from tests.e2e.test_processes import Running, up

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A served demo."""
    workspace, _ = demo_copy(tmp_path_factory)
    with up(workspace.root) as running:
        yield running


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1280, "height": 1000})
    yield opened
    opened.close()


def test_lending_can_be_made_fairer_at_a_stated_cost(demo: Running, page: Page) -> None:
    page.goto(f"{demo.address}/fairness?model=lending&attribute=age_band")
    settled(page)
    expect(page.get_by_text("Outside the band: under 25.").first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Try mitigations").click()
    expect(page.get_by_text("less than fitting anew alone").first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Train this candidate").click()
    question = "Train a candidate of lending by this recipe?"
    decide(page, question, model="lending", reason="under 25", verb="Train candidate")
    expect(page.get_by_text("v4 is registered as challenger of lending").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    # Asked for again on the same rows the trial is the same one.
    tried = run(demo.workspace, "mitigate", "lending", "--by", "age_band")
    fair = [one["recipe"] for one in tried["points"] if one["can_be_chosen"] and one["ratio"]["low"] >= 0.80]
    assert fair
    standing = run(demo.workspace, "gate", "lending", "4", "--no-validate")
    (parity,) = [gate for gate in standing["gates"] if gate["feature"] == "age_band"]
    assert (parity["status"], parity["value"] > 0.05) == ("PASS", True)


def test_lending_is_trained_anew_promoted_and_recovers(demo: Running, page: Page) -> None:
    visit(demo, page, "lending")
    expect(page.get_by_text("Critical").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("channel = partner").first).to_be_visible(timeout=PATIENCE_MS)

    page.get_by_role("button", name="Retrain").click()
    decide(page, "Retrain lending?", model="lending", reason="a new channel", verb="Retrain")
    expect(page.get_by_text("passes all").first).to_be_visible(timeout=PATIENCE_MS)

    visit(demo, page, "lending")
    page.get_by_role("button", name="Promote v5").click()
    gates = page.get_by_role("dialog").get_by_text("gates pass")
    expect(gates).to_be_visible(timeout=PATIENCE_MS)
    gates.click()
    for gate in ("ranking kept", "parity kept", "files"):
        expect(page.get_by_role("dialog").get_by_text(gate).first).to_be_visible(timeout=PATIENCE_MS)
    decide(page, "Promote v5?", model="lending", reason="it knows the channel", verb="Promote")
    expect(page.get_by_text("Promote lending from v2 to v5: alias moved").first).to_be_visible(
        timeout=PATIENCE_MS
    )

    next_days(demo.workspace, 15)
    visit(demo, page, "lending")
    expect(page.get_by_text("champion v5").first).to_be_visible(timeout=PATIENCE_MS)
    incidents = [one for one in run(demo.workspace, "incidents") if one["model"] == "lending"]
    performance = [one for one in incidents if one["rule"] == "performance"]
    assert {one["status"] for one in performance} == {"resolved"}
    (asked,) = [
        one
        for one in run(demo.workspace, "verdicts", "lending", "--since", "2026-11-10")
        if (one["metric"], one["estimated"], one["window"]["index"]) == ("roc_auc", True, 26)
        and not one["segment"]
    ]
    assert (asked["version"], asked["status"]) == ("5", "PASS")
    stays = run(demo.workspace, "history", "lending", "--alias", "champion")
    assert [one["version"] for one in stays] == ["1", "2", "5"]
    assert stays[-1]["reason"] == "it knows the channel"
    assert run(demo.workspace, "ledger", "verify")["ok"]


def test_an_incident_says_for_whom_readmission_became_worse(demo: Running, page: Page) -> None:
    page.goto(f"{demo.address}/activity?model=readmission")
    settled(page)
    groups = page.get_by_role("link", name="Show the groups")
    links = [one.get_attribute("href") or "" for one in groups.all()]
    at = next(i for i, link in enumerate(links) if "false_negative_rate" in link and "insurance" in link)
    groups.nth(at).click()
    page.wait_for_url("**/fairness?**measure=false_negative_rate**", timeout=PATIENCE_MS)
    expect(page.get_by_text("False negative rate by insurance").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Fail").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("highest for public").first).to_be_visible(timeout=PATIENCE_MS)


def test_readmission_is_rolled_back_and_that_undone(demo: Running, page: Page) -> None:
    visit(demo, page, "readmission")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("dialog").get_by_text("logged values differ")).to_be_visible(timeout=PATIENCE_MS)
    decide(page, "Roll back to v1?", model="readmission", reason="it burns", verb="Roll back")
    expect(page.get_by_text("Roll back readmission from v2 to v1: alias moved").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.get_by_role("button", name="Undo: back to v2").click()
    decide(page, "Roll back to v2?", model="readmission", reason="it did not", verb="Roll back")
    expect(page.get_by_text("Roll back readmission from v1 to v2: alias moved").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    stays = run(demo.workspace, "history", "readmission", "--alias", "champion")
    assert [(one["version"], one["kind"], one["reason"]) for one in stays[2:]] == [
        ("1", "roll_back", "it burns"),
        ("2", "roll_back", "it did not"),
    ]
    assert run(demo.workspace, "ledger", "verify")["ok"]


def visit(demo: Running, page: Page, model: str) -> None:
    page.goto(f"{demo.address}/model?model={model}")
    settled(page)


def decide(page: Page, question: str, *, model: str, reason: str, verb: str) -> None:
    """Give a reason, type the model's name, and confirm."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(question, timeout=PATIENCE_MS)
    dialog.get_by_label("Reason (required)").fill(reason)
    name = dialog.get_by_label(f"Type {model} to confirm")
    name.fill(model)
    name.press("Enter")
    confirm = dialog.get_by_role("button", name=verb, exact=True)
    expect(confirm).to_be_enabled(timeout=PATIENCE_MS)
    confirm.click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)


def next_days(workspace: Path, n: int) -> None:
    """Let the demo's production go on, answered by whoever is champion now."""
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", "demo", "--next", str(n), "--workspace", str(workspace), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["answered_by"]["lending"] == "5"
