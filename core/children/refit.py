"""Fit the champion's own pipeline anew on a snapshot, or put a classifier's scores right on fresh labels.

Input and output: see :mod:`core.children.candidate`. A refit is ``sklearn.base.clone`` of the logged
pipeline: the champion's settings, and nothing of what it learned. A recalibration keeps the champion as it is
and maps its scores onto the fresh labels: by isotonic regression from 1,000 rows on, by Platt's sigmoid below
(Niculescu-Mizil and Caruana, "Predicting good probabilities with supervised learning", 2005). A mitigation
fits by one of the recipes of :mod:`core.children.mitigating`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from core.children import candidate, mitigating, model_files
from core.children.candidate import CHAMPION, EVALUATION, SNAPSHOT, Report, Request
from core.children.lesson import lesson_of
from core.children.model_files import ModelFiles, class_text
from core.errors import Unavailable
from core.mitigation import Recipe

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say

ENOUGH_FOR_ISOTONIC = 1000
_MOST_PARAMS = 100
_LONGEST = 250


class _Fitting(model_files.Estimator, Protocol):
    def fit(self, inputs: "pd.DataFrame", labels: object) -> "_Fitting":
        """Learn from rows."""
        ...

    def get_params(self, *, deep: bool) -> Mapping[str, object]:
        """Return the settings."""
        ...


def run(folder: Path, say: "Say") -> None:
    """Train the candidate.

    Raises
    ------
    Unavailable
        The champion is no scikit-learn model, or the rows are not enough to train and measure.
    InvalidInput
        The champion cannot be loaded, or the rows lack one of its inputs.
    """
    import pandas as pd

    request = candidate.begin(folder)
    say(0.02, "Reading rows")
    rows = pd.read_parquet(folder / SNAPSHOT)
    parts = candidate.part(rows, request)
    say(0.05, "Loading the champion")
    champion = model_files.load(folder / CHAMPION)
    if champion.flavour != "sklearn":
        raise Unavailable(
            "The training", "the champion is not a scikit-learn model: name an entry in the spec"
        )
    say(0.25, f"Fitting on {len(parts.trained):,} rows")
    fitted = _fitted(champion, parts.trained, request)
    say(0.75, f"Measuring on {len(parts.held_out):,} rows")
    made = ModelFiles(flavour="sklearn", model=fitted, inputs=champion.inputs)
    answers, labels = made.predict(parts.held_out), parts.held_out[request.label]
    first, last = candidate.span(parts.trained)
    report = Report(
        n_trained=len(parts.trained),
        n_held_out=len(parts.held_out),
        trained_from=first,
        trained_until=last,
        metrics=candidate.measured(answers, labels, request),
        champion=candidate.measured(champion.predict(parts.held_out), labels, request),
        params=_params(fitted),
    )
    say(0.85, "Writing the model")
    candidate.evaluation(parts.held_out, answers, request).to_parquet(folder / EVALUATION, index=False)
    model_files.save(fitted, folder / candidate.MADE, like=folder / CHAMPION)
    say(0.95, "Packing")
    candidate.pack(folder, report)


def _fitted(champion: ModelFiles, rows: "pd.DataFrame", request: Request) -> _Fitting:
    from sklearn.base import clone

    inputs = champion.frame(rows)
    if request.way == "recalibrate":
        return _recalibrated(champion, inputs, rows[request.label], request)
    if request.way == "mitigate":
        return _mitigated(champion, rows, request)
    labels = candidate.outcome(rows[request.label], _classes(champion, request))
    return cast("_Fitting", clone(champion.model)).fit(inputs, labels)


def _recalibrated(
    champion: ModelFiles, inputs: "pd.DataFrame", labels: "pd.Series", request: Request
) -> _Fitting:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator

    classes = _classes(champion, request)
    if classes is None or not hasattr(champion.model, "predict_proba"):
        raise Unavailable("The recalibration", "the champion gives no scores of classes")
    method = "isotonic" if len(labels) >= ENOUGH_FOR_ISOTONIC else "sigmoid"
    wrapped = CalibratedClassifierCV(FrozenEstimator(champion.model), method=method)
    return cast("_Fitting", wrapped.fit(inputs, candidate.outcome(labels, classes)))


def _mitigated(champion: ModelFiles, rows: "pd.DataFrame", request: Request) -> _Fitting:
    recipe = Recipe.of(request.recipe)
    lesson = lesson_of(champion, rows, request, by=recipe.by)
    made = mitigating.make(lesson, recipe)
    return cast("_Fitting", mitigating.whole(made, lesson, recipe.by))


def _classes(champion: ModelFiles, request: Request) -> Mapping[str, object] | None:
    """Return class text → the class as the champion knows it; None for regression."""
    if request.task == "regression":
        return None
    return {class_text(one): one for one in getattr(champion.model, "classes_", ())}


def _params(model: _Fitting) -> dict[str, str]:
    """Return the settings of the whole pipeline as texts, those that are themselves models left out."""
    found = {name: value for name, value in model.get_params(deep=True).items() if _is_plain(value)}
    return {name: str(found[name])[:_LONGEST] for name in sorted(found)[:_MOST_PARAMS]}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)
