"""Conditions of a spec (``where``, ``labellable``) on the columns of a file, as SQL with parameters."""

from collections.abc import Mapping, Sequence

from core.errors import InvalidInput, Problem
from core.logs.classes import canonical, canonical_sql
from core.logs.moments import event_time_sql
from core.logs.relation import Source
from core.spec import Condition, MonitorSpec

_NUMBERS = ("whole", "real", "decimal", "flag")
Values = Mapping[str, str | float]


def matching(
    conditions: Sequence[Condition], source: Source, spec: MonitorSpec, key: str
) -> tuple[str, Values]:
    """Return the SQL that is true on the rows that match every condition, and its parameters.

    Parameters
    ----------
    key
        Name of the spec's key: it is part of the parameters' names and of errors.

    Raises
    ------
    InvalidInput
        The file lacks a column that a condition speaks of.
    """
    absent = [one.column for one in conditions if one.column not in source.columns]
    if absent:
        problems = [
            Problem(field=name, message="is not in the file", remedy=f"{key} needs it") for name in absent
        ]
        raise InvalidInput(source.name, problems)
    texts: list[str] = []
    parameters: dict[str, str | float] = {}
    for number, condition in enumerate(conditions):
        name = f"{key.replace('.', '_')}_{number}"
        sql, parameters[name] = _comparison(condition, source, spec, f"${name}")
        texts.append(sql)
    return " AND ".join(texts) or "true", parameters


def _comparison(
    condition: Condition, source: Source, spec: MonitorSpec, parameter: str
) -> tuple[str, str | float]:
    column, operator, value = source.columns[condition.column], condition.operator, condition.value
    x = column.expression
    if isinstance(value, float):
        return f"TRY_CAST({x} AS DOUBLE) {operator} {parameter}", value
    if isinstance(value, bool):
        family = column.family if column.family in _NUMBERS else "text"
        return f"{canonical_sql(x, family)} {operator} {parameter}", canonical(value)
    if column.family == "time" or condition.column == spec.columns.timestamp:
        moment = f"TRY_CAST(TRY_CAST({parameter} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return f"{event_time_sql(column)} {operator} {moment}", value
    if column.family in _NUMBERS and operator not in ("=", "!="):
        return f"{x}::DOUBLE {operator} TRY_CAST({parameter} AS DOUBLE)", value
    if column.family in _NUMBERS:
        return f"{canonical_sql(x, column.family)} {operator} {parameter}", canonical(value)
    return f"{x}::VARCHAR {operator} {parameter}", value
