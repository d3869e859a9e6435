"""One version asked for its answers in the child process: rows as logged, spoilt rows, single rows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.random import Generator

from core.candidate import Condition
from core.children.model_files import ModelFiles, class_text, load
from core.domain import Task
from core.errors import InvalidInput, Problem, TrimtabError
from core.profiles.relation import MISSING_GROUP
from core.profiles.rows import Numbers, Rows, Texts
from core.validation.request import GROUP, LABEL, Request

if TYPE_CHECKING:
    import pandas as pd

NOISE_SDS = 0.1
"""Standard deviation of the noise, in the column's own standard deviations."""

MISSING_SHARE = SPOILT_SHARE = 0.05
OUT_BY = 3.0
"""How far out of range a value is put, in ranges of its column."""

N_TIMED = 200
_N_WARM = 10


Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of asking a model: its answers as rows, or the reason why there are none."""

    rows: Rows | None
    problem: str = ""


class Scorer:
    """One version, loaded.

    Parameters
    ----------
    folder
        Its files.
    request
        How answers become decisions.

    Raises
    ------
    InvalidInput
        The files are no model that can be loaded here.
    """

    def __init__(self, folder: Path, request: Request) -> None:
        self.files: ModelFiles = load(folder)
        self.request = request

    @classmethod
    def of(cls, files: ModelFiles, request: Request) -> "Scorer":
        """Ask a model that is loaded already, or was just fitted."""
        made = cls.__new__(cls)
        made.files, made.request = files, request
        return made

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns that it needs; empty where it does not say."""
        known = getattr(self.files.model, "feature_names_in_", ())
        return tuple(self.files.inputs) or tuple(str(name) for name in known)

    def answer(self, frame: "pd.DataFrame") -> Tried:
        """Return the answers to rows; whatever the model raises is a reason, and ends nothing."""
        given = frame[[*self.request.numeric, *self.request.categorical]]

        def answered() -> Rows:
            answers = self.files.predict(given)
            return _rows(frame, answers.prediction, answers.scores, self.request)

        rows, problem = attempt(answered)
        return Tried(rows=rows, problem=problem)

    def latencies_ms(self, frame: "pd.DataFrame") -> Numbers:
        """Return how long single rows take, one after the other, after a few that are not counted."""
        given = frame[[*self.request.numeric, *self.request.categorical]]
        spent = []
        for at in range(min(len(given), N_TIMED) + _N_WARM):
            row = given.iloc[at % len(given) : at % len(given) + 1]
            begun = time.perf_counter()
            self.files.predict(row)
            spent.append((time.perf_counter() - begun) * 1000)
        return np.array(spent[_N_WARM:], dtype=np.float64)


def attempt(work: Callable[[], Made]) -> tuple[Made | None, str]:
    """Let a stranger's model work: what came of it, or None and why; whatever it raises ends nothing."""
    try:
        return work(), ""
    except InvalidInput as error:
        return None, "; ".join(f"{one.field} {one.message}" for one in error.problems)
    except TrimtabError as error:
        return None, error.message
    except Exception as error:  # noqa: BLE001 - a stranger's model may raise anything
        words = (str(error).strip().splitlines() or [""])[0][:200]
        return None, f"it raises {type(error).__name__}: {words}".rstrip(": ")


def spoilt(
    frame: "pd.DataFrame", condition: Condition, request: Request, chance: Generator
) -> "pd.DataFrame":
    """Return rows with noise on the numbers, or with values taken away, put out of range or mistyped.

    Noise is normal, a tenth of each column's standard deviation. One value in 20 of every
    column is taken, put three times its column's range out of it (numbers), or lacks a letter (texts).
    """
    copied = frame.copy()
    if condition is Condition.OUT_OF_RANGE:
        return _out_of_range(copied, request, chance)
    if condition is Condition.TYPOS:
        return _with_typos(copied, request, chance)
    if condition is Condition.NOISE:
        for name in request.numeric:
            values = copied[name].to_numpy(dtype=np.float64, na_value=np.nan)
            sd = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0
            copied[name] = values + chance.normal(0.0, NOISE_SDS * sd, len(values))
        return copied
    for name in request.numeric:
        values = copied[name].to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        values[chance.random(len(values)) < MISSING_SHARE] = np.nan
        copied[name] = values
    for name in request.categorical:
        texts = copied[name].to_numpy(dtype=np.object_, copy=True)
        texts[chance.random(len(texts)) < MISSING_SHARE] = None
        copied[name] = texts
    return copied


def _out_of_range(copied: "pd.DataFrame", request: Request, chance: Generator) -> "pd.DataFrame":
    for name in request.numeric:
        values = copied[name].to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        if not np.isfinite(values).any():
            continue
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        reach = OUT_BY * (high - low)
        hit, up = chance.random(len(values)) < SPOILT_SHARE, chance.random(len(values)) < 0.5
        values[hit & up], values[hit & ~up] = high + reach, low - reach
        copied[name] = values
    return copied


def _with_typos(copied: "pd.DataFrame", request: Request, chance: Generator) -> "pd.DataFrame":
    for name in request.categorical:
        texts = copied[name].to_numpy(dtype=np.object_, copy=True)
        for at in np.flatnonzero(chance.random(len(texts)) < SPOILT_SHARE):
            if isinstance(texts[at], str):
                texts[at] = _mistyped(texts[at], int(chance.integers(0, max(len(texts[at]), 1))))
        copied[name] = texts
    return copied


def _mistyped(text: str, at: int) -> str:
    """Return a text without one of its letters; of a single letter, with one more."""
    return text[:at] + text[at + 1 :] if len(text) > 1 else f"{text}x"


def _rows(
    frame: "pd.DataFrame", prediction: Texts, scores: Mapping[str, Numbers] | None, request: Request
) -> Rows:
    """Return answers as rows: scores under the classes' names, decisions at production's threshold."""
    given = _scores(prediction, scores, request)
    label: Numbers | Texts | None = None
    if request.has_labels:
        numeric = request.task is Task.REGRESSION
        label = frame[LABEL].to_numpy(dtype=np.float64) if numeric else _texts(frame, LABEL)
    return Rows(
        n=len(frame),
        numeric={},
        categorical={},
        scores=given,
        prediction=_decided(prediction, given, request),
        label=label,
        groups={name: _groups(frame, name) for name in request.sensitive},
        latency_ms=None,
    )


def _scores(
    prediction: Texts, scores: Mapping[str, Numbers] | None, request: Request
) -> Mapping[str, Numbers]:
    given = dict(scores or {})
    if request.task is Task.BINARY and not given and request.classes:
        # A model of another flavour may answer with the probability itself.
        numbers = np.array([one if isinstance(one, float) else np.nan for one in prediction], dtype=float)
        if np.isfinite(numbers).all() and ((numbers > 0) & (numbers < 1)).any():
            given = {request.classes[0]: numbers}
    problems = [
        Problem(field=name, message="has no score in the model's answers", remedy="log a classifier")
        for name in request.classes
        if name not in given
    ]
    if problems:
        raise InvalidInput("The model", problems)
    return {name: np.asarray(given[name], dtype=np.float64) for name in request.classes}


def _decided(prediction: Texts, scores: Mapping[str, Numbers], request: Request) -> Numbers | Texts:
    if request.task is Task.REGRESSION:
        return prediction.astype(np.float64)
    if request.task is Task.BINARY and request.threshold is not None and scores:
        chosen = scores[request.classes[0]] >= request.threshold
        names = np.array([request.negative, request.positive], dtype=np.object_)
        return np.asarray(names[chosen.astype(np.intp)], dtype=np.object_)
    return np.array([class_text(one) for one in prediction], dtype=np.object_)


def _texts(frame: "pd.DataFrame", name: str) -> Texts:
    return np.array([one if isinstance(one, str) else None for one in frame[name]], dtype=np.object_)


def _groups(frame: "pd.DataFrame", name: str) -> Texts:
    found = _texts(frame, GROUP + name)
    return np.array([MISSING_GROUP if one is None else one for one in found], dtype=np.object_)
