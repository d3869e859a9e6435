"""Imports keep to the layers, and the command line starts without the heavy ones.

The layers themselves are import-linter's part (``lint-imports`` in ``make check``); here stands what it
cannot say.
"""

import subprocess
import sys

from tests.house.project import ROOT, settings

HEAVY = (
    "alembic",
    "duckdb",
    "fastapi",
    "mlflow",
    "pandas",
    "plotly",
    "pyarrow",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "streamlit",
    "uvicorn",
)
FOR_THE_PANE = {"client", "views", "domain", "errors"}


def modules_of_core() -> set[str]:
    entries = (ROOT / "core").iterdir()
    return {path.stem for path in entries if path.suffix == ".py" or (path / "__init__.py").is_file()} - {
        "__init__"
    }


def contract(identity: str) -> dict[str, list[str]]:
    contracts = settings()["tool"]["importlinter"]["contracts"]
    return next(one for one in contracts if one["id"] == identity)


def test_the_command_line_starts_without_heavy_imports() -> None:
    look = f"import core.cli, sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


def test_help_needs_no_heavy_imports() -> None:
    look = (
        "import sys\nfrom core.cli import main\n"
        "sys.argv = ['trimtab', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Usage" in said.stdout
    assert said.stderr.split() == []


def test_every_module_of_core_is_for_the_pane_or_forbidden_to_it() -> None:
    forbidden = {name.removeprefix("core.") for name in contract("pane")["forbidden_modules"]}
    assert forbidden | FOR_THE_PANE == modules_of_core()
    assert not forbidden & FOR_THE_PANE
