"""The lineage in a real browser: a click traces, a fold opens, keys do the same, and the link keeps it."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_pages_browser import Open, Serve, serve, visit  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_lineage_is_traced_by_mouse_and_by_keys(serve: Serve, visit: Open) -> None:  # noqa: F811
    page = visit(serve("4 120") + "/lineage?model=lending&hops=all")
    cards = page.locator("g.card")
    expect(cards).to_have_count(49, timeout=30_000)

    # A click traces at once; the details and the link follow.
    page.locator('g.card[aria-label^="Dataset"]').first.click()
    page.wait_for_url("**focus=dataset%3A**", timeout=30_000)
    expect(page.get_by_text("Data set versions · dataset")).to_be_visible(timeout=30_000)
    expect(page.locator("g.card.picked")).to_have_count(1)
    traced = page.locator("g.card.traced")
    assert 2 < traced.count() < 49
    assert page.locator("path.path.traced").count() >= 2
    expect(page.get_by_text("1 live model comes of it")).to_be_visible()

    # Escape lets go, and takes it out of the link.
    page.locator("g.card.picked").press("Escape")
    page.wait_for_url(lambda url: "focus=" not in url, timeout=30_000)
    expect(traced).to_have_count(0)

    # Keys: right to a neighbour in the next layer, Enter picks it. The focus stays on it.
    first = cards.first
    first.focus()
    first.press("ArrowRight")
    assert "Feature " in str(page.evaluate(FOCUSED))
    page.keyboard.press("Enter")
    page.wait_for_url("**focus=feature%3A**", timeout=30_000)
    expect(page.locator("g.card.picked")).to_have_count(1)
    assert "Feature " in str(page.evaluate(FOCUSED))

    # A fold opens by a click, is in the link, and folds again.
    page.get_by_role("button", name="Sources: 11 more cards").click()
    page.wait_for_url("**open=0**", timeout=30_000)
    expect(cards).to_have_count(49 + 11, timeout=30_000)
    page.get_by_role("button", name="Sources: show fewer").press("Enter")
    expect(cards).to_have_count(49, timeout=30_000)
    assert "open=" not in page.url


FOCUSED = """() => {
  let one = document.activeElement;
  while (one.shadowRoot) one = one.shadowRoot.activeElement;
  return one.getAttribute("aria-label");
}"""
