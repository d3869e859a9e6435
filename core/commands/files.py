"""Texts that commands read from the user's files and send along."""

from pathlib import Path

from core.errors import InvalidInput, Problem


def read_text(path: Path) -> str:
    """Return a file's text; raises ``InvalidInput`` naming the file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = Problem(field="file", message=error.strerror or str(error), remedy="check the path")
        raise InvalidInput(str(path), [problem]) from error
    except UnicodeDecodeError as error:
        problem = Problem(field="file", message="is not UTF-8 text", remedy="save it as UTF-8")
        raise InvalidInput(str(path), [problem]) from error


def policy_text(document: str, beside: Path) -> str | None:
    """Return the text of the policy file that a spec names, None where it names none.

    Parameters
    ----------
    document
        The spec's text. What is wrong with it is told by whoever parses it whole, not here.
    beside
        The spec's file: relative names start from its folder.
    """
    import yaml

    try:
        found = yaml.safe_load(document)
    except yaml.YAMLError:
        return None
    named = found.get("policy") if isinstance(found, dict) else None
    if not isinstance(named, str) or named == "default":
        return None
    return read_text(beside.parent / Path(named).expanduser())


def write_text(path: Path, text: str) -> None:
    """Write a text to a file of the user's; raises ``InvalidInput`` naming the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = Problem(field="file", message=error.strerror or str(error), remedy="check the path")
        raise InvalidInput(str(path), [problem]) from error
