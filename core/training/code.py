"""Where users' training code lies: below one folder of the settings, or at addresses that they allow."""

import re
from pathlib import Path
from urllib.parse import unquote

from core.config import Settings
from core.errors import Conflict
from core.spec import TrainingRule


def of(settings: Settings, rule: TrainingRule) -> dict[str, object]:
    """Return what a training child is told of the code that a rule names; nothing where it names none.

    Raises
    ------
    Conflict
        It may not be run: the spec may be another by now than when the training was asked for.
    """
    why_not = problem(settings, rule)
    if why_not:
        raise Conflict(why_not.removesuffix("."))
    if rule.project is not None:
        here = _root(settings) / rule.project
        return {"project": rule.project if _is_address(rule.project) else str(here)}
    return {} if rule.entry is None else {"entry": rule.entry, "code": str(_folder(settings, rule))}


def problem(settings: Settings, rule: TrainingRule) -> str:
    """Return why the code that a rule names cannot be run; empty where it can, or it names none."""
    if rule.project is not None:
        return _problem_of_project(settings, rule.project)
    if rule.entry is None:
        return ""
    root, folder = _root(settings), _folder(settings, rule)
    # A link below the folder may lead out of it.
    if not folder.is_dir() or not folder.resolve().is_relative_to(root.resolve()):
        return f"There is no folder {folder} for training code: see training.code in trimtab.toml."
    name = rule.entry.partition(":")[0]
    module = name.replace(".", "/")
    if not any((folder / file).is_file() for file in (f"{module}.py", f"{module}/__init__.py")):
        return f"There is no module '{name}' in {folder}."
    return ""


def _problem_of_project(settings: Settings, project: str) -> str:
    if _is_address(project):
        if _is_below(project, settings.training_projects or ""):
            return ""
        return f"Projects from {project} are not allowed: set training.projects in trimtab.toml."
    root, folder = _root(settings), _root(settings) / project
    if (folder / "MLproject").is_file() and folder.resolve().is_relative_to(root.resolve()):
        return ""
    return f"There is no file {folder / 'MLproject'}: see training.code in trimtab.toml."


def _is_address(project: str) -> bool:
    return "://" in project or project.startswith("git@")


def _is_below(project: str, allowed: str) -> bool:
    """Tell whether an address is the allowed one or lies below it; below none where none is.

    Examples
    --------
    >>> [_is_below(f"https://git.example/{one}", "https://git.example/ml") for one in ("ml/a#b", "ml2")]
    [True, False]
    >>> _is_below("https://git.example.org/ml", "https://git.example")
    False
    >>> _is_below("https://git.example/ml/%2e%2e/evil", "https://git.example/ml/")
    False
    """
    if not allowed or not project.startswith(allowed):
        return False
    rest = project.removeprefix(allowed)
    is_folder = allowed.endswith("/") or (allowed.endswith(":") and "://" not in allowed)
    is_whole = is_folder or rest in ("", ".git") or rest.startswith(("/", "#"))
    return is_whole and ".." not in re.split(r"[/\\#]", unquote(rest))


def _folder(settings: Settings, rule: TrainingRule) -> Path:
    return _root(settings) / (rule.path or ".")


def _root(settings: Settings) -> Path:
    return settings.training_code or settings.workspace.root / "code"
