"""Which rows are compared, and by which metric a model's change can be traced back to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.domain import Reference, Task, Window
from core.errors import InvalidInput, Problem
from core.metrics.estimation import Calibration
from core.metrics.leading import leading_metric
from core.profiles.aggregates import score_bin
from core.profiles.losses import MEAN_PREDICTION, MEAN_SCORE, Loss, loss
from core.profiles.relation import Relation, current_rows, labelled, reference_rows
from core.profiles.segmented import coarser
from core.spec import Layout, MonitorSpec
from core.store import Cursor

COARSE = 64
"""Score bins by which segments are searched; the whole is measured on all of the profile's bins."""

ESTIMATED = (
    "No label is used: the numbers are estimated from calibrated scores, which cannot see concept drift."
)
OUTPUTS = (
    "No label is known and no performance can be estimated: this is what the model answered, not how well."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One side: a window of one version, or the reference (``window`` None)."""

    name: str
    window: Window | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A model's rows and what its windows are compared with."""

    layout: Layout
    spec: MonitorSpec
    origin: datetime | None
    reference: Reference
    calibration: Calibration | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A metric as it is traced back to rows."""

    metric: str
    estimated: bool
    loss: Loss
    notes: tuple[str, ...] = ()
    chances: tuple[float, ...] = ()


def rows_of(ground: Ground, asked: Asked, place: int) -> Relation:
    """Return the rows of one side, with their labels; ``place`` keeps the sides' parameters apart."""
    spec, layout = ground.spec, ground.layout
    if asked.window is None:
        return reference_rows(layout, spec, None)
    rows = current_rows(layout, spec, ground.origin, (asked.window,))
    if asked.version is not None:
        name = f"version_{place}"
        rows = rows.only(f"{rows.v} = ${name}", **{name: asked.version})
    return labelled(layout, rows, narrow=True) if spec.columns.label is not None else rows


def check_columns(ground: Ground, by: Sequence[str]) -> None:
    """Raise ``InvalidInput`` with all names that are no feature or sensitive column."""
    layout = ground.layout
    known = {**layout.numeric, **layout.categorical, **layout.sensitive}
    unknown = [name for name in by if name not in known]
    if unknown:
        remedy = f"choose among {', '.join(known)}"
        raise InvalidInput(
            "The question",
            [
                Problem(field="by", message=f"'{one}' is no feature or sensitive column", remedy=remedy)
                for one in unknown
            ],
        )


def untraceable(metric: str) -> Problem:
    """Return what is wrong with a metric that is no sum or order of rows."""
    return Problem(
        field="metric",
        message=f"'{metric}' cannot be traced back to the rows of this model",
        remedy="choose roc_auc, accuracy, precision, recall, specificity, f1, brier, log_loss, mae, bias, "
        "wape, error_rate, selection_rate or label_rate, as far as the model has the columns",
    )


def questions(
    cursor: Cursor,
    ground: Ground,
    sides: tuple[Relation, Relation],
    metric: str | None,
    estimated: bool | None,
) -> list[Question]:
    """Return what to try, the best first: labels, the estimate, and what went out."""
    spec, layout = ground.spec, ground.layout
    name = metric or leading_metric(spec)
    found: list[Question] = []
    if estimated is not True and (one := loss(name, spec, layout)):
        found.append(Question(metric=name, estimated=False, loss=one))
    expected = None if ground.calibration is None else loss(name, spec, layout, estimated=True)
    if estimated is not False and expected is not None and ground.calibration is not None:
        chances = _chances(cursor, ground, sides, ground.calibration)
        found.append(
            Question(metric=name, estimated=True, loss=expected, notes=(ESTIMATED,), chances=chances)
        )
    if metric is None and estimated is None:
        outputs = MEAN_PREDICTION if spec.task is Task.REGRESSION else MEAN_SCORE
        found += [
            Question(metric=other, estimated=False, loss=one, notes=(OUTPUTS,))
            for other in (outputs, "selection_rate")
            if (one := loss(other, spec, layout))
        ]
    return found


def score_edges(ground: Ground) -> tuple[float, ...]:
    """Return the edges of a binary model's score; none where it has no score."""
    name = next(iter(ground.layout.scores), None)
    return () if name is None else tuple(ground.reference.edges.get(name, ()))


def coarse_bins(ground: Ground) -> list[int]:
    """Return for each bin of the score the coarser one, of about equally many reference rows."""
    name = next(iter(ground.layout.scores))
    profile = ground.reference.profile.scores.get(name)
    n_bins = len(score_edges(ground)) + 1
    counts = [1] * n_bins if profile is None else [n + 1 for n in profile.counts]
    return coarser(counts, COARSE)


def _chances(
    cursor: Cursor, ground: Ground, sides: tuple[Relation, Relation], calibration: Calibration
) -> tuple[float, ...]:
    """Return the chance of the positive class in each score bin: that of its rows' mean score."""
    score, edges = next(iter(ground.layout.scores.values())), score_edges(ground)
    both = " UNION ALL ".join(f"SELECT {score} AS s FROM ({side.select([score])})" for side in sides)
    means: Mapping[int, float] = dict(
        cursor.execute(
            f"SELECT {score_bin('s', edges)} AS b, avg(s) FROM ({both}) WHERE isfinite(s) GROUP BY b",
            {**sides[0].parameters, **sides[1].parameters},
        ).fetchall()
    )
    # A bin without rows has no mean and is never asked for.
    scores = np.array([means.get(i, 0.0) for i in range(len(edges) + 1)], dtype=np.float64)
    return tuple(calibration(scores).tolist())
