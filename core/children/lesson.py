"""What a mitigation learns from, and what it makes: rows and groups; a model and its moves by group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from core.children.candidate import GROUP
from core.children.model_files import ModelFiles, class_text
from core.errors import Unavailable

if TYPE_CHECKING:
    import pandas as pd

    from core.children.candidate import Request
    from core.children.model_files import Estimator

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]

LEAST_ROWS = 100
"""Rows under which groups are taken together: alone they would be bounds on noise."""
TOGETHER = "(small groups)"
ONE_HALF = 0.5
"""Where production's decisions show no threshold, they are taken to be the model's own."""
FARTHEST = 1e-9
"""How near to 0 and 1 a probability is let come where its log-odds are taken."""


class Classifier(Protocol):
    """What is used of a scikit-learn classifier."""

    classes_: Sequence[object]

    def fit(self, inputs: object, labels: object, **weights: object) -> "Classifier":
        """Learn from rows."""
        ...

    def predict_proba(self, inputs: object) -> Floats:
        """Return one column of probabilities per class."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What there is to learn from; all arrays have one entry a row.

    Parameters
    ----------
    champion
        The model whose settings are kept: a scikit-learn classifier of two classes.
    inputs
        Its input columns.
    positive
        Whether the label is the class that the score is of.
    groups
        The sensitive column, small groups taken together.
    positive_class
        That class as texts name it.
    threshold
        Score from which production decides for it, in (0, 1).
    """

    champion: ModelFiles
    inputs: "pd.DataFrame"
    positive: Flags
    groups: Texts
    positive_class: str
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A model that was made, and what its scores are moved by in each group, in log-odds, if they are."""

    model: Classifier
    positive_class: str
    shifts: Mapping[str, float] | None = None

    def scores(self, inputs: "pd.DataFrame", groups: Texts) -> Floats:
        """Return the probability of the positive class, moved by group where there are shifts."""
        found = _score(self.model, inputs, self.positive_class)
        if self.shifts is None:
            return found
        others = self.shifts.get(TOGETHER, 0.0)
        moved = log_odds(found) + np.array([self.shifts.get(str(one), others) for one in groups])
        return np.asarray(1.0 / (1.0 + np.exp(-moved)))


def lesson_of(champion: ModelFiles, rows: "pd.DataFrame", request: "Request", *, by: str) -> Lesson:
    """Return what there is to learn from rows of a snapshot that carry the column ``by``.

    Raises
    ------
    InvalidInput
        The rows lack an input of the champion's.
    """
    positive = request.positive or ""
    return Lesson(
        champion=champion,
        inputs=champion.frame(rows),
        positive=np.array([class_text(one) == positive for one in rows[request.label]]),
        groups=together(rows[GROUP + by].to_numpy(dtype=np.object_)),
        positive_class=positive,
        threshold=ONE_HALF if request.threshold is None else request.threshold,
    )


def named(groups: Texts) -> Texts:
    """Return groups as texts; rows that name none are among the small groups."""
    return np.array([one if isinstance(one, str) else TOGETHER for one in groups], dtype=np.object_)


def together(groups: Texts) -> Texts:
    """Return groups as texts, the small ones under one name.

    Examples
    --------
    >>> sorted(set(together(np.array(["a"] * 100 + ["b", None], dtype=object))))
    ['(small groups)', 'a']
    """
    texts = named(groups)
    names, counts = np.unique(texts.astype(str), return_counts=True)
    large = set(names[counts >= LEAST_ROWS])
    return np.array([one if one in large else TOGETHER for one in texts], dtype=np.object_)


def labels(lesson: Lesson) -> Texts:
    """Return the labels as the champion knows its classes."""
    classes = list(cast("Classifier", lesson.champion.model).classes_)
    own = next(one for one in classes if class_text(one) == lesson.positive_class)
    other = next(one for one in classes if one is not own)
    return np.where(lesson.positive, np.array([own]), np.array([other]))


def log_odds(chances: Floats) -> Floats:
    """Return log(p / (1 − p)), finite at 0 and 1 too."""
    held = np.clip(chances, FARTHEST, 1.0 - FARTHEST)
    return np.asarray(np.log(held / (1.0 - held)))


def weight_name(model: "Estimator | Classifier") -> str:
    """Return the name under which a model, or a pipeline's last step, takes weights of rows."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    last = model[-1] if isinstance(model, Pipeline) else model
    if not has_fit_parameter(last, "sample_weight"):
        raise Unavailable("The mitigation", f"{type(last).__name__} takes no weights of rows")
    return f"{model.steps[-1][0]}__sample_weight" if isinstance(model, Pipeline) else "sample_weight"


def _score(model: Classifier, inputs: "pd.DataFrame", positive_class: str) -> Floats:
    place = [class_text(one) for one in model.classes_].index(positive_class)
    return np.asarray(model.predict_proba(inputs)[:, place], dtype=np.float64)
