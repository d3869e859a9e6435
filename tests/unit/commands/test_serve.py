"""`trimtab demo` and `trimtab up`: what they fill, start and pass on."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.commands import serve as serving
from core.demo import build
from core.demo.build import Marker
from core.errors import Conflict


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), prog_name="trimtab")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    class Silent:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            return None

    def build_demo(_: object, workspace: object, **options: Any) -> None:
        options["progress"]("Training lending", 0.5)
        asked.append(options)

    monkeypatch.setattr("core.client.connect", lambda *_, **__: Silent())
    monkeypatch.setattr(build, "build_demo", build_demo)
    return asked


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    programs: list[list[str]] = []
    monkeypatch.setattr(serving.os, "execv", lambda _, arguments: programs.append(arguments))
    return programs


def test_demo_makes_a_workspace_fills_it_and_serves_it(
    tmp_path: Path, built: list[dict[str, Any]], started: list[list[str]]
) -> None:
    root = tmp_path / "w"
    done = run("demo", "--workspace", str(root), "--port", "9000", "--no-browser", "--fleet", "5")
    assert done.exit_code == 0, done.stderr
    assert (root / "trimtab.toml").exists()
    assert " 50% Training lending …" in done.stderr
    (options,) = built
    assert (options["seed"], options["as_of"], options["fleet"]) == (1, datetime.now(UTC).date(), 5)
    assert started == [
        [
            sys.executable,
            "-P",
            "-m",
            "core.cli",
            "up",
            "--workspace",
            str(root),
            "--port",
            "9000",
            "--no-browser",
        ]
    ]


def test_a_demo_that_is_there_is_served_as_it_is(
    tmp_path: Path, built: list[dict[str, Any]], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "filled_with", lambda _: Marker(seed=3, as_of="2026-01-02", fleet=7))
    assert run("demo", "--workspace", str(tmp_path / "w"), "--json").exit_code == 0
    (options,) = built
    assert (options["seed"], options["as_of"].isoformat(), options["fleet"]) == (3, "2026-01-02", 7)
    assert started[0][-1] == "--json"


def test_a_demo_that_cannot_be_built_is_not_served(
    tmp_path: Path, built: list[dict[str, Any]], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_demo(*_: object, **__: object) -> None:
        raise Conflict("It holds models of its own")

    monkeypatch.setattr(build, "build_demo", build_demo)
    assert run("demo", "--workspace", str(tmp_path / "w")).exit_code == 2
    assert started == []


def test_up_passes_its_options_on_and_tells_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def serve(workspace: object, **options: Any) -> None:
        asked.update(options)
        options["ready"]("http://127.0.0.1:1")

    monkeypatch.setattr(serving, "serve", serve)
    root = str(tmp_path / "w")
    assert run("up", "--workspace", root).exit_code == 2
    run("init", "--workspace", root)
    done = run("up", "--workspace", root, "--panes", "3", "--host", "0.0.0.0")
    assert "Trimtab is at http://127.0.0.1:1" in done.stdout
    assert (asked["host"], asked["port"], asked["n_panes"], asked["open_browser"]) == (
        "0.0.0.0",
        None,
        3,
        True,
    )


def test_progress_fills_one_line_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    bar = serving.Bar(print)
    bar("Training", 0.5)
    assert "████████████░░░░░░░░░░░░  50% Training …" in capsys.readouterr().err
