"""The list of acceptance cases that hold only grows."""

import subprocess

import pytest

from tests.house.project import ROOT

LIST = ROOT / ".ci" / "acceptance"


def cases(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")}


def test_no_case_ever_left_the_list() -> None:
    log = ["git", "-C", str(ROOT), "log", "--format=", "--patch", "--unified=0", "--", ".ci/acceptance"]
    history = subprocess.run(log, capture_output=True, text=True, check=False)
    if history.returncode != 0:
        pytest.skip("no history here")
    removed = [line[1:] for line in history.stdout.splitlines() if line.startswith("-")]
    once = {name for name in cases("\n".join(removed)) if not name.startswith("--")}
    assert not once - cases(LIST.read_text(encoding="utf-8"))


def test_listed_cases_exist() -> None:
    folder = ROOT.parent / "shared" / "acceptance" / "cases"
    if not folder.is_dir():
        pytest.skip("the acceptance cases (../shared/acceptance) are not on this machine")
    assert cases(LIST.read_text(encoding="utf-8")) <= {path.stem for path in folder.glob("*.json")}
