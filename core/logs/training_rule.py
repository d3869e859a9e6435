"""The spec's ``training``: how a model is trained anew, within which limits, and when by itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches

from core.logs.durations import parse_duration
from core.spec import TrainingRule

_Report = Callable[[str, str, str], None]
_WAYS = ("source", "entry", "project", "external")
_KEYS = (*_WAYS, "path", "time", "memory_mb", "held_out", "trigger", "budget")
_ENTRY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_LEAST_TIME, _LEAST_MEMORY_MB = timedelta(seconds=10), 200
_LEAST_EVERY = timedelta(hours=1)


def read_training(value: object, report: _Report) -> TrainingRule:
    """Read how to retrain; what is wrong with it goes to ``report`` (field, message, remedy).

    Examples
    --------
    >>> read_training({"source": "registry", "budget": {"per_month": 2}}, print).per_month
    2
    >>> _ = read_training({"source": "registry", "entry": "train.fit"}, print)
    training has both source and entry keep one of them
    training.entry 'train.fit' is not module:function write entry: "module:function"
    """
    if value is None:
        return TrainingRule()
    if not isinstance(value, Mapping):
        report("training", "is not a mapping", f"its keys: {', '.join(_KEYS)}")
        return TrainingRule()
    reader = _Reader(report)
    reader.only("training", value, _KEYS)
    ways = [key for key in _WAYS if key in value]
    if len(ways) > 1:
        report("training", f"has both {' and '.join(ways)}", "keep one of them")
    if not ways:
        report("training", "does not say how", "write source: registry to refit the logged pipeline")
    source = value.get("source")
    if source is not None and source != "registry":
        report("training.source", f"'{source}' is not known", "write source: registry")
    every, verdict = reader.trigger(value.get("trigger"))
    return TrainingRule(
        source="registry" if source == "registry" else None,
        entry=reader.entry(value.get("entry")),
        path=reader.path(value),
        project=reader.text("training.project", value.get("project")),
        deployment=reader.external(value.get("external")),
        time_s=reader.time(value.get("time")),
        memory_mb=reader.memory(value.get("memory_mb")),
        held_out=reader.held_out(value.get("held_out")),
        every=every,
        verdict=verdict,
        per_month=reader.budget(value.get("budget")),
    )


class _Reader:
    def __init__(self, report: _Report) -> None:
        self._report = report

    def only(self, field: str, value: Mapping[object, object], known: Sequence[str]) -> None:
        for key in value:
            if key not in known:
                close = get_close_matches(str(key), known, n=1)
                remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
                self._report(f"{field}.{key}", "is not a key of a spec", remedy)

    def section(self, field: str, value: object, known: Sequence[str]) -> Mapping[object, object]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._report(field, "is not a mapping", f"its keys: {', '.join(known)}")
            return {}
        self.only(field, value, known)
        return value

    def text(self, field: str, value: object) -> str | None:
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._report(field, f"'{value}' is not text", "put it in quotes")
        return None

    def entry(self, value: object) -> str | None:
        text = self.text("training.entry", value)
        if text is None or _ENTRY.fullmatch(text):
            return text
        self._report("training.entry", f"'{text}' is not module:function", 'write entry: "module:function"')
        return None

    def path(self, value: Mapping[object, object]) -> str | None:
        path = self.text("training.path", value.get("path"))
        if path is None:
            return None
        if "entry" not in value:
            self._report("training.path", "means nothing without entry", "leave it out")
        parts = path.replace("\\", "/").split("/")
        if path.startswith("/") or ".." in parts:
            remedy = "write a folder below training.code of trimtab.toml"
            self._report("training.path", f"'{path}' leads elsewhere", remedy)
            return None
        return path

    def external(self, value: object) -> str | None:
        if value is None:
            return None
        found = self.section("training.external", value, ("deployment",))
        name = self.text("training.external.deployment", found.get("deployment"))
        if name is None:
            remedy = "name an entry under [deployments] in trimtab.toml"
            self._report("training.external.deployment", "is missing", remedy)
        return name

    def time(self, value: object) -> float | None:
        found = self.duration("training.time", value)
        if found is not None and found < _LEAST_TIME:
            self._report("training.time", f"'{value}' is under 10 seconds", "write time: 30m")
            return None
        return None if found is None else found.total_seconds()

    def memory(self, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < _LEAST_MEMORY_MB:
            remedy = "write megabytes, memory_mb: 2048"
            self._report("training.memory_mb", f"'{value}' is not a number from 200 on", remedy)
            return None
        return float(value)

    def held_out(self, value: object) -> float:
        if value is None:
            return TrainingRule().held_out
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.05 <= value <= 0.5:
            remedy = "write held_out: 0.2"
            self._report("training.held_out", f"'{value}' is not a share from 0.05 to 0.5", remedy)
            return TrainingRule().held_out
        return float(value)

    def trigger(self, value: object) -> tuple[timedelta | None, str | None]:
        found = self.section("training.trigger", value, ("every", "verdict"))
        every = self.duration("training.trigger.every", found.get("every"))
        if every is not None and every < _LEAST_EVERY:
            self._report("training.trigger.every", "is under an hour", "write every: 30d")
            every = None
        verdict = found.get("verdict")
        if verdict not in (None, "FAIL"):
            remedy = "write verdict: FAIL, which waits for an incident"
            self._report("training.trigger.verdict", f"'{verdict}' cannot be waited for", remedy)
            verdict = None
        return every, None if verdict is None else str(verdict)

    def budget(self, value: object) -> int | None:
        found = self.section("training.budget", value, ("per_month",)).get("per_month")
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or found < 1:
            remedy = "write per_month: 2"
            self._report("training.budget.per_month", f"'{found}' is not a positive whole number", remedy)
            return None
        return found

    def duration(self, field: str, value: object) -> timedelta | None:
        if value is None:
            return None
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self._report(field, str(error), "write 30m, 12h or 30d")
            return None
