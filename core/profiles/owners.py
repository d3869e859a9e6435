"""Whose rows there are: windows, versions and segments, told apart by one whole number.

Grouping by that number costs half of grouping by the three, one of them a text, and it tells all three.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from core.profiles.bins import Places
from core.profiles.relation import Relation

if TYPE_CHECKING:
    from core.store import Cursor

Owner: TypeAlias = tuple[int, str, int]
"""Window index, version and segment number (0: all rows): whose row it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """The owners of a relation's rows in the order of their numbers, and how many rows each has.

    An owner's number is ((window − first) × versions + version) × segments + segment, where ``versions``
    are told apart by their place. ``n_errors`` counts the requests that failed.
    """

    rows: Relation
    first: int
    versions: tuple[str, ...]
    n_segments: int
    keys: tuple[Owner, ...]
    codes: Places
    n: tuple[int, ...]
    n_errors: tuple[int, ...]

    @classmethod
    def of(cls, cursor: "Cursor", rows: Relation, *, has_status: bool = True) -> "Owners":
        """Find the owners in one look at the rows, which may be none.

        Failed is any status but ok; an absent one is not counted.
        """
        segment = "0" if rows.g is None else "g"
        failed = "count(*) FILTER (lower(trim(status)) <> 'ok')" if has_status else "0"
        found = cursor.execute(
            f"SELECT w, v, {segment}, count(*), {failed}"
            f" FROM ({rows.select(['status'] if has_status else [])}) GROUP BY {rows.by}",
            dict(rows.parameters),
        ).fetchall()
        first = min((w for w, *_ in found), default=0)
        versions = tuple(sorted({v for _, v, *_ in found}))
        n_segments = max((g for _, _, g, *_ in found), default=0) + 1
        numbered = sorted(
            (((w - first) * len(versions) + versions.index(v)) * n_segments + g, (w, v, g), n, m)
            for w, v, g, n, m in found
        )
        return cls(
            rows=rows,
            first=first,
            versions=versions,
            n_segments=n_segments,
            keys=tuple(key for _, key, _, _ in numbered),
            codes=np.array([code for code, *_ in numbered], dtype=np.intp),
            n=tuple(n for *_, n, _ in numbered),
            n_errors=tuple(m for *_, m in numbered),
        )

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def parameters(self) -> Mapping[str, object]:
        """The parameters of what is selected and restored in one statement."""
        return {"owner_versions": list(self.versions)}

    @property
    def by(self) -> tuple[str, ...]:
        """The column by which rows are told apart: ``o``, or none where all have one owner."""
        return ("o",) if len(self) > 1 else ()

    @property
    def numbering(self) -> Mapping[str, object]:
        """The parameters of what is selected alone."""
        return self.parameters if len(self.versions) > 1 else {}

    def places(self, codes: Places) -> Places:
        """Return which owner each row belongs to, by its number."""
        if self.codes[-1] - self.codes[0] == len(self.codes) - 1:
            return np.asarray(codes - self.codes[0])
        return np.asarray(np.searchsorted(self.codes, codes))

    def select(self, rows: Relation, columns: Iterable[str]) -> str:
        """Return the SELECT of these columns and, of several owners, of ``o``, the owner's number.

        ``rows`` are the owners' own, labelled or not.
        """
        version = "list_position($owner_versions::VARCHAR[], v) - 1" if len(self.versions) > 1 else "0"
        number = f"(w::BIGINT - ({self.first})) * {len(self.versions)} + {version}"
        segment = "0" if rows.g is None else "g"
        names = list(columns)
        owner = [f"({number}) * {self.n_segments} + {segment} AS o"] if self.by else []
        listed = ", ".join([*names, *owner]) or "1 AS one"
        return f"SELECT {listed} FROM ({rows.select(names)})"

    def restored(self, counted: str) -> str:
        """Return what was counted by ``o``, with w, v (and g) in its place."""
        if not self.by:
            counted = f"SELECT {self.codes[0] if len(self) else 0} AS o, * FROM ({counted})"
        n_versions = max(len(self.versions), 1)
        window = f"(o // {self.n_segments * n_versions} + ({self.first}))::INTEGER"
        version = f"($owner_versions::VARCHAR[])[1 + (o // {self.n_segments}) % {n_versions}]"
        segment = "" if self.rows.g is None else f", (o % {self.n_segments})::INTEGER AS g"
        return f"SELECT {window} AS w, {version} AS v{segment}, * EXCLUDE (o) FROM ({counted})"
