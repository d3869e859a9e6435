"""Connections to engines that hold logs: the ``[sources]`` of a workspace's ``trimtab.toml``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType

from core.errors import Problem, Unavailable, suggestion

BACKENDS: tuple[str, ...] = (
    "athena", "bigquery", "clickhouse", "databricks", "duckdb", "mssql", "mysql", "oracle", "postgres",
    "snowflake", "spark", "trino",
)  # fmt: skip
"""Engines that Ibis speaks to; those but duckdb and spark need the client that Ibis names for them."""

SOURCE_KEYS: Mapping[str, str] = {
    "backend": "the engine: duckdb, spark, or another that Ibis connects to",
    "options": "table of what its connection takes; ${NAME} stands for an environment variable",
    "tables": "table of names for Parquet files or folders of them",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Option = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One connection: its engine, what the engine is given, and names for files that it reads."""

    name: str
    backend: str
    options: Mapping[str, Option] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)

    def filled(self, environment: Mapping[str, str]) -> dict[str, Option]:
        """Return the options with their variables filled in; raises ``Unavailable`` naming an unset one.

        Examples
        --------
        >>> SourceSettings(name="lake", backend="trino", options={"password": "${PW}"}).filled({"PW": "x"})
        {'password': 'x'}
        """
        return {
            name: _VARIABLE.sub(lambda match: self._variable(match[1], environment), value)
            if isinstance(value, str)
            else value
            for name, value in self.options.items()
        }

    def _variable(self, name: str, environment: Mapping[str, str]) -> str:
        if name not in environment:
            raise Unavailable(
                f"The source '{self.name}'",
                f"the environment variable {name} is not set",
                hint=f"Set {name} before starting Trimtab.",
            )
        return environment[name]


def parse_sources(
    table: Mapping[str, object], folder: Path, problems: list[Problem]
) -> tuple[SourceSettings, ...]:
    """Read the ``[sources]`` table; what is wrong is added to ``problems``.

    Parameters
    ----------
    table
        Name → entry, as TOML gives it.
    folder
        Relative files are taken from here.
    """
    return tuple(_source(name, entry, folder, problems) for name, entry in table.items())


def _source(name: str, entry: object, folder: Path, problems: list[Problem]) -> SourceSettings:
    where = f"sources.{name}"
    if not _NAME.fullmatch(name):
        problems.append(
            Problem(
                field=where, message="is not a short name", remedy="use letters, digits, '_' and '-' only"
            )
        )
    if not isinstance(entry, dict):
        problems.append(
            Problem(field=where, message="is not a table", remedy=f"write [{where}] above its settings")
        )
        return SourceSettings(name=name, backend="duckdb")
    for key in entry:
        if key not in SOURCE_KEYS:
            remedy = suggestion(str(key), tuple(SOURCE_KEYS))
            problems.append(Problem(field=f"{where}.{key}", message="is not a setting", remedy=remedy))
    backend = entry.get("backend")
    if not isinstance(backend, str) or backend not in BACKENDS:
        remedy = suggestion(str(backend), BACKENDS)
        problems.append(
            Problem(field=f"{where}.backend", message=f"{backend!r} is not an engine", remedy=remedy)
        )
        backend = "duckdb"
    options = _inner(entry, "options", where, Option, problems)
    tables = _inner(entry, "tables", where, str, problems)
    if "tables" in entry and backend not in ("duckdb", "spark"):
        problems.append(
            Problem(
                field=f"{where}.tables", message=f"{backend} reads no files", remedy="name its own tables"
            )
        )
    return SourceSettings(
        name=name,
        backend=backend,
        options={key: value for key, value in options.items() if isinstance(value, Option)},
        tables={key: _path(str(value), folder) for key, value in tables.items()},
    )


def _inner(
    entry: Mapping[str, object], key: str, where: str, kind: UnionType | type, problems: list[Problem]
) -> Mapping[str, object]:
    inner = entry.get(key, {})
    if isinstance(inner, dict) and all(isinstance(value, kind) for value in inner.values()):
        return inner
    problems.append(
        Problem(
            field=f"{where}.{key}", message="is not a table of plain values", remedy='write name = "value"'
        )
    )
    return {}


def _path(text: str, folder: Path) -> str:
    """Return a file independent of the current folder; an address of a store passes unchanged."""
    return text if "://" in text else str(folder / Path(text).expanduser())
