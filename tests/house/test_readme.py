"""What the README promises is what CI runs and what the command line knows."""

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from core.cli import main
from core.logs.spec_file import parse_spec
from tests.house.project import ROOT, name_of, tracked

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"<!-- command: (\w+) -->\n+```sh\n(.+?)\n```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def commands() -> dict[str, str]:
    return dict(COMMAND.findall(README))


def test_there_are_two_commands_and_each_is_one_line() -> None:
    assert set(commands()) == {"demo", "test"}
    assert all("\n" not in command for command in commands().values())


def test_the_commands_need_nothing_but_python() -> None:
    for command in commands().values():
        programs = {part.split()[0] for part in command.split("&&")}
        assert programs <= {"python3", ".venv/bin/pip", ".venv/bin/trimtab", ".venv/bin/pytest"}
        assert "-c constraints.txt" in command


def test_ci_runs_the_test_command_as_it_stands() -> None:
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extraction = re.search(r"^command=\$\((sed .+)\)$", run, re.MULTILINE)
    assert extraction is not None
    said = subprocess.run(
        ["bash", "-c", extraction.group(1)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == commands()["test"]


def test_the_test_command_leaves_out_what_is_slow() -> None:
    assert '-m "not slow"' in commands()["test"]


@pytest.mark.parametrize("document", [path for path in tracked() if path.suffix == ".md"], ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    missing = [target for target in LINK.findall(text) if not (document.parent / target).exists()]
    assert not missing


def test_the_changelog_tells_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [heading for heading in headings if heading != "Unreleased"]
    assert headings[0] in {"Unreleased", released[0]}
    assert released[0] == project["version"]


def test_architecture_is_one_page() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90


def test_every_command_that_the_documents_show_exists() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    shown = re.findall(r"^trimtab ([a-z]+)(.*)$|`trimtab ([a-z]+)([^`]*)`", text, re.MULTILINE)
    assert shown
    for name, rest in [(a or c, b or d) for a, b, c, d in shown]:
        command = main.get_command(click.Context(main), name)
        assert command is not None, f"trimtab {name}"
        if isinstance(command, click.Group):
            (word, *_) = rest.split() or [""]
            command = command.get_command(click.Context(command), word)
            assert command is not None, f"trimtab {name}{rest}"
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, f"trimtab {name}{rest}"


def test_the_tour_s_spec_is_valid() -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", README, re.DOTALL)
    assert parse_spec(example).model == "loans"
