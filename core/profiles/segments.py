"""The segments of a spec: which parts of the rows have profiles of their own, and their numbers.

Segments are named once, from the reference's rows, when it is pinned: so that profiles of all windows
add up and nothing that comes later can rename them.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

from core.domain import Segment
from core.profiles.relation import MISSING_GROUP, OTHER_GROUP, Relation
from core.spec import Layout, MonitorSpec, SegmentColumn

if TYPE_CHECKING:
    from core.store import Cursor

MOST_VALUES = 20
"""The reference's commonest values of a column that are segments of their own; the rest is "(other)"."""

LEAST_ROWS = 100
"""Rows of the reference that a value, or a pair of values, needs to be a segment of its own."""

MOST_PAIRS = 50
"""The reference's commonest pairs of crossed columns; rarer pairs have no profiles."""

_APART = "\x1f"
_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One segment: its number in the tables, what it means, and the text by which its rows are told.

    ``expected`` says whether the reference has enough of them to miss them where none come.
    """

    code: int
    segment: Segment
    text: str
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One entry of the spec's segments, ready for counting: its segments follow each other in number.

    ``columns`` are the entry's columns under their physical names.
    """

    entry: int
    columns: tuple[SegmentColumn, ...]
    named: tuple[Named, ...]

    def of(self, rows: Relation) -> Relation:
        """Return rows told apart by this entry's segments; those in none of them are left out."""
        expression, parameters = _text(self)
        texts = f"segment_texts_{self.entry}"
        code = f"({self.named[0].code} - 1 + list_position(${texts}, {expression}))"
        return replace(
            rows,
            g=code,
            where=f"{rows.where} AND {code} IS NOT NULL",
            parameters={**rows.parameters, **parameters, texts: [one.text for one in self.named]},
        )


def cuts_of(cursor: "Cursor", layout: Layout, spec: MonitorSpec) -> tuple[Cut, ...]:
    """Return the spec's segments as the pinned reference names them; none before it is pinned."""
    if not spec.segments:
        return ()
    entries: dict[int, list[Named]] = defaultdict(list)
    for entry, code, text, content, expected in _kept(cursor, layout.key):
        segment = Segment.of(json.loads(content))
        entries[entry].append(Named(code=code, segment=segment, text=text, expected=expected))
    return tuple(
        Cut(entry=entry, columns=_physical(layout, spec.segments[entry]), named=tuple(named))
        for entry, named in sorted(entries.items())
    )


def rows_of(
    cursor: "Cursor", layout: Layout, spec: MonitorSpec, rows: Relation, segment: Segment
) -> Relation:
    """Return the rows of one segment alone; none where the reference did not name it."""
    if not segment.pairs:
        return rows
    for cut in cuts_of(cursor, layout, spec):
        for one in cut.named:
            if one.segment == segment:
                told = cut.of(rows)
                return replace(told.only(f"{told.g} = {one.code}"), g=None)
    return rows.only("false")


def segments_by_code(cursor: "Cursor", key: str) -> Mapping[int, Segment]:
    """Return what the segment numbers of a model's profiles mean."""
    return {code: Segment.of(json.loads(content)) for _, code, _, content, _ in _kept(cursor, key)}


def _kept(cursor: "Cursor", key: str) -> list[tuple[int, int, str, str, bool]]:
    """Return entry, number, text, columns and values, and whether the segment is expected, by number."""
    return cursor.execute(
        "SELECT entry, code, code_text, content, expected FROM profile_segments"
        " WHERE model_key = ? ORDER BY code",
        [key],
    ).fetchall()


def name_segments(cursor: "Cursor", layout: Layout, spec: MonitorSpec, rows: Relation) -> tuple[Cut, ...]:
    """Fix the segments of a spec from the reference's rows.

    Of a column each of the commonest 20 values that has 100 rows is a segment, all others are "(other)",
    rows without a value "(missing)"; of a column with cut points each range. Of two crossed columns the
    pairs that have 100 rows, the commonest 50.

    Returns
    -------
    tuple of Cut
        One for each entry of the spec that has any segment.
    """
    cuts: list[Cut] = []
    code = 1
    for entry, written in enumerate(spec.segments):
        names, columns = [one.column for one in written], _physical(layout, written)
        values = [_values(cursor, one, rows) for one in columns]
        texts = [_APART.join(parts) for parts in product(*values)]
        # The expression needs the values that are kept; the texts just made say which those are.
        draft = Cut(entry=entry, columns=columns, named=_numbered(names, texts, {}, 1))
        counted = _counted(cursor, draft, rows)
        if len(columns) == _PAIR:
            texts = sorted(
                (text for text in texts if counted.get(text, 0) >= LEAST_ROWS),
                key=lambda text: (-counted[text], text),
            )[:MOST_PAIRS]
        named = _numbered(names, texts, counted, code)
        if named:
            cuts.append(Cut(entry=entry, columns=columns, named=named))
            code += len(named)
    _store(cursor, layout.key, cuts)
    return tuple(cuts)


def _values(cursor: "Cursor", column: SegmentColumn, rows: Relation) -> list[str]:
    """Return the values of a column, as they are called."""
    if column.at:
        return [*ranges(column.at), MISSING_GROUP]
    physical = column.column
    found = cursor.execute(
        f"SELECT {physical} FROM ({rows.select([physical])}) WHERE {physical} IS NOT NULL"
        f" GROUP BY {physical} HAVING count(*) >= {LEAST_ROWS}"
        f" ORDER BY count(*) DESC, {physical} LIMIT {MOST_VALUES}",
        dict(rows.parameters),
    ).fetchall()
    return [*(value for (value,) in found), OTHER_GROUP, MISSING_GROUP]


def ranges(at: Sequence[float]) -> list[str]:
    """Return what the ranges between cut points are called.

    Examples
    --------
    >>> ranges((20000.0, 0.5e5))
    ['below 20000', '20000 to 50000', 'from 50000']
    """
    texts = [repr(int(cut)) if cut == int(cut) else repr(cut) for cut in at]
    inner = [f"{low} to {high}" for low, high in pairwise(texts)]
    return [f"below {texts[0]}", *inner, f"from {texts[-1]}"]


def _physical(layout: Layout, columns: Sequence[SegmentColumn]) -> tuple[SegmentColumn, ...]:
    """Return where a segment's columns lie: features, or texts kept beside the features."""
    places = {**layout.sensitive, **layout.categorical, **layout.numeric}
    return tuple(replace(one, column=places[one.column]) for one in columns)


def _text(cut: Cut) -> tuple[str, Mapping[str, object]]:
    """Return the expression of a row's values in this entry's columns, and its parameters."""
    parts: list[str] = []
    parameters: dict[str, object] = {}
    for place, column in enumerate(cut.columns):
        raw = f"r.{column.column}"
        if column.at:
            number = f"TRY_CAST({raw} AS DOUBLE)"
            tree = " ".join(
                f"WHEN {number} < {edge!r}::DOUBLE THEN '{name}'"
                for edge, name in zip(column.at, ranges(column.at), strict=False)
            )
            nothing = f"WHEN {number} IS NULL OR isnan({number}) THEN '{MISSING_GROUP}'"
            parts.append(f"CASE {nothing} {tree} ELSE '{ranges(column.at)[-1]}' END")
            continue
        own = f"segment_values_{cut.entry}_{place}"
        values = {one.text.split(_APART)[place] for one in cut.named} - {OTHER_GROUP, MISSING_GROUP}
        parameters[own] = sorted(values)
        parts.append(
            f"CASE WHEN {raw} IS NULL THEN '{MISSING_GROUP}'"
            f" WHEN list_contains(${own}::VARCHAR[], {raw}) THEN {raw} ELSE '{OTHER_GROUP}' END"
        )
    return " || chr(31) || ".join(parts), parameters


def _counted(cursor: "Cursor", cut: Cut, rows: Relation) -> Mapping[str, int]:
    """Return the reference's rows of each text."""
    told = cut.of(rows)
    found = cursor.execute(
        f"SELECT g, count(*) FROM ({told.select([])}) GROUP BY g", dict(told.parameters)
    ).fetchall()
    return {cut.named[code - cut.named[0].code].text: n for code, n in found}


def _numbered(
    names: Sequence[str], texts: Sequence[str], counted: Mapping[str, int], first: int
) -> tuple[Named, ...]:
    return tuple(
        Named(
            code=first + place,
            segment=Segment.of(dict(zip(names, text.split(_APART), strict=True))),
            text=text,
            expected=counted.get(text, 0) >= LEAST_ROWS,
        )
        for place, text in enumerate(texts)
    )


def _store(cursor: "Cursor", key: str, cuts: Sequence[Cut]) -> None:
    lines = [
        (cut.entry, one.code, one.text, json.dumps(one.segment.as_dict(), ensure_ascii=False), one.expected)
        for cut in cuts
        for one in cut.named
    ]
    if lines:
        cursor.execute(
            "INSERT INTO profile_segments SELECT ?, unnest(?::INTEGER[]), unnest(?::INTEGER[]),"
            " unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::BOOLEAN[])",
            [key, *map(list, zip(*lines, strict=True))],
        )
