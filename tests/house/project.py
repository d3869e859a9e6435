"""What the house tests look at: the project's own files."""

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("core", "app", "pages")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or is about to be, part of the project: Git's list, or all without Git."""
    listing = ("git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found = subprocess.run(listing, capture_output=True, text=True, check=False)
    names = found.stdout.split("\0") if found.returncode == 0 else []
    paths = [ROOT / name for name in names if name] or list(ROOT.rglob("*"))
    return tuple(sorted(path for path in paths if path.is_file() and ".venv" not in path.parts))


def sources(*folders: str) -> list[Path]:
    """The Python files in these folders of the project, at any depth."""
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


@cache
def tree(path: Path) -> ast.Module:
    """A Python file's syntax tree, parsed once for all tests; nobody changes it."""
    return ast.parse(path.read_bytes())


def name_of(path: Path) -> str:
    """A file's path as it is written in this project: relative, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def settings() -> dict[str, dict[str, object]]:
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
