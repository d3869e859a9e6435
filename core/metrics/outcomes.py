"""What was predicted and what came true, as arrays: the material of performance and fairness."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.columnar import Coded
from core.domain import OutcomeCells
from core.metrics.drift import Floats

Codes = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Cells of equal outcome as columns; −1 codes what is absent.

    ``group`` points into ``groups``, ``label`` and ``prediction`` into ``classes`` (sorted texts). ``n``
    counts rows and ``n_labelled`` those with a label; the sums are those of
    :class:`core.domain.OutcomeCells`.
    """

    groups: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...]
    group: Codes
    label: Codes
    prediction: Codes
    score_bin: Codes
    n: Floats
    n_labelled: Floats
    score_total: Floats
    score_squares: Floats
    error_total: Floats
    error_absolute: Floats
    error_squares: Floats
    label_total: Floats
    label_absolute: Floats
    label_squares: Floats

    @classmethod
    def of(cls, cells: OutcomeCells) -> "Outcomes":
        """Turn cells into arrays."""
        groups, label, prediction = Coded.of(cells.groups), Coded.of(cells.label), Coded.of(cells.prediction)
        seen = {*label.present, *prediction.present}
        classes = tuple(sorted(text for text in seen if text is not None))
        codes: dict[str | None, int] = {text: code for code, text in enumerate(classes)}

        def column(values: Sequence[float]) -> Floats:
            return np.array(values, dtype=np.float64)

        return cls(
            groups=groups.present,
            classes=classes,
            group=groups.by({group: code for code, group in enumerate(groups.present)}),
            label=label.by(codes),
            prediction=prediction.by(codes),
            score_bin=np.array(cells.score_bin, dtype=np.intp),
            n=column(cells.n),
            n_labelled=column(cells.n_labelled),
            score_total=column(cells.score_total),
            score_squares=column(cells.score_squares),
            error_total=column(cells.error_total),
            error_absolute=column(cells.error_absolute),
            error_squares=column(cells.error_squares),
            label_total=column(cells.label_total),
            label_absolute=column(cells.label_absolute),
            label_squares=column(cells.label_squares),
        )

    def code(self, text: str | None) -> int:
        """Return the code of a class; −2, which no cell has, for one that never occurs."""
        return self.classes.index(text) if text in self.classes else -2

    def confusion(self, where: Flags | None = None) -> Floats:
        """Return counts (label, prediction) over the classes, of the rows that have both."""
        both = (self.label >= 0) & (self.prediction >= 0)
        if where is not None:
            both &= where
        k = len(self.classes)
        flat = np.bincount(self.label[both] * k + self.prediction[both], self.n[both], minlength=k * k)
        return flat.reshape(k, k).astype(np.float64)

    def scored(self, positive: str | None, where: Flags | None = None) -> "Scored":
        """Return the rows that have a score and a label, by score bin and whether they are positive."""
        both = (self.score_bin >= 0) & (self.label >= 0)
        return Scored.of(self, both if where is None else both & where, self.label == self.code(positive))


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Scores against a yes or no, by ascending score bin: counts and sums of both sides.

    All arrays have one entry a bin that occurs. ``positives`` and ``negatives`` count rows (or expect
    them), ``*_total`` and ``*_squares`` sum their scores and squared scores.
    """

    positives: Floats
    negatives: Floats
    positives_total: Floats
    negatives_total: Floats
    positives_squares: Floats
    negatives_squares: Floats

    @classmethod
    def of(cls, outcomes: Outcomes, where: Flags, positive: Flags) -> "Scored":
        """Add up the cells ``where`` holds, bin by bin."""
        bins, place = np.unique(outcomes.score_bin[where], return_inverse=True)

        def added(values: Floats, side: Flags) -> Floats:
            found = np.bincount(place[side[where]], values[where][side[where]], minlength=len(bins))
            return found.astype(np.float64)

        return cls(
            positives=added(outcomes.n, positive),
            negatives=added(outcomes.n, ~positive),
            positives_total=added(outcomes.score_total, positive),
            negatives_total=added(outcomes.score_total, ~positive),
            positives_squares=added(outcomes.score_squares, positive),
            negatives_squares=added(outcomes.score_squares, ~positive),
        )

    @property
    def n(self) -> int:
        """Rows with a score and a label."""
        return round(float(self.positives.sum() + self.negatives.sum()))

    @property
    def mean_scores(self) -> Floats:
        """Mean score of each bin."""
        return np.asarray((self.positives_total + self.negatives_total) / (self.positives + self.negatives))

    @property
    def widths(self) -> Floats:
        """Widths over which each bin's scores are spread: √12 standard deviations; 0 for one single score."""
        rows = self.positives + self.negatives
        squares = (self.positives_squares + self.negatives_squares) / rows
        width = np.sqrt(12 * np.maximum(squares - self.mean_scores**2, 0.0))
        # What sums of squares leave of equal scores is rounding.
        return np.where(width > 1e-6, width, 0.0)
