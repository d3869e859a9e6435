"""The event contract: how a file's columns become stored values, and what makes a row unusable.

A contract is SQL: one expression per stored column, and conditions in the order in which they are
tried; the first that holds sends the row to quarantine. Columns that no check can fail cost nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from core.errors import InvalidInput, Problem
from core.logs.classes import canonical_sql
from core.logs.conditions import matching
from core.logs.moments import moment_sql
from core.logs.relation import REPLACEMENT, Source, SourceColumn
from core.spec import Layout, MonitorSpec

# What programs write where a number or a time is missing.
_NO_VALUE = "('', 'NA', 'N/A', 'NULL', 'null', 'None', 'NaT')"
_NO_NUMBER = f"{_NO_VALUE[:-1]}, 'nan', 'NaN', 'NAN')"
_EARLIEST = "1900-01-01"
# Event times may run ahead of our clock, but a year is a wrong unit or a wrong column.
_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A condition under which a row is unusable, and what to tell its sender."""

    condition: str
    field: str
    reason: str
    remedy: str


@dataclass(slots=True, kw_only=True)
class Contract:
    """Stored column → expression over the source's columns, their parameters, and the faults in order."""

    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    parameters: dict[str, str | float] = field(default_factory=dict)


def known_columns(spec: MonitorSpec) -> list[str]:
    """Return every column of a file that a spec speaks of, each once."""
    roles = spec.columns
    named = [roles.id, roles.timestamp, roles.version, roles.prediction, roles.label]
    named += [roles.latency_ms, roles.status, *(one.column for one in spec.reference.where)]
    named += [roles.labelled_at, *(one.column for one in spec.labellable)]
    features = spec.features
    listed = [*roles.scores.values(), *spec.group_columns, *spec.attributions.values()]
    if features is not None:
        listed += [*features.numeric, *features.categorical]
    return list(dict.fromkeys([name for name in named if name is not None] + listed))


def predictions_contract(
    spec: MonitorSpec,
    layout: Layout,
    source: Source,
    *,
    now: datetime,
    strict: bool = True,
    pruned_before: datetime | None = None,
) -> Contract:
    """Return the contract of prediction rows, inline labels included.

    Parameters
    ----------
    spec, layout
        The monitored model.
    source
        The opened file; columns of the spec that it lacks become null.
    now
        Aware UTC; event times over a year later are refused.
    strict
        Whether the id and the timestamp, where the spec names them, must be there. Reference files
        may lack them.
    pruned_before
        Aware UTC; rows of an earlier event time were pruned, so that one that comes now can be neither
        told from one that was counted nor be judged with the others of its window.

    Raises
    ------
    InvalidInput
        The file lacks the id or the timestamp column.
    """
    roles = spec.columns
    build = _Builder(source)
    if strict:
        _require(source, [("id", roles.id), ("timestamp", roles.timestamp)])
    build.identity(roles.id, required=strict)
    build.time("event_at", roles.timestamp, now=now, required=strict)
    if roles.labelled_at is not None:
        build.time("labelled_at", roles.labelled_at, now=now, required=False)
    if pruned_before is not None and build.column(roles.timestamp) is not None:
        build.fault(
            f"event_at < TIMESTAMP '{pruned_before.replace(tzinfo=None).isoformat(sep=' ')}'",
            roles.timestamp or "timestamp",
            f"is before {pruned_before:%Y-%m-%d %H:%M}, up to where rows were pruned",
            "leave it out: what was judged of that time stays as it is",
        )
    build.text("version", roles.version)
    build.target("prediction", roles.prediction, numeric=layout.numeric_target)
    build.target("label", roles.label, numeric=layout.numeric_target)
    build.latency(roles.latency_ms)
    build.text("status", roles.status)
    for name in roles.scores.values():
        build.score(layout.scores[name], name)
    _add_inputs(build, spec, layout)
    if spec.labellable:
        build.condition("labellable", spec, required=strict)
    return build.contract


def _add_inputs(build: "_Builder", spec: MonitorSpec, layout: Layout) -> None:
    if spec.features is not None:
        for name in spec.features.numeric:
            build.number(layout.numeric[name], name)
        for name in spec.features.categorical:
            build.category(layout.categorical[name], name)
    for name in spec.group_columns:
        build.category(layout.sensitive[name], name)
    for name in spec.attributions.values():
        build.number(layout.attributions[name], name)


def labels_contract(spec: MonitorSpec, layout: Layout, source: Source, *, now: datetime) -> Contract:
    """Return the contract of late labels: an id and a label, both there.

    Raises
    ------
    InvalidInput
        The spec names no id or label column, or the file lacks one of them.
    """
    roles = spec.columns
    missing = [role for role, name in (("id", roles.id), ("label", roles.label)) if name is None]
    if missing:
        problems = [
            Problem(field=f"columns.{role}", message="is not in the spec", remedy="late labels join by id")
            for role in missing
        ]
        raise InvalidInput(source.name, problems)
    _require(source, [("id", roles.id), ("label", roles.label)])
    build = _Builder(source)
    build.identity(roles.id, required=True)
    build.contract.values["event_at"] = "NULL::TIMESTAMP"
    build.target("label", roles.label, numeric=layout.numeric_target)
    build.fault(
        "label IS NULL", roles.label or "label", "is missing", "give every row a label, or leave it out"
    )
    if roles.labelled_at is not None:
        build.time("labelled_at", roles.labelled_at, now=now, required=False)
    return build.contract


def _require(source: Source, roles: Iterable[tuple[str, str | None]]) -> None:
    problems = []
    for role, name in roles:
        if name is None or name in source.columns:
            continue
        by_lower = {column.lower(): column for column in source.columns}
        close = get_close_matches(name.lower(), by_lower, n=1)
        remedy = (
            f"did you mean {by_lower[close[0]]}?"
            if close
            else f"add it, or change columns.{role} in the spec"
        )
        problems.append(Problem(field=name, message=f"is not in the file, but is its {role}", remedy=remedy))
    if problems:
        raise InvalidInput(source.name, problems)


class _Builder:
    """Adds one stored column after the other to a contract."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.contract = Contract()
        if source.row_check is not None:
            self.fault(
                source.row_check, "row", "is not a JSON object", "write one object of column: value a row"
            )

    def fault(self, condition: str, name: str, reason: str, remedy: str) -> None:
        self.contract.faults.append(Fault(condition=condition, field=name, reason=reason, remedy=remedy))

    def column(self, name: str | None) -> SourceColumn | None:
        return None if name is None else self.source.columns.get(name)

    def as_text(self, column: SourceColumn, name: str) -> str:
        """Return a column's text, with the fault that its bytes are none."""
        if column.family == "bytes":
            text = f"TRY(decode({column.expression}))"
            broken = f"{column.expression} IS NOT NULL AND {text} IS NULL"
        elif column.type == "VARCHAR":
            text = column.expression
            broken = f"contains({text}, '{REPLACEMENT}')" if self.source.repaired else ""
        else:
            return f"{column.expression}::VARCHAR"
        if broken:
            self.fault(broken, name, "is not UTF-8 text", "save the file as UTF-8")
        return text

    def classes(self, column: SourceColumn, name: str) -> str:
        """Return a column's canonical class texts."""
        if column.family in ("flag", "whole", "real", "decimal"):
            return canonical_sql(column.expression, column.family)
        return canonical_sql(self.as_text(column, name), "text")

    def plain(self, column: SourceColumn, name: str) -> str:
        """Return a column's text as it stands, whole numbers without decimals."""
        if column.family in ("flag", "whole", "real", "decimal"):
            return canonical_sql(column.expression, column.family)
        text = self.as_text(column, name)
        return f"CASE WHEN {text} NOT IN ('', 'NaN', 'nan') THEN {text} END"

    def numbers(self, stored: str, column: SourceColumn, name: str, missing: str = _NO_VALUE) -> str:
        """Return a column's numbers, with the fault that a value is none."""
        x = column.expression
        if column.family in ("whole", "real", "decimal"):
            return f"{x}::DOUBLE"
        if column.family == "flag":
            return f"{x}::INTEGER::DOUBLE"
        if column.family in ("time", "other"):
            self.fault(f"{x} IS NOT NULL", name, f"is {column.type}, not a number", "send numbers")
            return "NULL::DOUBLE"
        text = self.as_text(column, name)
        self.fault(
            f"{stored} IS NULL AND {text} NOT IN {missing}",
            name,
            "is not a number",
            "send a number, or leave it empty",
        )
        flags = f"CASE lower({text}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
        return f"coalesce(TRY_CAST({text} AS DOUBLE), {flags})"

    # ------------------------------------------------------------------ stored columns

    def number(self, stored: str, name: str) -> None:
        column = self.column(name)
        self.contract.values[stored] = (
            "NULL::DOUBLE" if column is None else self.numbers(stored, column, name)
        )

    def category(self, stored: str, name: str) -> None:
        column = self.column(name)
        self.contract.values[stored] = "NULL::VARCHAR" if column is None else self.classes(column, name)

    def text(self, stored: str, name: str | None) -> None:
        column = self.column(name)
        self.contract.values[stored] = (
            "NULL::VARCHAR" if column is None or name is None else self.plain(column, name)
        )

    def finite(self, stored: str, name: str | None) -> None:
        """Store a number, NaN as null."""
        column = self.column(name)
        if column is None or name is None:
            self.contract.values[stored] = "NULL::DOUBLE"
            return
        number = self.numbers(stored, column, name, missing=_NO_NUMBER)
        # Not nullif: Parquet's statistics leave NaN out, and DuckDB concludes that no value equals it.
        self.contract.values[stored] = f"CASE WHEN isnan({number}) THEN NULL ELSE {number} END"

    def score(self, stored: str, name: str) -> None:
        self.finite(stored, name)
        if self.column(name) is not None:
            self.fault(
                f"{stored} < 0 OR {stored} > 1",
                name,
                "is outside [0, 1]",
                "send probabilities between 0 and 1",
            )

    def latency(self, name: str | None) -> None:
        self.finite("latency_ms", name)
        if name is not None and self.column(name) is not None:
            self.fault(
                "latency_ms < 0 OR isinf(latency_ms)",
                name,
                "is no duration",
                "send milliseconds, 0 or more",
            )

    def target(self, stored: str, name: str | None, *, numeric: bool) -> None:
        column = self.column(name)
        if not numeric:
            self.contract.values[stored] = (
                "NULL::VARCHAR" if column is None or name is None else self.classes(column, name)
            )
            return
        self.finite(stored, name)
        if name is not None and column is not None:
            self.fault(f"isinf({stored})", name, "is infinite", "send a finite number")

    def identity(self, name: str | None, *, required: bool) -> None:
        column = self.column(name)
        if column is not None and name is not None:
            self.contract.values["row_id"] = self.plain(column, name)
            if required:
                self.fault("row_id IS NULL", name, "is missing", "give every row its id")
        elif required:
            # No id of its own: a row is known by its content.
            self.contract.values["row_id"] = self.source.identity
        else:
            self.contract.values["row_id"] = "NULL::VARCHAR"

    def condition(self, stored: str, spec: MonitorSpec, *, required: bool) -> None:
        """Store whether a row can ever be labelled; what a condition says of a missing value is no."""
        if not required and not all(one.column in self.source.columns for one in spec.labellable):
            self.contract.values[stored] = "NULL::BOOLEAN"
            return
        sql, parameters = matching(spec.labellable, self.source, spec, "labellable")
        self.contract.values[stored] = f"coalesce({sql}, false)"
        self.contract.parameters.update(parameters)

    def time(self, stored: str, name: str | None, *, now: datetime, required: bool) -> None:
        column = self.column(name)
        if column is None or name is None:
            self.contract.values[stored] = "NULL::TIMESTAMP"
            return
        text = None if column.family in ("time", "whole", "real", "decimal") else self.as_text(column, name)
        self.contract.values[stored] = moment_sql(column, text)
        missing = (
            f"{column.expression} IS NULL" if text is None else f"({text} IS NULL OR {text} IN {_NO_VALUE})"
        )
        if required:
            self.fault(missing, name, "is missing", "give every row its event time")
        self.fault(
            f"{stored} IS NULL AND NOT {missing}",
            name,
            "is not a time",
            "write ISO 8601, as in 2026-01-31T23:59:59Z, or seconds since 1970",
        )
        latest = (now + _AHEAD).astimezone(UTC).replace(tzinfo=None)
        self.fault(
            f"{stored} < TIMESTAMP '{_EARLIEST}' OR {stored} > TIMESTAMP '{latest.isoformat(sep=' ')}'",
            name,
            f"is before {_EARLIEST} or over a year from now",
            "check its unit and its column",
        )
