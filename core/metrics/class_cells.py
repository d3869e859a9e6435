"""Cells of class scores from rows as arrays: what the profile counts in SQL, for the exact path."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.cells import ClassCells
from core.metrics.drift import Floats
from core.metrics.slopes import SCORE_FLOOR


def class_cells(
    scores: Floats,
    bins: NDArray[np.intp],
    classes: Sequence[str],
    label: Sequence[str | None],
    prediction: Sequence[str | None],
) -> ClassCells:
    """Count rows by class, score bin, whether the class came true, and prediction.

    Parameters
    ----------
    scores, bins
        One row a row, one column a class; rows without a finite score of every class are left out.
    classes
        The classes in the order of the columns.
    label, prediction
        Class texts, None where absent.

    Examples
    --------
    >>> cells = class_cells(np.array([[0.8, 0.2]]), np.array([[8, 2]]), ("a", "b"), ("a",), ("a",))
    >>> cells.scored, cells.is_label, [round(loss, 2) for loss in cells.brier_total]
    (('a', 'b'), (True, False), [0.08, 0.0])
    """
    used = np.flatnonzero(np.isfinite(scores).all(axis=1)).tolist()
    code: dict[str | None, int] = {text: k for k, text in enumerate(classes)}
    truth = np.array([code.get(label[i], -1) for i in used], dtype=np.intp)
    calls = sorted({text for i in used if (text := prediction[i]) is not None})
    call: dict[str | None, int] = {None: -1, **{text: k for k, text in enumerate(calls)}}
    called = np.array([call[prediction[i]] for i in used], dtype=np.intp)
    own, n, k = scores[used], len(used), len(classes)
    known = truth >= 0
    given = np.where(known, own[np.arange(n), np.maximum(truth, 0)], 0.0)
    brier = np.where(known, (own**2).sum(axis=1) + 1 - 2 * given, 0.0)
    nats = np.where(known, -np.log(np.clip(given, SCORE_FLOOR, 1.0)), 0.0)
    scored = np.tile(np.arange(k), n)
    row = np.repeat(np.arange(n), k)
    is_label = np.where(known[row], truth[row] == scored, -1)
    keys = np.stack([scored, bins[used].ravel(), is_label, called[row]])
    distinct, place = np.unique(keys, axis=1, return_inverse=True)
    place = place.ravel()

    def added(values: Floats) -> tuple[float, ...]:
        return tuple(np.bincount(place, values, minlength=distinct.shape[1]).tolist())

    true = is_label == 1
    score, loss, surprise = own.ravel(), np.where(true, brier[row], 0.0), np.where(true, nats[row], 0.0)
    return ClassCells(
        scored=tuple(classes[code] for code in distinct[0]),
        score_bin=tuple(distinct[1].tolist()),
        is_label=tuple(None if known < 0 else bool(known) for known in distinct[2].tolist()),
        prediction=tuple(None if code < 0 else calls[code] for code in distinct[3]),
        n=tuple(np.bincount(place, minlength=distinct.shape[1]).tolist()),
        score_total=added(score),
        score_squares=added(score**2),
        brier_total=added(loss),
        brier_squares=added(loss**2),
        log_total=added(surprise),
        log_squares=added(surprise**2),
    )
