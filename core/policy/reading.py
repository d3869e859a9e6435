"""Read an untrusted mapping field by field, and keep every problem for one answer."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from core.domain import Limit
from core.errors import Problem, suggestion
from core.policy.rules import Levels

Name = TypeVar("Name", bound=StrEnum)


class Fields:
    """One mapping of a document: take its fields by name, then ``finish`` to name what was not taken.

    Every method returns a usable value even after a problem, so that one reading finds all problems;
    the caller raises them at the end and drops what was built.
    """

    def __init__(self, values: object, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.values: Mapping[object, object] = values if isinstance(values, Mapping) else {}
        self.taken: set[str] = set()
        if not isinstance(values, Mapping):
            self.report("", f"must be a mapping, not {shown(values)}")

    def report(self, name: str, message: str, remedy: str = "") -> None:
        """Keep a problem of the field ``name``, or of the mapping itself for an empty name."""
        where = ".".join(part for part in (self.path, name) if part) or "policy"
        self.problems.append(Problem(field=where, message=message, remedy=remedy))

    def take(self, name: str) -> object:
        """Return the raw value of a required field; None, and a problem, where it is missing."""
        self.taken.add(name)
        value = self.values.get(name)
        if value is None:
            self.report(name, "is missing")
        return value

    def number(self, name: str, low: float, high: float = float("inf")) -> float:
        """Return a finite number in [low, high]."""
        return self._numeric(name, self.take(name), low, high)

    def integer(self, name: str, low: int) -> int:
        """Return a whole number of at least ``low``."""
        value = self.number(name, low)
        if value != int(value):
            self.report(name, f"must be a whole number, not {value:g}")
        return int(value)

    def text(self, name: str) -> str:
        """Return a text that is not empty."""
        value = self.take(name)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            self.report(name, f"must be a text, not {shown(value)}")
        return value if isinstance(value, str) else ""

    def one_of(self, name: str, kind: type[Name]) -> Name:
        """Return a member of an enumeration by its value."""
        value = self.take(name)
        return self._member(name, value, kind) or next(iter(kind))

    def many_of(self, name: str, kind: type[Name]) -> tuple[Name, ...]:
        """Return several members of an enumeration, each once."""
        chosen = [self._member(name, text, kind) for text in self.words(name)]
        return tuple(dict.fromkeys(member for member in chosen if member is not None))

    def words(self, name: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts; with ``known``, only these are allowed."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report(name, f"must be a list of names, not {shown(value)}", "write [a, b]")
            return ()
        for word in value:
            if known is not None and word not in known:
                self.report(name, f"'{word}' is not known", suggestion(word, known))
        return tuple(value)

    def levels(self, name: str, *, falling: bool = False) -> Levels:
        """Return {warn, fail}; ``falling`` where fail is the smaller number, as with p values."""
        before = len(self.problems)
        inner = self.inside(name)
        levels = Levels(warn=inner.number("warn", 0), fail=inner.number("fail", 0))
        inner.finish()
        ordered = levels.fail <= levels.warn if falling else levels.warn <= levels.fail
        if not ordered and len(self.problems) == before:
            self.report(name, f"a FAIL at {levels.fail:g} can never follow a WARN at {levels.warn:g}")
        return levels

    def limit(self, name: str) -> Limit:
        """Return {low, high}, of which one may be absent."""
        before = len(self.problems)
        inner = self.inside(name)
        low, high = (inner.optional_number(side) for side in ("low", "high"))
        inner.finish()
        if low is None and high is None and len(self.problems) == before:
            self.report(name, "needs low or high")
        if low is not None and high is not None and low > high:
            self.report(name, f"low {low:g} lies above high {high:g}")
        return Limit(low=low, high=high)

    def optional_number(self, name: str) -> float | None:
        """Return a finite number, or None where the field is absent."""
        self.taken.add(name)
        value = self.values.get(name)
        return None if value is None else self._numeric(name, value, float("-inf"), float("inf"))

    def inside(self, name: str) -> "Fields":
        """Return the reader of a required inner mapping."""
        value = self.take(name)
        return Fields({} if value is None else value, f"{self.path}.{name}".lstrip("."), self.problems)

    def has(self, name: str) -> bool:
        """Return whether an optional field stands there; it counts as known either way."""
        self.taken.add(name)
        return self.values.get(name) is not None

    def names(self) -> tuple[str, ...]:
        """Return the keys of a mapping whose keys are free names; other keys are problems."""
        for key in self.values:
            if not isinstance(key, str):
                self.report("", f"the key {shown(key)} must be a text")
        return tuple(key for key in self.values if isinstance(key, str))

    def finish(self, also: Collection[str] = ()) -> None:
        """Report every key that was not taken and is not among ``also``."""
        known = self.taken | set(also)
        for key in self.values:
            if key not in known:
                self.report(str(key), "is not a known setting", suggestion(str(key), known))

    def _numeric(self, name: str, value: object, low: float, high: float) -> float:
        if value is None:
            return max(low, 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.report(name, f"must be a number, not {shown(value)}")
            return max(low, 0.0)
        if not low <= value <= high:
            allowed = f"at least {low:g}" if high == float("inf") else f"between {low:g} and {high:g}"
            self.report(name, f"must be {allowed}, not {value:g}")
        return float(value)

    def _member(self, name: str, value: object, kind: type[Name]) -> Name | None:
        names = [member.value for member in kind]
        if value is None:
            return None
        if not isinstance(value, str) or value not in names:
            self.report(name, f"{shown(value)} is not one of its values", suggestion(str(value), names))
            return None
        return kind(value)


def shown(value: object) -> str:
    """Return a value as a problem quotes it: short, and quoted where it is a text."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
