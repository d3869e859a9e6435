"""Is a version what it is by chance? Fitted anew with other seeds on the same rows; in the child process."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from core.candidate import Fact
from core.children.candidate import outcome
from core.children.model_files import ModelFiles, class_text
from core.domain import Role, Task
from core.metrics.leading import leading_metric
from core.spec import MonitorSpec
from core.validation.parts import leading
from core.validation.request import LABEL, Request
from core.validation.scoring import Scorer, attempt

if TYPE_CHECKING:
    import pandas as pd

N_SEEDS = 5
MOST_ROWS = 4000
LEAST_ROWS = 200
BUDGET_S = 60.0
"""Seconds after which no further seed is tried: a validation must come to an end."""

_METRIC = "seed_spread"
_SEED = "random_state"


class _Fitting(Protocol):
    def fit(self, inputs: "pd.DataFrame", labels: object) -> object: ...

    def get_params(self, *, deep: bool) -> dict[str, object]: ...

    def set_params(self, **params: object) -> object: ...


def seed_spread(
    scorer: Scorer, frame: "pd.DataFrame", spec: MonitorSpec, request: Request, tell: Callable[[int], None]
) -> Fact:
    """How much the leading metric moves from seed to seed: the standard deviation over refits.

    In the metric's unit; 0: the seed changes nothing. The older half of the rows is fitted, the newer scored,
    so its level is not the version's own. None, with the reason, where it cannot be fitted anew here.
    """
    files = scorer.files
    why = _why_not(files, frame, request)
    if why:
        return Fact(metric=_METRIC, value=None, role=Role.PERFORMANCE, reason=f"it cannot be refit: {why}")
    found, problem = attempt(lambda: _refits(files, frame, spec, request, tell))
    if found is None:
        reason = f"it cannot be refit: {problem}"
        return Fact(metric=_METRIC, value=None, role=Role.PERFORMANCE, reason=reason)
    if len(found) < 2:
        why = f"{len(found)} of {N_SEEDS} refits came to a number within {BUDGET_S:g} s"
        return Fact(metric=_METRIC, value=None, role=Role.PERFORMANCE, reason=why)
    metric = leading_metric(spec)
    return Fact(
        metric=_METRIC,
        value=float(np.std(found, ddof=1)),
        n=len(found),
        role=Role.PERFORMANCE,
        method=f"refits with other seeds on the older half of the rows, {metric} on the newer",
        note=f"{len(found)} refits: {metric} {min(found):.3f} to {max(found):.3f}",
    )


def _why_not(files: ModelFiles, frame: "pd.DataFrame", request: Request) -> str:
    if files.flavour != "sklearn":
        return "it is no scikit-learn model"
    if not request.has_labels:
        return "there are no labels"
    if len(frame) < 2 * LEAST_ROWS:
        return f"{len(frame):,} rows, {2 * LEAST_ROWS:,} needed"
    if request.task is not Task.REGRESSION and frame[LABEL].nunique() < 2:
        return "the rows are of one class"
    return ""


def _refits(
    files: ModelFiles, frame: "pd.DataFrame", spec: MonitorSpec, request: Request, tell: Callable[[int], None]
) -> list[float]:
    from sklearn.base import clone

    half = len(frame) // 2
    older, newer = frame.iloc[max(0, half - MOST_ROWS) : half], frame.iloc[half : half + MOST_ROWS]
    classes = None
    if request.task is not Task.REGRESSION:
        classes = {class_text(one): one for one in getattr(files.model, "classes_", ())}
    inputs, labels = files.frame(older), outcome(older[LABEL], classes)
    found, begun = [], time.monotonic()
    for seed in range(N_SEEDS):
        tell(seed)
        model = cast("_Fitting", clone(cast("object", files.model)))
        seeds = {name: seed for name in model.get_params(deep=True) if name.split("__")[-1] == _SEED}
        if seeds:
            model.set_params(**seeds)
        model.fit(inputs, labels)
        made = ModelFiles(flavour="sklearn", model=cast("Scorer", model), inputs=files.inputs)  # type: ignore[arg-type]
        tried = Scorer.of(made, request).answer(newer)
        one = None if tried.rows is None else leading(tried.rows, spec)
        if one is not None and one.value is not None:
            found.append(one.value)
        if time.monotonic() - begun > BUDGET_S:
            break
    return found
