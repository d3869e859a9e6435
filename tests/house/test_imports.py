"""Imports keep to the layers, and the command line starts without the heavy ones.

The layers themselves are import-linter's part (``lint-imports`` in ``make check``); here stands what it
cannot say.
"""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.project import PACKAGES, ROOT, name_of, settings, sources

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
FOR_THE_PANE = {"client", "views", "receipts", "domain", "errors"}


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


def imported(source: bytes) -> set[str]:
    """The top-level names that a file imports, wherever it does.

    >>> sorted(imported(b"import os.path\\ndef f():\\n    from mlflow.tracking import MlflowClient"))
    ['mlflow', 'os']
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_what_is_imported_is_declared() -> None:
    """A package that another one happens to bring in may be gone with its next version."""
    declared = {canonicalize_name(Requirement(line).name) for line in settings()["project"]["dependencies"]}
    known = packages_distributions()
    foreign = {
        (name, name_of(path))
        for path in sources(*PACKAGES)
        for name in imported(path.read_bytes()) - sys.stdlib_module_names - set(PACKAGES)
    }
    undeclared = {
        (name, where)
        for name, where in foreign
        if not declared & {canonicalize_name(dist) for dist in known.get(name, [])}
    }
    assert not undeclared


def test_what_is_declared_is_imported() -> None:
    """Dead weight is not carried along; the exceptions are used through another package."""
    through_another = {"python-multipart"}  # fastapi reads forms with it
    known = packages_distributions()
    used = {
        canonicalize_name(dist)
        for path in sources(*PACKAGES)
        for name in imported(path.read_bytes())
        for dist in known.get(name, [])
    }
    declared = {canonicalize_name(Requirement(line).name) for line in settings()["project"]["dependencies"]}
    assert not declared - used - through_another
