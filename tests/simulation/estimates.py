"""Estimates of binary models against what labels then show; concept drift against its truth."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.metrics import estimation, intervals, slopes
from core.metrics.concept_drift import Calls, of_calls, relation_of
from core.metrics.estimation import Calibration
from core.metrics.outcomes import Outcomes
from core.metrics.reading import Reading
from tests.simulation.distances import Drawn
from tests.simulation.rates import SCORES, scored_of

N_REFERENCE = 10_000
N_REFERENCES = 100

Notes = dict[str, list[tuple[float, float, float, float]]]


def drawn_of(found: Notes) -> dict[str, Drawn]:
    return {name: Drawn(*np.array(rows, dtype=float).T) for name, rows in found.items()}


@dataclass(frozen=True)
class Binary:
    """Rows by score (their weights in reference and window), chance of a positive, and where one is called.

    ``turned`` is the share of labels that mean the contrary in the window.
    """

    before: np.ndarray
    now: np.ndarray
    chance: np.ndarray
    threshold: float
    turned: float = 0.0

    @property
    def chance_now(self) -> np.ndarray:
        return self.chance + self.turned * (1 - 2 * self.chance)


def law(a: float, b: float) -> np.ndarray:
    weight = SCORES**a * (1 - SCORES) ** b
    return np.asarray(weight / weight.sum())


BINARY = {
    "timid scores": Binary(law(0.5, 2.0), law(1.5, 2.0), 1 / (1 + ((1 - SCORES) / SCORES) ** 1.7), 0.5),
    "few positives": Binary(law(-0.3, 4.0), law(0.0, 3.5), SCORES, 0.3),
    "5 % turned": Binary(law(-0.2, 0.6), law(0.3, 0.6), SCORES, 0.5, 0.05),
}


@cache
def binary(n: int, world: str, draws: int) -> dict[str, Drawn]:
    """Every estimate of a binary model against what its labels then show; concept drift against its truth."""
    rng, of = np.random.default_rng(n), BINARY[world]
    found: Notes = {}
    called = of.threshold <= SCORES
    wrong, wrong_now = (np.where(called, 1 - c, c) for c in (of.chance, of.chance_now))
    drift = float((of.now * (wrong_now - wrong)).sum())
    for _ in range(N_REFERENCES):
        rows = rng.multinomial(N_REFERENCE, of.before)
        positives = rng.binomial(rows, of.chance)
        before = np.stack([rows - positives, positives]).astype(float)
        curve = estimation.fit(scored_of(before))
        assert curve is not None
        right = {0: Calibration(curve.scores, 1 - curve.chances), 1: curve}
        relation = relation_of(calls_of(before, called), right)
        for _ in range(draws // N_REFERENCES):
            rows = rng.multinomial(n, of.now)
            positives = rng.binomial(rows, of.chance_now)
            counts = np.stack([rows - positives, positives]).astype(float)
            note(found, "concept_drift", of_calls(calls_of(counts, called), relation), drift)
            if of.turned:
                continue
            truths = realised(counts, called)
            for metric, reading in estimation.readings(
                outcomes_of(rows, called), curve, "1", has_prediction=True
            ):
                note(found, metric, reading, truths[metric])
    return drawn_of(found)


def note(found: Notes, metric: str, reading: Reading, truth: float | None) -> None:
    """Keep bounds, truth and p value where there are any."""
    if reading.low is not None and reading.high is not None and truth is not None:
        p = np.nan if reading.p_value is None else reading.p_value
        found.setdefault(metric, []).append((reading.low, reading.high, truth, p))


def outcomes_of(rows: np.ndarray, called: np.ndarray) -> Outcomes:
    """Rows without labels by score; every one has a prediction."""
    used = np.flatnonzero(rows)
    n, scores = rows[used].astype(float), SCORES[used]
    none, nothing = np.full(len(used), -1), np.zeros(len(used))
    return Outcomes(
        groups=((),), classes=("0", "1"), group=np.zeros(len(used), dtype=np.intp), label=none,
        prediction=called[used].astype(np.intp), score_bin=used, n=n, n_labelled=nothing,
        score_total=n * scores, score_squares=n * scores**2, error_total=nothing, error_absolute=nothing,
        error_squares=nothing, label_total=nothing, label_absolute=nothing, label_squares=nothing,
    )  # fmt: skip


def calls_of(counts: np.ndarray, called: np.ndarray) -> Calls:
    label, place = np.nonzero(counts)
    return Calls(
        kind=called[place].astype(np.intp), score_bin=place, score=SCORES[place],
        right=called[place] == (label == 1), n=counts[label, place],
    )  # fmt: skip


def realised(counts: np.ndarray, called: np.ndarray) -> dict[str, float | None]:
    """What the labels show, without the intervals of it: those take most of the time."""
    used = counts.sum(axis=0) > 0
    (negatives, positives), scores = counts[:, used], SCORES[used]
    area = intervals.delong(positives, negatives)
    (tn, fn), (fp, tp) = counts[:, ~called].sum(axis=1), counts[:, called].sum(axis=1)
    losses = {
        "log_loss": positives * -np.log(scores) + negatives * -np.log(1 - scores),
        "brier": positives * (1 - scores) ** 2 + negatives * scores**2,
    }
    return {
        "roc_auc": None if area is None else area[0],
        "average_precision": slopes.of_average_precision(scored_of(counts))[0] if positives.any() else None,
        **{metric: float(loss.sum() / counts.sum()) for metric, loss in losses.items()},
        "accuracy": (tn + tp) / counts.sum(),
        "precision": tp / (tp + fp) if tp + fp else None,
        "recall": tp / (tp + fn) if tp + fn else None,
        "specificity": tn / (tn + fp) if tn + fp else None,
        "f1": 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
    }
