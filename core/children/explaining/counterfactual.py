"""What would have turned a decision: the fewest and nearest changes to values that the reference has seen."""

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.children.explaining.asked import Asked, Floats, Texts, taken
from core.children.explaining.likeness import Likeness, plain
from core.explain import Change, Counterfactual

if TYPE_CHECKING:
    import pandas as pd

MOST = 4
"""How many are shown, each of other columns."""

_MOST_CHANGES = 3
_PROMISING = 5
_BEAM = 12
_NONE_FOUND = "no change of up to three columns to values that the reference has seen turns it"

Moves: TypeAlias = tuple[tuple[str, int], ...]
"""Column and place in the reference whose value it takes."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """Changed rows that were asked: which changes, the answers, and whether each is decided otherwise."""

    moves: list[Moves]
    outputs: Floats
    flips: NDArray[np.bool_]


class Search:
    """Looks for counterfactuals of one row.

    Parameters
    ----------
    asked
        The model.
    row
        One row, of the columns of ``likeness``.
    decision
        What is decided about it.
    output
        The model's answer to it.
    likeness
        The reference, and how far rows are apart.
    immutable
        Columns that nobody can change, or should be asked to.
    """

    def __init__(
        self,
        asked: Asked,
        row: "pd.DataFrame",
        *,
        decision: str,
        output: float,
        likeness: Likeness,
        immutable: tuple[str, ...],
    ) -> None:
        import pandas as pd

        self._asked = asked
        self._pool = pd.concat([row, likeness.reference], ignore_index=True)
        self._row = row.iloc[0]
        self._decision = decision
        self._output = output
        self._likeness = likeness
        self._free = [name for name in row.columns if name not in immutable]
        # Away from the class's score where it was decided for the class, towards it elsewhere.
        self._usual = 0.0
        self._way = -1.0 if decision == asked.target else 1.0

    def found(self) -> tuple[tuple[Counterfactual, ...], str]:
        """Return the counterfactuals, the fewest changes first, then the nearest; why there are none."""
        if not self._free:
            return (), "every column is immutable"
        singles = self._try([((name, int(at)),) for name in self._free for at in self._values(name)])
        best = self._best(self._refined(self._refined(singles)))
        promising = self._promising(singles)
        front = singles
        for n_changes in range(2, _MOST_CHANGES + 1):
            if len(best) >= MOST:
                break
            front = self._try(self._wider(front, promising, set(best), n_changes))
            best |= self._best(front)
        ranked = sorted(best.values(), key=lambda moves: (len(moves), self._distance(moves)))[:MOST]
        self._usual = max(self._likeness.usual(), self._likeness.nearest(self._row)) if ranked else 0.0
        told = tuple(one for moves in ranked if (one := self._confirmed(moves)) is not None)
        return told, "" if told else _NONE_FOUND

    # ---------------------------------------------------------------- asking

    def _rows(self, moves: list[Moves]) -> "pd.DataFrame":
        places = {name: np.zeros(len(moves), dtype=np.intp) for name in self._pool.columns}
        for line, each in enumerate(moves):
            for name, at in each:
                places[name][line] = at + 1
        return taken(self._pool, places)

    def _try(self, moves: list[Moves]) -> _Tried:
        if not moves:
            return _Tried([], np.empty(0), np.empty(0, dtype=bool))
        rows = self._rows(moves)
        outputs = self._asked.outputs(rows)
        return _Tried(moves, outputs, self._turned(self._asked.decisions(rows, outputs)))

    def _turned(self, decisions: Texts | None) -> NDArray[np.bool_]:
        if decisions is None:
            raise ValueError("a regression decides nothing that could be turned")
        return np.array([one != self._decision for one in decisions], dtype=bool)

    def _values(self, name: str) -> NDArray[np.intp]:
        return self._likeness.seen(name, plain(self._row[name]))

    # ---------------------------------------------------------------- narrowing down

    def _refined(self, tried: _Tried) -> _Tried:
        """Add, for every number that turns it alone, nearer values of it that were seen."""
        values, nearer = self._likeness.reference, list[Moves]()
        for moves in self._best(tried).values():
            ((name, at),) = moves
            own, end = plain(self._row[name]), plain(values[name].iloc[at])
            if not isinstance(own, float) or not isinstance(end, float):
                continue
            start = own
            for other, flips in zip(tried.moves, tried.flips, strict=True):
                value = plain(values[name].iloc[other[0][1]]) if other[0][0] == name and not flips else None
                if isinstance(value, float) and abs(end - value) < abs(end - start):
                    # On the way, or beyond: then what is between it and the end was tried already.
                    start = value if min(own, end) < value < max(own, end) else start
            nearer += [((name, int(one)),) for one in self._likeness.between(name, start, end)]
        more = self._try(nearer)
        return _Tried(
            [*tried.moves, *more.moves],
            np.concatenate([tried.outputs, more.outputs]),
            np.concatenate([tried.flips, more.flips]),
        )

    def _best(self, tried: _Tried) -> dict[frozenset[str], Moves]:
        """Return the nearest change that turns it for every set of columns."""
        best: dict[frozenset[str], Moves] = {}
        for at in np.flatnonzero(tried.flips):
            moves = tried.moves[at]
            columns = frozenset(name for name, _ in moves)
            if columns not in best or self._distance(moves) < self._distance(best[columns]):
                best[columns] = moves
        return best

    def _promising(self, singles: _Tried) -> dict[str, list[int]]:
        """Return for every column the values that move the answer farthest towards the other decision."""
        found: dict[str, list[int]] = {}
        for at in np.argsort(-self._way * (singles.outputs - self._output), kind="stable"):
            ((name, place),) = singles.moves[at]
            if len(found.setdefault(name, [])) < _PROMISING:
                found[name].append(place)
        return found

    def _wider(
        self, front: _Tried, promising: dict[str, list[int]], done: set[frozenset[str]], n_changes: int
    ) -> list[Moves]:
        """Return changes of one column more; none that holds one that is enough by itself."""
        if n_changes == 2:
            starts: list[Moves] = [((name, at),) for name, places in promising.items() for at in places]
        else:
            order = np.argsort(-self._way * (front.outputs - self._output), kind="stable")
            starts = [front.moves[at] for at in order if not front.flips[at]][:_BEAM]
        wider: dict[frozenset[tuple[str, int]], Moves] = {}
        for moves in starts:
            columns = {name for name, _ in moves}
            for name, places in promising.items():
                grown = frozenset({*columns, name})
                if name in columns or any(one <= grown for one in done):
                    continue
                for at in places:
                    wider.setdefault(frozenset({*moves, (name, at)}), (*moves, (name, at)))
        return list(wider.values())

    def _distance(self, moves: Moves) -> float:
        reference, total = self._likeness.reference, 0.0
        for name, at in moves:
            total += float(
                self._likeness.step(name, plain(self._row[name]), reference[name].iloc[at : at + 1])[0]
            )
        return total

    # ---------------------------------------------------------------- telling

    def _confirmed(self, moves: Moves) -> Counterfactual | None:
        """Return a counterfactual without changes that it can do without, after asking once more."""
        for n in range(1, len(moves)):
            smaller = self._try([tuple(some) for some in combinations(moves, n)])
            if smaller.flips.any():
                return None  # those columns are among the others already, or would be
        row = self._rows([moves])
        outputs = self._asked.outputs(row)
        decisions = self._asked.decisions(row, outputs)
        if decisions is None or decisions[0] == self._decision:
            return None
        nearest = self._likeness.nearest(row.iloc[0])
        return Counterfactual(
            changes=tuple(
                Change(feature=name, before=plain(self._row[name]), after=plain(row.iloc[0][name]))
                for name, _ in moves
            ),
            output=float(outputs[0]),
            decision=str(decisions[0]),
            distance=self._distance(moves),
            nearest=nearest,
            plausible=nearest <= self._usual,
        )
