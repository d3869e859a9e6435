"""The child's work on a frontier: train by every recipe, and measure all of them on the same held-out rows.

Input: ``request.json`` (:class:`Request`), ``snapshot.parquet`` and ``model/``, the champion's files. Output:
``frontier.json`` (:class:`core.mitigation.Frontier`). A recipe that fails is a point that says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.candidate import Baseline, Fact
from core.children import candidate, mitigating, model_files
from core.children.lesson import LEAST_ROWS, TOGETHER, Lesson, Made, lesson_of, named
from core.children.offline import stay_offline
from core.domain import Role
from core.metrics import fairness
from core.metrics.intervals import delong, on_logit_scale
from core.metrics.paired import auc_difference
from core.metrics.reading import NOT_ENOUGH, ONE_CLASS, Reading
from core.mitigation import MEASURES, Frontier, GroupRate, Method, Point, Recipe, recipes
from core.validation.scoring import attempt

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say

REQUEST, OUTPUT = "bench.json", "frontier.json"
MOST_ROWS = 50_000
"""Rows that recipes are tried on, drawn from more."""
_LEARNING = 0.85
"""Share of the time that training takes."""

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to try; ``training`` names the columns, as for a training."""

    model: str
    version: str
    by: str
    measure: str
    snapshot: str
    made_at: datetime
    training: candidate.Request


REQUESTS = TypeAdapter(Request)
FRONTIERS = TypeAdapter(Frontier)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """The held-out rows as arrays: inputs, outcomes, groups, and the champion's scores of them."""

    lesson: Lesson
    champion: Floats

    @property
    def positive(self) -> Flags:
        return self.lesson.positive


def run(folder: Path, say: "Say") -> None:
    """Try all recipes.

    Raises
    ------
    Unavailable
        The rows are not enough to train and measure.
    InvalidInput
        The champion cannot be loaded, or the rows lack one of its inputs.
    """
    import pandas as pd

    stay_offline()
    request = REQUESTS.validate_json((folder / REQUEST).read_bytes())
    say(0.02, "Reading rows")
    parts = candidate.part(pd.read_parquet(folder / candidate.SNAPSHOT), request.training)
    say(0.04, "Loading the champion")
    champion = model_files.load(folder / candidate.CHAMPION)
    trained = _drawn(parts.trained)
    taught = lesson_of(champion, trained, request.training, by=request.by)
    groups = parts.held_out[candidate.GROUP + request.by].to_numpy(dtype=np.object_)
    asked = lesson_of(champion, parts.held_out, request.training, by=request.by)
    asked = replace(asked, groups=named(groups))
    as_it_is = mitigating.make(taught, Recipe(method=Method.CHAMPION, by=request.by, measure=request.measure))
    held = _Held(asked, as_it_is.scores(asked.inputs, asked.groups))
    points = []
    tried = recipes(request.by, request.measure)
    for place, recipe in enumerate(tried):
        say(0.1 + _LEARNING * place / len(tried), f"{recipe.words} ({place + 1} of {len(tried)})")
        points.append(_point(recipe, taught, held))
    first, last = candidate.span(parts.held_out)
    found = Frontier(
        model=request.model,
        from_version=request.version,
        by=request.by,
        measure=request.measure,
        positive=taught.positive_class,
        made_at=request.made_at,
        threshold=taught.threshold,
        snapshot=request.snapshot,
        n_trained=len(trained),
        n_held_out=len(parts.held_out),
        held_from=None if first is None else datetime.fromisoformat(first),
        held_until=None if last is None else datetime.fromisoformat(last),
        small_groups=tuple(name for name, n in _sizes(asked.groups) if n < LEAST_ROWS),
        points=tuple(points),
    )
    (folder / OUTPUT).write_bytes(FRONTIERS.dump_json(found))


def _drawn(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return so many rows that a trial takes a minute; the candidate learns from all of them."""
    return rows if len(rows) <= MOST_ROWS else rows.sample(MOST_ROWS, random_state=0).sort_index()


def _point(recipe: Recipe, taught: Lesson, held: _Held) -> Point:
    def tried() -> tuple[Made, Floats]:
        made = mitigating.make(taught, recipe)
        return made, made.scores(held.lesson.inputs, held.lesson.groups)

    found, problem = attempt(tried)
    if found is None:
        return Point(recipe=recipe, problem=problem)
    made, scores = found
    return replace(_measured(recipe, scores, held), why_not=_why_not(recipe, made, taught))


def _why_not(recipe: Recipe, made: Made, taught: Lesson) -> str:
    if recipe.method is Method.CHAMPION:
        return "it is in production"
    if recipe.method is Method.REFIT:
        return "it is what a retraining makes"
    return mitigating.needs_column(made, taught, recipe.by)


def _measured(recipe: Recipe, scores: Floats, held: _Held) -> Point:
    decided = scores >= held.lesson.threshold
    correct = decided == held.positive
    gap, beside = auc_difference(held.positive, scores, held.champion)
    names, counts = _counts(recipe.measure, decided, held)
    cost = replace(_fact("roc_auc", gap), baseline=Baseline.CHAMPION, beside=beside)
    return Point(
        recipe=recipe,
        ratio=replace(
            _fact(MEASURES[recipe.measure], fairness.ratio([counts], NOT_ENOUGH)),
            role=Role.FAIRNESS,
            feature=recipe.by,
        ),
        auc=_fact("roc_auc", _auc(scores, held.positive)),
        accuracy=_fact("accuracy", fairness.rate(float(correct.sum()), len(correct), NOT_ENOUGH)),
        auc_cost=cost,
        rates=tuple(
            _rate(name, fairness.rate(float(n_hits), float(n), NOT_ENOUGH))
            for name, n_hits, n in zip(names, *counts, strict=True)
        ),
    )


def _counts(measure: str, decided: Flags, held: _Held) -> tuple[Sequence[str], tuple[Floats, Floats]]:
    """Return the large groups, and of each how many were decided for, of how many."""
    counted = np.ones(len(decided), dtype=bool) if measure == "selection_rate" else held.positive
    names = [name for name, n in _sizes(held.lesson.groups) if n >= LEAST_ROWS]
    own = [(held.lesson.groups == one) & counted for one in names]
    hits = np.array([float((decided & each).sum()) for each in own])
    return names, (hits, np.array([float(each.sum()) for each in own]))


def _sizes(groups: NDArray[np.object_]) -> list[tuple[str, int]]:
    names, counts = np.unique(groups.astype(str), return_counts=True)
    both = zip(names, counts, strict=True)
    return [(str(name), int(n)) for name, n in both if name != TOGETHER]


def _auc(scores: Floats, positive: Flags) -> Reading:
    """Return the ROC AUC, every score a bin of its own."""
    _, place = np.unique(scores, return_inverse=True)
    of_class = [np.bincount(place[own], minlength=place.max() + 1) for own in (positive, ~positive)]
    found = delong(*(counts.astype(np.float64) for counts in of_class))
    if found is None:
        return Reading.nothing(ONE_CLASS, len(scores))
    value, error = found
    least = float(min(positive.sum(), (~positive).sum()))
    return Reading.of(value, len(scores), on_logit_scale(value, error, least))


def _fact(metric: str, reading: Reading) -> Fact:
    return Fact(
        metric=metric,
        value=reading.value,
        n=reading.n,
        low=reading.low,
        high=reading.high,
        reason=reading.reason,
    )


def _rate(name: str, reading: Reading) -> GroupRate:
    return GroupRate(group=name, value=reading.value, low=reading.low, high=reading.high, n=reading.n)
