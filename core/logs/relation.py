"""What an opened file is to the rest: one SQL relation with numbered columns, in file order.

Names from a file are looked up here and become ``x0``, ``x1``, …: none is ever part of a statement.
Text formats give text columns, so that nothing is lost to a parser's guess; the contract casts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import InvalidInput, Problem
from core.store import Cursor
from core.store.files import reading_file

REPLACEMENT = "\ufffd"
"""The character that stands for bytes which are not UTF-8."""
_MOST_TWINS_SHOWN = 20
_FAMILIES = {
    "BOOLEAN": "flag", "FLOAT": "real", "DOUBLE": "real", "VARCHAR": "text", "BLOB": "bytes",
    "DATE": "time", "TIMESTAMP": "time", "TIMESTAMP_NS": "time", "TIMESTAMP_MS": "time",
    "TIMESTAMP_S": "time", "TIMESTAMP WITH TIME ZONE": "time",
    "TINYINT": "whole", "SMALLINT": "whole", "INTEGER": "whole", "BIGINT": "whole", "HUGEINT": "whole",
    "UTINYINT": "whole", "USMALLINT": "whole", "UINTEGER": "whole", "UBIGINT": "whole", "UHUGEINT": "whole",
}  # fmt: skip


def family(duckdb_type: str) -> str:
    """Return what kind of values a DuckDB type holds.

    Returns
    -------
    str
        flag, whole, real, decimal, text, bytes, time, or other (nested and exotic types).

    Examples
    --------
    >>> family("UBIGINT"), family("DECIMAL(18,3)"), family("ENUM('a', 'b')"), family("INTEGER[]")
    ('whole', 'decimal', 'text', 'other')
    """
    if duckdb_type.endswith("]"):
        return "other"
    if duckdb_type.startswith("DECIMAL"):
        return "decimal"
    if duckdb_type.startswith("ENUM"):
        return "text"
    return _FAMILIES.get(duckdb_type, "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumn:
    """One column of a source: its SQL expression and its DuckDB type."""

    expression: str
    type: str

    @property
    def family(self) -> str:
        """Return the family of the column's type."""
        return family(self.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A FROM-able relation, its columns by name, and how to show one of its rows as JSON.

    ``identity`` is an expression for what a row is known by where the model has no id column.
    ``parameters`` go with the relation, ``content_parameters`` with the content.
    ``row_check`` is a condition that is true for rows that are no rows at all (JSON lines that are no
    object). ``open_ended`` sources may have any key in any row. ``malformed`` fills while the relation
    is read: the text of rows that could not even be split into columns, and why. ``repaired`` says
    that bytes which are not UTF-8 were replaced by :data:`REPLACEMENT`.
    """

    name: str
    relation: str
    columns: Mapping[str, SourceColumn]
    content: str
    identity: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    content_parameters: Mapping[str, object] = field(default_factory=dict)
    row_check: str | None = None
    open_ended: bool = False
    repaired: bool = False
    malformed: list[tuple[str, str]] = field(default_factory=list)


def columnar_source(
    cursor: Cursor,
    name: str,
    relation: str,
    names: Sequence[str],
    parameters: Mapping[str, object],
    *,
    repaired: bool = False,
    malformed: list[tuple[str, str]] | None = None,
) -> Source:
    """Return a source over a relation whose columns stand in the order of ``names``.

    Raises
    ------
    InvalidInput
        There are no columns, or several of one name.
    """
    refuse_twins(name, names)
    if not names:
        raise refused(name, "has no columns", "send at least one")
    places = [f"x{i}" for i in range(len(names))]
    relation = f"{relation} AS source({', '.join(places)})"
    with reading_file(name, str(parameters.get("path", name))):
        described = cursor.execute(f"DESCRIBE SELECT * FROM {relation}", dict(parameters)).fetchall()
    types = [row[1] for row in described]
    texts = ", ".join(f"{place}::VARCHAR" for place in places)
    return Source(
        name=name,
        relation=relation,
        columns={
            column: SourceColumn(expression=place, type=kind)
            for column, place, kind in zip(names, places, types, strict=True)
        },
        content=f"to_json(map($names::VARCHAR[], [{texts}]))::VARCHAR",
        identity=f"md5(row({', '.join(places)})::VARCHAR)",
        parameters=parameters,
        content_parameters={"names": list(names)},
        repaired=repaired,
        malformed=[] if malformed is None else malformed,
    )


def json_source(
    name: str,
    relation: str,
    wanted: Sequence[str],
    parameters: Mapping[str, object] | None = None,
    *,
    identity: str = "md5(line)",
    repaired: bool = False,
    malformed: list[tuple[str, str]] | None = None,
) -> Source:
    """Return a source over rows that are JSON texts.

    Parameters
    ----------
    name
        What the sender calls it.
    relation
        A SELECT with a text column ``line``, and those that ``identity`` needs.
    wanted
        The keys to look for; a row without one has null there.
    parameters
        Of the SELECT.
    identity, repaired, malformed
        See :class:`Source`.
    """
    pointers = ["/" + key.replace("~", "~0").replace("/", "~1") for key in wanted]
    valid = f"SELECT *, json_valid(line) AS valid FROM ({relation})"
    is_object = "CASE WHEN valid THEN json_type(line) = 'OBJECT' ELSE false END"
    objects = f"SELECT *, {is_object} AS is_object FROM ({valid})"
    split = "CASE WHEN is_object THEN json_extract_string(line, $pointers::VARCHAR[]) END AS fields"
    return Source(
        name=name,
        relation=f"(SELECT *, {split} FROM ({objects}))",
        columns={
            key: SourceColumn(expression=f"fields[{i + 1}]", type="VARCHAR") for i, key in enumerate(wanted)
        },
        content="CASE WHEN is_object THEN line ELSE json_object('line', line)::VARCHAR END",
        identity=identity,
        parameters={**(parameters or {}), "pointers": pointers},
        row_check="NOT is_object",
        open_ended=True,
        repaired=repaired,
        malformed=[] if malformed is None else malformed,
    )


def refuse_twins(name: str, columns: Sequence[str]) -> None:
    """Raise ``InvalidInput`` where several columns have one name."""
    counts: dict[str, int] = {}
    for column in columns:
        counts[column] = counts.get(column, 0) + 1
    twins = [column for column, n in counts.items() if n > 1]
    if twins:
        raise InvalidInput(
            name,
            [
                Problem(
                    field=twin or "header", message="names several columns", remedy="give each its own name"
                )
                for twin in twins[:_MOST_TWINS_SHOWN]
            ],
        )


def refused(name: str, message: str, remedy: str) -> InvalidInput:
    """Return the error for a file that cannot be used as a whole."""
    return InvalidInput(name, [Problem(field="file", message=message, remedy=remedy)])
