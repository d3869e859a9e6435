"""Rows of two sides added up by segment: one pass that codes them, then one short one per question."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from core.domain import Segment
from core.profiles.aggregates import score_bin
from core.profiles.codings import Coding
from core.profiles.losses import Loss
from core.profiles.relation import Relation
from core.store import Cursor

MOST_ROWS = 1_000_000
"""Of a side with more rows a part is taken, the same rows every time."""

_TABLE = "segmented_rows"
_SUMS = "count(*) AS n, sum(w) AS w, sum(x) AS x, sum(w * w) AS ww, sum(w * x) AS wx, sum(square) AS xx"
_RANKS = "count(*) AS n, sum(x) AS x"

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Both sides by the segments of some columns.

    ``values`` has the shape (2, segments, 6) for sums (n, w, x, w², wx, x²) and (2, segments, 2, bins)
    for ranks (positive and negative rows by ascending score).
    """

    columns: tuple[str, ...]
    segments: tuple[Segment, ...]
    values: Numbers


class Segmented:
    """Coded rows of both sides in a temporary table of one cursor; close it when done."""

    def __init__(
        self,
        cursor: Cursor,
        sides: tuple[Relation, Relation],
        loss: Loss,
        codings: Sequence[Coding],
        *,
        score_edges: Sequence[float] = (),
        coarse: Sequence[int] = (),
        chances: Sequence[float] = (),
        most_rows: int = MOST_ROWS,
    ) -> None:
        """Code the rows.

        Parameters
        ----------
        sides
            Before and after.
        score_edges, coarse, chances
            Of the score's bins: their edges, the coarser bin of each, and the chance of the positive class
            in each (for estimates).
        most_rows
            See :data:`MOST_ROWS`.
        """
        self._cursor, self._loss = cursor, loss
        self._codings = {one.column: one for one in codings}
        self._n_fine = len(score_edges) + 1
        self._n_coarse = max(coarse, default=0) + 1
        parameters: dict[str, object] = dict(loss.parameters)
        for one in codings:
            parameters |= one.parameters
        if chances:
            parameters["chances"] = list(chances)
        if loss.ranked:
            parameters["coarse"] = list(coarse)
        self.is_sample = False
        self.n_rows: list[int] = []
        selects = []
        for place, side in enumerate(sides):
            parameters |= side.parameters
            selects.append(self._select(place, side, score_edges, most_rows))
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS {' UNION ALL '.join(selects)}", parameters)

    def close(self) -> None:
        """Drop the coded rows."""
        with suppress(AttributeError):
            self._cursor.execute(f"DROP TABLE IF EXISTS {_TABLE}")

    def _select(self, place: int, side: Relation, score_edges: Sequence[float], most_rows: int) -> str:
        loss = self._loss
        found = self._cursor.execute(
            f"SELECT count(*) FROM ({side.select(['arrival'])})", dict(side.parameters)
        ).fetchone()
        n = 0 if found is None else int(found[0])
        self.n_rows.append(n)
        part = "true"
        if n > most_rows:
            self.is_sample = True
            part = f"hash(arrival) % {n // most_rows + 1} = 0"
        names = dict.fromkeys((*loss.columns, *(one.physical for one in self._codings.values()), "arrival"))
        codes = "".join(f", {one.expression} AS k{i}" for i, one in enumerate(self._codings.values()))
        score = loss.columns[0]
        bins = score_bin(score, score_edges) if score_edges else "0"
        coarse = "$coarse[b + 1]" if loss.ranked else "0"
        binned = f"SELECT *, {bins} AS b FROM ({side.select(names)}) WHERE {part} AND {loss.where}"
        return (
            f"SELECT *, {loss.square} AS square FROM (SELECT {place}::UTINYINT AS side,"
            f" ({loss.weight})::DOUBLE AS w, ({loss.amount})::DOUBLE AS x, b::SMALLINT AS b,"
            f" {coarse}::SMALLINT AS h{codes} FROM ({binned})) WHERE w <> 0"
        )

    def singles(self) -> list[Counted]:
        """Return both sides by the segments of every single column, in one statement."""
        if not self._codings:
            return []
        kind, more = (_RANKS, ", h") if self._loss.ranked else (_SUMS, "")
        sql = " UNION ALL ".join(
            f"SELECT {i} AS place, side, k{i} AS code{more}, {kind} FROM {_TABLE} GROUP BY side, k{i}{more}"
            for i in range(len(self._codings))
        )
        found = _columns(self._cursor, sql)
        return [
            self._counted(
                (name,), {key: values[found["place"] == i] for key, values in found.items()}, ["code"]
            )
            for i, name in enumerate(self._codings)
        ]

    def joint(self, columns: tuple[str, ...], *, fine: bool = False) -> Counted:
        """Return both sides by the segments of some columns; no columns: all rows as one segment.

        ``fine`` keeps every bin of the score apart, for the metric of the whole.
        """
        names = list(self._codings)
        keys = [f"k{names.index(column)}" for column in columns]
        bins = ("b AS h" if fine else "h") if self._loss.ranked else ""
        kind = _RANKS if self._loss.ranked else _SUMS
        listed = ", ".join(filter(None, ["side", *keys, bins]))
        sql = f"SELECT {listed}, {kind} FROM {_TABLE} GROUP BY ALL"
        return self._counted(columns, _columns(self._cursor, sql), keys, fine=fine)

    def _counted(
        self, columns: tuple[str, ...], found: dict[str, Numbers], keys: Sequence[str], *, fine: bool = False
    ) -> Counted:
        n = len(found["side"])
        codes = np.stack([found[key] for key in keys], axis=1) if keys else np.zeros((n, 0))
        distinct, place = np.unique(codes, axis=0, return_inverse=True)
        place = place.ravel()
        segments = tuple(
            Segment.of(
                {
                    column: self._codings[column].labels[int(code)]
                    for column, code in zip(columns, row, strict=True)
                }
            )
            for row in distinct
        )
        side = found["side"].astype(np.intp)
        if self._loss.ranked:
            bins = self._n_fine if fine else self._n_coarse
            values = np.zeros((2, len(distinct), 2, bins))
            score = found["h"].astype(np.intp)
            values[side, place, 0, score] = found["x"]
            values[side, place, 1, score] = found["n"] - found["x"]
        else:
            values = np.zeros((2, len(distinct), 6))
            for i, name in enumerate(("n", "w", "x", "ww", "wx", "xx")):
                values[side, place, i] = found[name]
        return Counted(columns=columns, segments=segments, values=values)


def coarser(counts: Iterable[int], n_groups: int) -> list[int]:
    """Return for each bin the group it falls into: neighbours, of about equally many rows.

    Examples
    --------
    >>> coarser([1, 1, 4, 0, 2, 2], 2)
    [0, 0, 0, 1, 1, 1]
    """
    listed = list(counts)
    total = max(sum(listed), 1)
    below = chain([0], np.cumsum(listed).tolist()[:-1])
    groups = [min(int(n * n_groups / total), n_groups - 1) for n in below]
    # Groups without a bin of their own are closed up, so that numbers run without a gap.
    place = {group: i for i, group in enumerate(sorted(set(groups)))}
    return [place[group] for group in groups]


def _columns(cursor: Cursor, sql: str) -> dict[str, Numbers]:
    found = cursor.execute(sql).fetchnumpy()
    return {
        name: np.ma.filled(np.ma.asarray(values, dtype=np.float64), 0.0) for name, values in found.items()
    }
