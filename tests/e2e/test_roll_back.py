"""A roll back by clicking, on real processes: preview, reason, receipt, undo, and all of it on record."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_emergency import champion, run, workspace
from tests.e2e.test_pages_browser import settled
from tests.e2e.test_processes import up

__all__ = ["workspace"]
PATIENCE_MS = 60_000


@pytest.mark.slow
@pytest.mark.browser
def test_a_promotion_is_rolled_back_and_undone_by_clicking(workspace: Path, chromium: Browser) -> None:
    with up(workspace) as running:
        run(workspace, "promote", "loans", "2", "--reason", "better")
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{running.address}/model?model=loans")
        settled(page)
        page.get_by_role("button", name="Roll back").click()
        decide(page, "Roll back to v1?", reason="it burns")
        expect(page.get_by_text("Roll back loans from v2 to v1: alias moved").first).to_be_visible(
            timeout=PATIENCE_MS
        )
        assert champion(workspace) == "1"
        page.get_by_role("button", name="Undo: back to v2").click()
        decide(page, "Roll back to v2?", reason="it did not")
        expect(page.get_by_text("Roll back loans from v1 to v2: alias moved").first).to_be_visible(
            timeout=PATIENCE_MS
        )
        assert champion(workspace) == "2"
        page.close()
        stays = run(workspace, "history", "loans", "--alias", "champion")
        assert run(workspace, "ledger", "verify")["ok"]
    assert [(one["version"], one["kind"], one["reason"]) for one in stays[1:]] == [
        ("2", "promote", "better"),
        ("1", "roll_back", "it burns"),
        ("2", "roll_back", "it did not"),
    ]


def decide(page: Page, question: str, *, reason: str) -> None:
    """Give a reason, type the model's name, and confirm."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(question, timeout=PATIENCE_MS)
    dialog.get_by_label("Reason (required)").fill(reason)
    name = dialog.get_by_label("Type loans to confirm")
    name.fill("loans")
    name.press("Enter")
    confirm = dialog.get_by_role("button", name="Roll back")
    expect(confirm).to_be_enabled(timeout=PATIENCE_MS)
    confirm.click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
