"""The tail decides whether code is pleasant: no file, page or function grows past its limit.

Functions and complexity are ruff's part (PLR0915, C901); that they are switched on is checked here.
"""

import ast
from pathlib import Path

import pytest

from tests.house.project import PACKAGES, name_of, settings, sources, tree

MOST_LINES = 400
MOST_LINES_OF_A_PAGE = 80
NOT_A_NAME = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {name_of(path): lines(path) for path in sources(*PACKAGES, "tests") if lines(path) > MOST_LINES}
    assert not long, f"longer than {MOST_LINES} lines: split by what is being said"


def test_pages_only_read_show_and_ask() -> None:
    long = {name_of(path): lines(path) for path in sources("pages") if lines(path) > MOST_LINES_OF_A_PAGE}
    assert not long, f"longer than {MOST_LINES_OF_A_PAGE} lines: what a page draws is a component"


def test_ruff_keeps_functions_short_and_documented() -> None:
    ruff = settings()["tool"]["ruff"]
    assert isinstance(ruff, dict)
    lint = ruff["lint"]
    assert {"BLE", "C90", "D", "PL", "T20"} <= set(lint["select"])
    assert lint["mccabe"]["max-complexity"] <= 10
    assert lint["pylint"]["max-statements"] <= 40
    assert not any(pattern.startswith("core") and "D" in codes for pattern, codes in exceptions(lint))


def exceptions(lint: dict[str, dict[str, list[str]]]) -> list[tuple[str, list[str]]]:
    return list(lint["per-file-ignores"].items())


@pytest.mark.parametrize("name", sorted(NOT_A_NAME))
def test_no_drawer_for_everything(name: str) -> None:
    found = [name_of(path) for path in sources(*PACKAGES) if name in (path.stem, path.parent.name)]
    assert not found, "name a module by what it is about"


def test_no_class_is_a_manager() -> None:
    endings = ("Manager", "Helper", "Utils", "Util")
    found = [
        f"{name_of(path)}: {node.name}"
        for path in sources(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(endings)
    ]
    assert not found
