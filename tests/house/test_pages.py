"""Every page is tested where pages break first: on a workspace that holds nothing yet."""

import inspect

from tests.app import test_pages
from tests.e2e import test_pages_browser
from tests.house.project import ROOT

PAGES = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}


def pages_under(words: str) -> set[str]:
    """The pages for which a test with these words in its name is run."""
    found: set[str] = set()
    for name, test in inspect.getmembers(test_pages, inspect.isfunction):
        if words in name:
            for mark in getattr(test, "pytestmark", []):
                if mark.name == "parametrize" and mark.args[0] == "page":
                    found |= set(mark.args[1])
    return found


def test_every_page_has_an_empty_workspace_test() -> None:
    assert pages_under("an_empty_workspace") == PAGES


def test_every_page_is_tested_without_control() -> None:
    assert pages_under("without_control") == PAGES


def test_every_page_is_opened_cold_by_its_link() -> None:
    addresses = {link.partition("?")[0].strip("/") or "fleet" for link in test_pages_browser.PAGES}
    assert addresses == PAGES
