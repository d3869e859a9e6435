"""Hints that a version knows what it should not: the label in an input, rows seen before, late inputs."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from core.candidate import Fact
from core.domain import Role, Task
from core.metrics.intervals import wilson
from core.profiles.rows import Numbers
from core.validation.request import EVENT_AT, LABEL, Request

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

DISTINCT = 0.9
"""Share of rows that must differ from each other for equal rows to say anything."""

_LATE_SHARE = 0.05
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_SECONDS = (946_684_800.0, 4_102_444_800.0)  # 2000 to 2100, as seconds since 1970
_LEAST_PER_CLASS = 20


def leaks(frame: "pd.DataFrame", learned: "pd.DataFrame", request: Request) -> Iterator[Fact]:
    """Look for the three kinds of leak; what cannot be told says why.

    Parameters
    ----------
    frame
        The rows that the version is measured on.
    learned
        Rows that stand for what it learned from: the reference's.
    """
    yield _label_alone(frame, request)
    yield _equal_rows(frame, learned, request)
    yield _late_inputs(frame, request)


def _label_alone(frame: "pd.DataFrame", request: Request) -> Fact:
    """How well the best single input tells the label: ROC AUC, or of numbers squared rank correlation.

    In [0.5, 1] of classes, of several the best one against the rest, and in [0, 1] of numbers. Categories
    are ranked by what one half of the rows says, and measured on the other.
    """
    metric = "label_alone"
    inputs = [*request.numeric, *request.categorical]
    if not request.has_labels or not inputs:
        return Fact(metric=metric, value=None, reason="there are no labels" if inputs else "it has no inputs")
    found = {name: _strength(frame, name, request) for name in inputs}
    known = {name: value for name, value in found.items() if value is not None}
    if not known:
        return Fact(metric=metric, value=None, reason="the rows are too few, or of one class")
    name = max(known, key=lambda one: known[one])
    what = "squared rank correlation" if request.task is Task.REGRESSION else "ROC AUC"
    return Fact(
        metric=metric,
        value=known[name],
        n=len(frame),
        role=Role.OPERATIONS,
        method=f"{what} of each input alone, the greatest of {len(known)}",
        note=f"{name} alone: {what} {known[name]:.3f}",
    )


def _strength(frame: "pd.DataFrame", name: str, request: Request) -> float | None:
    half = np.arange(len(frame)) % 2 == 1
    if request.task is Task.REGRESSION:
        label = frame[LABEL].to_numpy(dtype=np.float64, na_value=np.nan)
        values = _ranked(frame, name, label, half, request)
        known = np.isfinite(label) & np.isfinite(values)
        if known.sum() < _LEAST_PER_CLASS:
            return None
        ranks = rankdata(values[known]), rankdata(label[known])
        if min(float(np.std(one)) for one in ranks) == 0:
            return 0.0
        return float(np.corrcoef(*ranks)[0, 1] ** 2)
    texts = frame[LABEL].to_numpy(dtype=np.object_)
    found = []
    for one in dict.fromkeys(text for text in texts if isinstance(text, str)):
        label = np.where([isinstance(text, str) for text in texts], texts == one, np.nan).astype(np.float64)
        values = _ranked(frame, name, label, half, request)
        found.append(_auc(values, label))
    strengths = [max(one, 1 - one) for one in found if one is not None]
    return max(strengths, default=None)


def _ranked(
    frame: "pd.DataFrame", name: str, label: Numbers, half: "NDArray[np.bool_]", request: Request
) -> Numbers:
    """Return an input as numbers, missing ones the lowest; NaN for rows that are not to be measured."""
    if name in request.numeric:
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        lowest = np.nanmin(values) - 1 if np.isfinite(values).any() else 0.0
        return np.where(np.isnan(values), lowest, values)
    texts = [text if isinstance(text, str) else "" for text in frame[name]]
    _, place = np.unique(texts, return_inverse=True)
    known = half & np.isfinite(label)
    total = np.bincount(place[known], weights=label[known], minlength=place.max() + 1)
    count = np.bincount(place[known], minlength=place.max() + 1)
    # A value that one half has seldom seen says little of the other: it is drawn to what all rows say.
    middle = float(label[known].mean()) if known.any() else 0.0
    means = (total + middle) / (count + 1)
    return np.where(half, np.nan, means[place])


def _auc(values: Numbers, label: Numbers) -> float | None:
    known = np.isfinite(values) & np.isfinite(label)
    positive = label[known] == 1
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < _LEAST_PER_CLASS:
        return None
    ranks = rankdata(values[known])
    return float((ranks[positive].sum() - m * (m + 1) / 2) / (m * n))


def _equal_rows(frame: "pd.DataFrame", learned: "pd.DataFrame", request: Request) -> Fact:
    """Share of the rows whose inputs and label are, one by one, those of a row of the reference."""
    metric = "equal_rows"
    if request.rows_of != "current" or not len(learned):
        why = "the rows are the reference's own" if len(learned) else "the reference has no rows"
        return Fact(metric=metric, value=None, reason=f"{why}: what it learned from is not known beside them")
    columns = [one for one in (*request.numeric, *request.categorical, LABEL) if one in learned.columns]
    keys, known = _keys(frame, columns), _keys(learned, columns)
    if len(set(keys)) < DISTINCT * len(keys):
        return Fact(metric=metric, value=None, reason="its inputs take too few values to tell rows apart")
    seen = set(known)
    n_equal = sum(key in seen for key in keys)
    interval = wilson(n_equal, len(keys))
    return Fact(
        metric=metric,
        value=n_equal / len(keys),
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        n=len(keys),
        role=Role.OPERATIONS,
        method=f"all inputs and the label, beside {len(known):,} rows of the reference",
        note=f"{n_equal:,} of {len(keys):,} rows are also in the reference",
    )


def _keys(frame: "pd.DataFrame", columns: list[str]) -> list[int]:
    from pandas.util import hash_pandas_object

    return [int(one) for one in hash_pandas_object(frame[columns].astype(str), index=False)]


def _late_inputs(frame: "pd.DataFrame", request: Request) -> Fact:
    """How many inputs hold times later than the decision, in more than one row of twenty."""
    metric = "late_inputs"
    times = frame[EVENT_AT].to_numpy(dtype="datetime64[us]") if EVENT_AT in frame.columns else None
    if times is None or np.isnat(times).all():
        return Fact(metric=metric, value=None, reason="the rows have no time of the decision")
    at = np.where(np.isnat(times), np.nan, times.astype(np.int64) / 1e6)
    held = {name: _seconds(frame, name, request) for name in (*request.numeric, *request.categorical)}
    stamps = {name: values for name, values in held.items() if values is not None}
    late = [name for name, values in stamps.items() if np.mean(values > at) > _LATE_SHARE]
    said = f"{', '.join(late)}: later than the decision" if late else "none is later than the decision"
    return Fact(
        metric=metric,
        value=float(len(late)),
        n=len(frame),
        role=Role.OPERATIONS,
        method="inputs that hold times, beside the event time of their row",
        note=f"{len(stamps)} of {len(held)} inputs hold times; {said}",
    )


def _seconds(frame: "pd.DataFrame", name: str, request: Request) -> Numbers | None:
    """Return an input as seconds since 1970; None where it holds no times."""
    import pandas as pd

    if name in request.numeric:
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        known = values[np.isfinite(values)]
        for unit in (1.0, 1e3):
            if len(known) and ((known >= _SECONDS[0] * unit) & (known <= _SECONDS[1] * unit)).all():
                return np.asarray(values / unit, dtype=np.float64)
        return None
    texts = frame[name]
    known_texts = [one for one in texts if isinstance(one, str)]
    if not known_texts or not all(_TIME.fullmatch(one) for one in known_texts[:200]):
        return None
    read = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601").to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(read), np.nan, read.astype(np.int64) / 1e6)
