"""A spec's single values, read and checked; every problem is kept, with its field and its remedy."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import TypeVar

from core.domain import Risk, Task
from core.errors import Problem
from core.logs.durations import parse_duration
from core.logs.where import parse_where
from core.spec import Condition

_Choice = TypeVar("_Choice", Risk, Task)


class Values:
    """Reads values of one document by key; what cannot be read is a problem and counts as absent."""

    def __init__(self, document: Mapping[object, object]) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def problem(self, field: str, message: str, remedy: str = "") -> None:
        """Keep a problem."""
        self.problems.append(Problem(field=field, message=message, remedy=remedy))

    def only(self, path: str, mapping: Mapping[object, object], known: Sequence[str]) -> None:
        """Report keys that no spec has."""
        for key in mapping:
            if key not in known:
                close = get_close_matches(str(key), known, n=1)
                remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
                self.problem(f"{path}{key}", "is not a key of a spec", remedy)

    def section(self, key: str, known: Sequence[str]) -> dict[str, object]:
        """Return a mapping under a key; empty where there is none."""
        value = self.document.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(key, "is not a mapping", f"its keys: {', '.join(known)}")
            return {}
        self.only(f"{key}.", value, known)
        return {str(name): entry for name, entry in value.items()}

    def name(self, field: str, value: object) -> str | None:
        """Return a column's name."""
        if value is None or (isinstance(value, str) and value):
            return value
        self.problem(field, f"'{value}' is not a column's name", "put the name in quotes")
        return None

    def names(self, field: str, value: object) -> tuple[str, ...]:
        """Return a list of names, each once."""
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problem(field, "is not a list", "write [first, second]")
            return ()
        names = [name for entry in value if (name := self.name(field, entry)) is not None]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problem(field, f"'{name}' is listed twice", "keep it once")
        return tuple(names)

    def known(self, key: str, choices: Sequence[str]) -> tuple[str, ...]:
        """Return a list of which every entry is one of the choices."""
        listed = self.names(key, self.document.get(key))
        for name in listed:
            if name not in choices:
                close = get_close_matches(name, choices, n=1)
                remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(choices)}"
                self.problem(key, f"'{name}' is not known", remedy)
        return tuple(name for name in listed if name in choices)

    def conditions(self, field: str, text: object) -> tuple[Condition, ...]:
        """Return the comparisons of a condition; none where it is absent."""
        if text is None:
            return ()
        try:
            return parse_where(str(text))
        except ValueError as error:
            self.problem(field, str(error), "write: column = 'value' and other >= 3")
            return ()

    def text(self, key: str) -> str | None:
        """Return a text; a whole number counts as one."""
        value = self.document.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.problem(key, f"'{value}' is not text", "put it in quotes")
        return None

    def choice(self, key: str, kind: type[_Choice]) -> _Choice | None:
        """Return a member of an enumeration by its value."""
        value = self.document.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        close = get_close_matches(str(value), list(kind), n=1)
        remedy = f"did you mean {close[0]}?" if close else f"one of {', '.join(kind)}"
        self.problem(key, f"'{value}' is not a {key}", remedy)
        return None

    def duration(self, field: str, value: object) -> timedelta | None:
        """Return a length of time such as 30d."""
        if value is None:
            return None
        if value == 0 and not isinstance(value, bool):
            return timedelta(0)
        if isinstance(value, str):
            try:
                return parse_duration(value)
            except ValueError as error:
                self.problem(field, str(error), "write 1d, 12h or 30m")
                return None
        self.problem(field, f"'{value}' has no unit", "write 1d, 12h or 30m")
        return None
