"""What a spec's roles are in a table elsewhere, as expressions that its engine can count."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from core.adapters import ibis_door
from core.domain import Task
from core.errors import InvalidInput, Problem
from core.log_source import NumericCount, Question
from core.logs.classes import canonical
from core.spec import Condition, MonitorSpec

LARGEST = 1e150
"""Magnitudes above it count as not finite, as in :mod:`core.profiles.aggregates`."""

MISSING = frozenset({"", "NaN", "nan"})
"""Texts that stand for no class."""


class View:
    """The expressions that turn a table's columns into the roles of a spec."""

    def __init__(self, table: Any, question: Question) -> None:
        self.question = question
        self.spec: MonitorSpec = question.spec
        self.raw = table
        _check(table, self.spec)
        self.faults = self._faults()
        faulty = reduce(or_, self.faults.values())
        kept = table.filter(~faulty.fill_null(False))
        reference = [_condition(kept, one) for one in self.spec.reference.where]
        self.usable = kept.filter(~reduce(and_, reference).fill_null(False)) if reference else kept

    def column(self, name: str) -> Any:
        """Return a column of the usable rows."""
        return self.usable[name]

    @property
    def seconds(self) -> Any:
        """Event time in whole seconds since 1970, rounded down."""
        at = self.usable[self.spec.columns.timestamp].cast("timestamp")
        return at.truncate("s").epoch_seconds().cast("int64")

    def placed(self, wanted: Mapping[str, Any]) -> Any:
        """Return window, version and the wanted expressions of the rows that the question means."""
        origin, every = self.question.origin, self.spec.window.every
        if origin is None or every is None:
            raise ValueError("windows need an origin and a duration")
        step = every // timedelta(seconds=1)
        start = int(origin.timestamp())
        version = self.spec.columns.version
        w = ((self.seconds - start) // step).cast("int32")
        v = self.usable[version] if version else ibis_door.null("string")
        found = self.usable.select(w=w, v=v, at=self.seconds, **wanted)
        windows = self.question.windows
        first, end = (min(windows), max(windows) + 1) if windows else (0, None)
        found = found.filter(found.at >= start + first * step)
        if end is not None:
            found = found.filter(found.at < start + end * step)
            found = found.filter(found.w.isin(list(windows or ())))
        return found

    def binned(self, name: str, edges: Sequence[float], number: int) -> Any:
        """Return one column's rows and sums by window, version and bin; ``number`` tells it from others."""
        spec = self.spec
        is_feature = spec.features is not None and name in spec.features.numeric
        x = _number(self.usable, name) if is_feature else _known(_number(self.usable, name))
        rows = self.placed({"x": x})
        rows = rows.mutate(f=_finite(rows.x))
        place = _tree(rows.f, edges, 0)
        # NaN first: Ibis has Spark call it null.
        for condition, kind in (
            (rows.f.isnull(), NumericCount.NOT_FINITE),
            (rows.x.isnull(), NumericCount.NULL),
            (rows.x.isnan(), NumericCount.NOT_FINITE),
        ):
            place = ibis_door.choose(condition, kind, place)
        rows = rows.mutate(bin=place.cast("int32"))
        found = rows.group_by("w", "v", "bin").agg(
            n=rows.count(),
            total=rows.f.sum(),
            squares=(rows.f * rows.f).sum(),
            low=rows.f.min(),
            high=rows.f.max(),
        )
        return found.mutate(place=ibis_door.whole(number))

    def label(self) -> Any:
        """Return the label, null where there is none."""
        name = self.spec.columns.label
        if name is None:
            return ibis_door.null("string")
        if self.spec.task is Task.REGRESSION:
            return _known(_number(self.usable, name))
        return _not_missing(self.usable[name])

    def failed(self) -> Any:
        """Return 1 for a failed request, 0 for others; an absent status is no failure."""
        name = self.spec.columns.status
        if name is None:
            return ibis_door.whole(0)
        text = self.usable[name].cast("string").strip().lower()
        return ibis_door.choose((text != "ok").fill_null(False), 1, 0)

    def score(self) -> Any:
        """Return the binary model's score, null where there is none."""
        names = list(self.spec.columns.scores.values())
        if self.spec.task is not Task.BINARY or not names:
            return ibis_door.null("float64")
        return _finite(_known(_number(self.usable, names[0])))

    def classes(self) -> Mapping[str, Any]:
        """Return label and prediction as the table holds them."""
        roles = self.spec.columns
        named = {"label": roles.label, "prediction": roles.prediction}
        return {
            role: ibis_door.null("string") if name is None else self.usable[name]
            for role, name in named.items()
        }

    def errors(self) -> Mapping[str, Any]:
        """Return the error and the label of the rows that have a prediction as well."""
        roles = self.spec.columns
        if roles.label is None or roles.prediction is None:
            return {"e": ibis_door.null("float64"), "t": ibis_door.null("float64")}
        y, p = (_finite(_known(_number(self.usable, name))) for name in (roles.label, roles.prediction))
        return {"e": p - y, "t": ibis_door.choose(p.isnull(), ibis_door.null("float64"), y)}

    def reference(self) -> Any:
        """Return the reference's rows with all their columns."""
        kept = self.raw.filter(~reduce(or_, self.faults.values()).fill_null(False))
        conditions = [_condition(kept, one) for one in self.spec.reference.where]
        if conditions:
            return kept.filter(reduce(and_, conditions))
        return kept

    def _faults(self) -> dict[str, Any]:
        roles, faults = self.spec.columns, {}
        at = self.raw[roles.timestamp].cast("timestamp")
        faults[str(roles.timestamp)] = at.isnull()
        for name in roles.scores.values():
            x = _known(_number(self.raw, name))
            faults[name] = ((x < 0) | (x > 1)).fill_null(False)
        if roles.latency_ms is not None:
            x = _known(_number(self.raw, roles.latency_ms))
            faults[roles.latency_ms] = ((x < 0) | (x > LARGEST)).fill_null(False)
        if self.spec.task is Task.REGRESSION:
            for role in (roles.prediction, roles.label):
                if role is not None:
                    faults[role] = (_known(_number(self.raw, role)).abs() > LARGEST).fill_null(False)
        return faults


def _check(table: Any, spec: MonitorSpec) -> None:
    """Raise ``InvalidInput`` naming every column of the spec that the table lacks."""
    roles, features = spec.columns, spec.features
    wanted = [roles.timestamp, roles.version, roles.prediction, roles.label, roles.latency_ms, roles.status]
    wanted += [*roles.scores.values(), *spec.sensitive, *(one.column for one in spec.reference.where)]
    if features is not None:
        wanted += [*features.numeric, *features.categorical]
    problems = [
        Problem(field=name, message="is not a column of the table", remedy="check its name in the spec")
        for name in dict.fromkeys(wanted)
        if name is not None and name not in table.columns
    ]
    if problems:
        raise InvalidInput(f"The table '{table.get_name()}'", problems)


def _number(table: Any, name: str) -> Any:
    column = table[name]
    kind = column.type()
    if kind.is_boolean():
        return column.cast("int8").cast("float64")
    if kind.is_numeric():
        return column.cast("float64")
    problem = Problem(
        field=name, message=f"is {kind}, not a number", remedy="give a view in which it is cast"
    )
    raise InvalidInput("The table", [problem])


def _known(x: Any) -> Any:
    """Return a number with null for NaN."""
    return ibis_door.choose(x.isnan(), ibis_door.null("float64"), x)


def _finite(x: Any) -> Any:
    return ibis_door.choose(x.abs() <= LARGEST, x, ibis_door.null("float64"))


def _not_missing(column: Any) -> Any:
    """Return a class column with null for what counts as missing."""
    kind = column.type()
    if kind.is_string():
        return ibis_door.choose(column.isin(sorted(MISSING)), ibis_door.null("string"), column)
    return _known(column.cast("float64")) if kind.is_floating() else column


def _tree(x: Any, edges: Sequence[float], first: int) -> Any:
    """Return the bin: first + i where edges[i−1] < x <= edges[i]."""
    if not edges:
        return ibis_door.whole(first)
    middle = len(edges) // 2
    below = _tree(x, edges[:middle], first)
    return ibis_door.choose(
        x <= ibis_door.double(edges[middle]), below, _tree(x, edges[middle + 1 :], first + middle + 1)
    )


def score_bin(x: Any, edges: Sequence[float]) -> Any:
    """Return the bin of a score: i where edges[i−1] < score <= edges[i], −1 where there is no score."""
    return ibis_door.choose(x.isnull(), -1, _tree(x, edges, 0)).cast("int32")


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _condition(table: Any, one: Condition) -> Any:
    """Return a comparison of the reference's ``where`` on a table's column."""
    column, kind = table[one.column], table[one.column].type()
    value: object = one.value
    if kind.is_timestamp() or kind.is_date():
        column, value = column.cast("timestamp"), ibis_door.moment(str(value))
    elif kind.is_boolean():
        column, value = column.cast("int8"), int(canonical(value) == "1")
    elif kind.is_numeric():
        column, value = column.cast("float64"), float(canonical(value))
    else:
        value = canonical(value) if not isinstance(value, str) else value
    return _OPERATORS[one.operator](column, value)
