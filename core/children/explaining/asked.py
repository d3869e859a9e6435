"""A model as explanations see it: rows in, one number a row out, and what is decided by it."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.children.explaining.request import Request
from core.children.model_files import ModelFiles, class_text
from core.domain import Task
from core.errors import Unavailable

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.object_]
MOST_ASKED = 100_000
_PACES = ((5e-6, MOST_ASKED), (2e-5, 30_000), (1e-4, 8_000), (1e-3, 1_500))
_FEWEST, _MANY = 500, 2_000
"""Seconds a row takes → how often a model may be asked for one explanation: steps, so that the same model is
asked equally often each time."""


class Asked:
    """One loaded model, asked about one output.

    Parameters
    ----------
    files
        The model.
    request
        How its answers become decisions.
    """

    def __init__(self, files: ModelFiles, request: Request) -> None:
        self._files = files
        self._request = request
        self._target: str | None = request.positive if request.task is Task.BINARY else None
        self._is_probability = False
        self.n_asked = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that can matter: the model's inputs, all features where it does not name them."""
        named = (*self._request.numeric, *self._request.categorical)
        inputs = self._files.inputs
        return tuple(name for name in named if not inputs or name in inputs)

    @property
    def output_of(self) -> str:
        """What the numbers are, in words."""
        return "prediction" if self._target is None else f"score of {self._target}"

    @property
    def target(self) -> str | None:
        """The class whose score is explained; None of a regression."""
        return self._target

    def aim_at(self, rows: "pd.DataFrame") -> None:
        """Of several classes, explain the one that the model predicts most often of some rows."""
        if self._request.task is Task.MULTICLASS:
            said = Counter(class_text(one) for one in self._files.predict(rows).prediction)
            self._target = min(said, key=lambda name: (-said[name], name))

    def scores(self, frame: "pd.DataFrame") -> Mapping[str, Floats] | None:
        """Return every class's score, None where the model has none."""
        self.n_asked += len(frame)
        return self._files.scores(frame)

    def predictions(self, frame: "pd.DataFrame") -> Texts:
        """Return what the model predicts, as it answers."""
        self.n_asked += len(frame)
        return self._files.predict(frame).prediction

    def outputs(self, frame: "pd.DataFrame") -> Floats:
        """Return the number that is explained, a row each.

        A score where the model has scores; of another model its answer where that is a number, else 1 where
        it answers with the class, 0 elsewhere.

        Raises
        ------
        Unavailable
            A number is not finite, or the model has no score for the class.
        """
        self.n_asked += len(frame)
        scores = None if self._target is None else self._files.scores(frame)
        if scores is not None and self._target is not None:
            if self._target not in scores:
                raise Unavailable("The explanation", f"the model has no score for the class {self._target}")
            found = scores[self._target]
        else:
            found = self._plain(self._files.predict(frame).prediction)
        if not np.isfinite(found).all():
            raise Unavailable("The explanation", "the model answers with numbers that are not finite")
        return found

    def _plain(self, answers: Texts) -> Floats:
        if self._request.task is Task.REGRESSION:
            return answers.astype(np.float64)
        if self._is_probability:
            return answers.astype(np.float64)
        return np.array([class_text(one) == self._target for one in answers], dtype=np.float64)

    def decisions(self, frame: "pd.DataFrame", outputs: Floats) -> Texts | None:
        """Return what is decided, a row each; None of a regression.

        Parameters
        ----------
        outputs
            Those of the same rows.
        """
        request = self._request
        if request.task is Task.REGRESSION:
            return None
        limit = 0.5 if self._is_probability else None
        limit = request.threshold if request.task is Task.BINARY and request.threshold is not None else limit
        if limit is not None:
            names = np.array([request.negative, request.positive], dtype=np.object_)
            chosen: Texts = names[(outputs >= limit).astype(np.intp)]
            return chosen
        self.n_asked += len(frame)
        answers = self._files.predict(frame).prediction
        return np.array([class_text(one) for one in answers], dtype=np.object_)

    def pace(self, frame: "pd.DataFrame") -> int:
        """Return how often the model may be asked for one explanation, by how fast it answers some rows.

        Asked once, before anything else: here it shows whether a model without scores answers with them.
        """
        if self._request.task is Task.BINARY:
            answers = self._files.predict(frame).prediction
            numbers = [float(one) for one in answers if isinstance(one, float)]
            inside = len(numbers) == len(answers) and all(0 <= one <= 1 for one in numbers)
            self._is_probability = inside and any(0 < one < 1 for one in numbers)
        self.outputs(frame)  # the first time, things are still being set up
        per_row = self._seconds(frame)
        if per_row < _PACES[-1][0]:
            # A call has its price whatever the rows: of a fast model, more of them tell what one takes.
            many = {name: np.resize(np.arange(len(frame)), _MANY) for name in frame.columns}
            per_row = self._seconds(taken(frame, many))
        return next((most for limit, most in _PACES if per_row < limit), _FEWEST)

    def _seconds(self, frame: "pd.DataFrame") -> float:
        begun = time.perf_counter()
        self.outputs(frame)
        return (time.perf_counter() - begun) / max(len(frame), 1)


def taken(pool: "pd.DataFrame", places: Mapping[str, NDArray[np.intp]]) -> "pd.DataFrame":
    """Return rows put together column by column: of each column the values at its own places in ``pool``."""
    import pandas as pd

    return pd.DataFrame({name: pool[name].take(at).reset_index(drop=True) for name, at in places.items()})
