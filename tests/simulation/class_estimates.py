"""Models of several classes: what labels show, means over classes, estimates and concept drift."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from core.metrics import class_estimation, classes, performance
from core.metrics.class_estimation import ClassCalibration
from core.metrics.classes import ClassOutcomes, Correlations
from core.metrics.concept_drift import Calls, Relation, of_calls, relation_of
from core.metrics.fitting import class_correlations
from core.metrics.reading import Reading
from tests.simulation.distances import Drawn
from tests.simulation.estimates import N_REFERENCE, Notes, drawn_of, note

N_REFERENCES = 100
N_POINTS = 400
NAMES = ("a", "b", "c")
EDGES = np.arange(1, 200) / 200


@dataclass(eq=False)
class World:
    """A population of points with a score and a chance of every class.

    ``weight`` and ``chance_now`` are a window's: how often a point comes, and its chances there.
    """

    scores: np.ndarray
    chances: np.ndarray
    weight: np.ndarray
    chance_now: np.ndarray

    @classmethod
    def of(
        cls,
        tilt: tuple[float, float],
        *,
        spread: float = 1.2,
        sharp: float = 1.0,
        shift: float = 0.0,
        turned: float = 0.0,
    ) -> "World":
        """Draw points; ``sharp`` scores are too sure, ``shift`` and ``turned`` labels are a window's."""
        rng = np.random.default_rng(9)
        x = rng.normal(tilt, spread, (N_POINTS, 2))
        odds = np.stack([x[:, 0], x[:, 1], np.zeros(N_POINTS)], axis=1)
        scores, chances = (
            np.exp(k * odds) / np.exp(k * odds).sum(axis=1, keepdims=True) for k in (sharp, 1.0)
        )
        weight = np.exp(shift * x[:, 0])
        now = (1 - turned) * chances + turned * np.roll(chances, 1, axis=1)
        return cls(scores, chances, weight / weight.sum(), now)

    @property
    def is_turned(self) -> bool:
        return not np.array_equal(self.chances, self.chance_now)

    @cached_property
    def called(self) -> np.ndarray:
        return self.scores.argmax(axis=1)

    @cached_property
    def cells(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each class the distinct pairs of score bin and call, and each point's place among them."""
        bins = np.searchsorted(EDGES, self.scores)
        pairs = [np.unique(bins[:, k] * 10 + self.called, return_inverse=True) for k in range(len(NAMES))]
        return [(found, place) for found, place in pairs]

    @cached_property
    def losses(self) -> tuple[np.ndarray, np.ndarray]:
        """Brier and log loss of a point with each label."""
        squares = (self.scores**2).sum(axis=1, keepdims=True)
        return squares + 1 - 2 * self.scores, -np.log(self.scores)

    def outcomes(self, counts: np.ndarray, *, labelled: bool = True) -> ClassOutcomes:
        """Count rows, given by point and label, as a profile does."""
        parts = []
        for k, (pairs, place) in enumerate(self.cells):
            own, size = counts[:, k], len(pairs)
            sides = ((1, own), (0, counts.sum(axis=1) - own)) if labelled else ((-1, counts.sum(axis=1)),)
            brier, log = (loss[:, k] for loss in self.losses)
            for truth, rows in sides:
                powers = [np.ones(N_POINTS), self.scores[:, k], self.scores[:, k] ** 2]
                powers += [value * (truth == 1) for value in (brier, brier**2, log, log**2)]
                sums = np.stack([np.bincount(place, rows * one, size) for one in powers])
                used = sums[0] > 0
                codes = [np.full(size, k), pairs // 10, np.full(size, truth), pairs % 10]
                parts.append((np.stack(codes)[:, used], sums[:, used]))
        (scored, score_bin, truth, call), sums = (
            np.concatenate(one, axis=1) for one in zip(*parts, strict=True)
        )
        return ClassOutcomes(NAMES, NAMES, scored, score_bin, truth.astype(np.int8), call, *sums)

    def confusion(self, counts: np.ndarray) -> np.ndarray:
        return np.stack([counts[self.called == k].sum(axis=0) for k in range(len(NAMES))], axis=1)

    def readings(
        self, outcomes: ClassOutcomes, counts: np.ndarray, known: Correlations
    ) -> dict[str, Reading]:
        """Everything that labels show."""
        confusion = self.confusion(counts).astype(float)
        return {
            "roc_auc": classes.roc_auc(outcomes, known),
            "average_precision": classes.average_precision(outcomes, known),
            "log_loss": classes.log_loss(outcomes),
            "brier": classes.brier(outcomes),
            "accuracy": performance.accuracy(confusion),
            "precision": performance.precision(confusion, None),
            "recall": performance.recall(confusion, None),
            "f1": performance.f1(confusion, None),
        }


WORLDS = {
    "three classes": World.of((0.0, 0.0)),
    "a rare class": World.of((-0.6, 1.0), spread=1.5, sharp=1.5, shift=0.2),
    "10 % turned": World.of((0.0, 0.0), shift=0.3, turned=0.1),
}


Learned = tuple[ClassCalibration, Relation]


@cache
def references(name: str) -> tuple[list[Learned], Correlations]:
    """What references of a world teach; how errors go together hardly varies, and is learned once."""
    rng, world = np.random.default_rng(0), WORLDS[name]
    found, known = [], {}
    for _ in range(N_REFERENCES):
        counts = rng.multinomial(N_REFERENCE, world.chances.ravel() / N_POINTS).reshape(N_POINTS, -1)
        outcomes = world.outcomes(counts)
        curves, relation = class_estimation.fit_classes(outcomes), relation_of(Calls.of_classes(outcomes))
        assert curves is not None
        assert relation is not None
        found.append((curves, relation))
        if not known:
            point, label = (np.repeat(one, counts.ravel()) for one in np.indices(counts.shape).reshape(2, -1))
            correlations = class_correlations(world.scores[point], label)
            known = {metric: np.array(rows) for metric, rows in correlations.items()}
    return found, known


@cache
def several(n: int, name: str, draws: int) -> tuple[dict[str, Drawn], dict[str, Drawn]]:
    """What labels show against the population, and every estimate against what its labels then show."""
    rng, world = np.random.default_rng(n), WORLDS[name]
    population = world.weight[:, None] * world.chance_now
    truths = world.readings(world.outcomes(population * 1e9), population * 1e9, {})
    wrong, wrong_now = (
        1 - one[np.arange(N_POINTS), world.called] for one in (world.chances, world.chance_now)
    )
    drift = float((world.weight * (wrong_now - wrong)).sum())
    measured: Notes = {}
    estimated: Notes = {}
    learned, known = references(name)
    for curves, relation in learned:
        drawn = rng.multinomial(n, population.ravel(), draws // N_REFERENCES)
        for counts in drawn.reshape(-1, N_POINTS, len(NAMES)):
            outcomes = world.outcomes(counts)
            note(measured, "concept_drift", of_calls(Calls.of_classes(outcomes), relation), drift)
            if world.is_turned:
                continue
            shown = world.readings(outcomes, counts, known)
            for metric, reading in shown.items():
                note(measured, metric, reading, truths[metric].value)
            blind = world.outcomes(counts, labelled=False)
            found = class_estimation.readings(blind, curves, known, n_rows=n, has_prediction=True)
            for metric, reading in found:
                note(estimated, metric, reading, shown[metric].value)
    return drawn_of(measured), drawn_of(estimated)
