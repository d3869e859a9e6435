"""Imports keep to the layers, and the command line starts without the heavy ones.

The layers themselves are import-linter's part (``lint-imports`` in ``make check``); here stands what it
cannot say.
"""

import ast
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.project import PACKAGES, ROOT, name_of, settings, sources, tree

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
FOR_THE_PANE = {
    "action",
    "alert",
    "candidate",
    "mitigation",
    "change",
    "client",
    "explain",
    "views",
    "receipts",
    "retrain",
    "job",
    "domain",
    "errors",
    "finding",
}


def modules_of_core() -> set[str]:
    entries = (ROOT / "core").iterdir()
    return {path.stem for path in entries if path.suffix == ".py" or (path / "__init__.py").is_file()} - {
        "__init__"
    }


@cache
def distributions() -> Mapping[str, list[str]]:
    """Import name → the packages that bring it, as installed here."""
    return packages_distributions()


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


def imported(module: ast.Module) -> set[str]:
    """The top-level names that a file imports, wherever it does.

    >>> text = "import os.path\\ndef f():\\n    from mlflow.tracking import MlflowClient"
    >>> sorted(imported(ast.parse(text)))
    ['mlflow', 'os']
    """
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_what_is_imported_is_declared() -> None:
    """A package that another one happens to bring in may be gone with its next version."""
    project = settings()["project"]
    listed = [*project["dependencies"], *project["optional-dependencies"]["spark"]]
    declared = {canonicalize_name(Requirement(line).name) for line in listed}
    foreign = {
        (name, name_of(path))
        for path in sources(*PACKAGES)
        for name in imported(tree(path)) - sys.stdlib_module_names - set(PACKAGES)
    }
    undeclared = {
        (name, where)
        for name, where in foreign
        # A package of an extra that is not installed here goes by its own name.
        if not declared & {canonicalize_name(dist) for dist in distributions().get(name, [name])}
    }
    assert not undeclared


def test_what_is_declared_is_imported() -> None:
    """Dead weight is not carried along; the exceptions are used through another package."""
    through_another = {"python-multipart"}  # fastapi reads forms with it
    used = {
        canonicalize_name(dist)
        for path in sources(*PACKAGES)
        for name in imported(tree(path))
        for dist in distributions().get(name, [])
    }
    declared = {canonicalize_name(Requirement(line).name) for line in settings()["project"]["dependencies"]}
    assert not declared - used - through_another
