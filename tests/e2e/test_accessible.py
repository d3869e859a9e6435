"""axe-core finds nothing to complain of: every page, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.e2e.test_pages_browser import PAGES, Serve, serve, settled

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["serve"]

# Streamlit's own, which cannot be named from outside: points of the small charts in its metric cards.
ALLOWED = {"svg-img-alt": "role-mark metric_chart_"}
# From light to dark in steps, of which none is what anybody reads.
AT_ONCE = "*, *::before, *::after { transition: none !important }"
# Its sign of a run in progress, with a button of its own colours, comes and goes.
OUTSIDE = {"exclude": [["[data-testid=stStatusWidget]"]]}


def complaints(found: dict[str, list[dict[str, object]]]) -> list[str]:
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]  # type: ignore[attr-defined]
        if ALLOWED.get(str(rule["id"]), "nothing") not in node["html"]
    ]


def test_every_page_is_accessible(serve: Serve, chromium: Browser) -> None:
    address, axe = serve("4"), Axe()
    context = chromium.new_context(viewport={"width": 1400, "height": 1600})
    found = []
    for path in PAGES:
        page = context.new_page()
        page.goto(address + path)
        settled(page)
        page.add_style_tag(content=AT_ONCE)
        found += [f"{path}: {one}" for one in complaints(axe.run(page, OUTSIDE).response)]
        page.emulate_media(color_scheme="dark")
        settled(page)
        dark = axe.run(page, OUTSIDE, {"runOnly": ["color-contrast"]}).response
        found += [f"{path} in the dark: {one}" for one in complaints(dark)]
        page.close()
    context.close()
    assert not found, "\n".join(found)
