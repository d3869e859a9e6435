"""The four stories side by side: what each model is, how long its reference, how it is drawn and trained."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from core.demo import control, lending, readmission, reorder
from core.demo.rows import DAYS, Draw, Rows, draw_days
from core.demo.training import Kind, Scored
from core.domain import Task
from core.spec import Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One model of the demo.

    ``reference_days`` before day 0 are the evaluation data set that becomes the reference, and
    ``training_days`` before those the training data. The reorder model's two years of training end on
    day 0: its reference is the second of them, scored out of fold. ``threshold`` is the score from which
    the class is positive; None for regression. Labels are known after ``label_days`` at most.
    ``versions`` are registered oldest first; ``champion`` is the number of the one that answers, and
    the last is the challenger.
    """

    name: str
    stream: int
    task: Task
    draw: Draw
    features: Features
    id_column: str
    label_column: str
    threshold: float | None
    reference_days: int
    training_days: int
    versions: tuple[Kind, ...]
    champion: int
    label_days: int
    labels_inline: bool = False
    out_of_fold: bool = False

    def training_rows(self, seed: int) -> Rows:
        """Return the rows that the versions learn from."""
        end = 0 if self.out_of_fold else -self.reference_days
        return draw_days(self.draw, seed=seed, stream=self.stream, days=range(end - self.training_days, end))

    def reference_rows(self, seed: int) -> Rows:
        """Return the rows of the evaluation data set."""
        return draw_days(self.draw, seed=seed, stream=self.stream, days=range(-self.reference_days, 0))

    def current_rows(self, seed: int, days: range = range(DAYS)) -> Rows:
        """Return the rows that were asked of the model on ``days``."""
        return draw_days(self.draw, seed=seed, stream=self.stream, days=days)

    def data(self, rows: Rows, *, day_0: datetime) -> pa.Table:
        """Return what a model learns from: ids, times, inputs, sensitive columns and labels."""
        return pa.table({**self._inputs(rows, day_0), self.label_column: self._outcome(rows.label)})

    def predictions(
        self,
        rows: Rows,
        answers: Scored,
        *,
        day_0: datetime,
        with_labels: bool,
        version: str | None = None,
    ) -> pa.Table:
        """Return the log of a service: one row per request, in the order of the requests.

        ``version`` is the version that answered, the champion unless given.
        """
        columns = self._inputs(rows, day_0)
        columns["model_version"] = pa.array([version or str(self.champion)] * len(rows))
        columns["prediction"] = self._outcome(answers.prediction)
        if answers.score is not None:
            columns["score"] = pa.array(answers.score)
        columns["latency_ms"] = pa.array(rows.latency_ms)
        columns["status"] = pa.array(rows.status)
        if with_labels:
            columns[self.label_column] = self._outcome(rows.label)
        return pa.table(columns)

    def labels(self, rows: Rows, *, known_after: float, known_by: float) -> pa.Table:
        """Return the labels that become known in (known_after, known_by] seconds after day 0 began."""
        chosen = np.flatnonzero((rows.label_s > known_after) & (rows.label_s <= known_by))
        chosen = chosen[np.argsort(rows.label_s[chosen], kind="stable")]
        return pa.table(
            {self.id_column: pa.array(rows.ids[chosen]), self.label_column: self._outcome(rows.label[chosen])}
        )

    def _inputs(self, rows: Rows, day_0: datetime) -> dict[str, object]:
        return {
            self.id_column: pa.array(rows.ids),
            "requested_at": _times(rows.event_s, day_0),
            **{name: pa.array(values, from_pandas=True) for name, values in rows.numeric.items()},
            **{name: pa.array(values) for name, values in {**rows.text, **rows.sensitive}.items()},
        }

    def _outcome(self, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> pa.Array:
        return pa.array(values if self.task is Task.REGRESSION else values.astype(np.int8))


def _times(seconds: np.ndarray[tuple[int, ...], np.dtype[np.float64]], day_0: datetime) -> pa.Array:
    if day_0.utcoffset() != timedelta(0):
        raise ValueError(f"day 0 must be in UTC, not {day_0!r}")
    start = np.datetime64(day_0.replace(tzinfo=None), "us")
    return pa.array(start + (seconds * 1e6).astype("timedelta64[us]"), type=pa.timestamp("us", tz="UTC"))


LENDING = Story(
    name="lending",
    stream=1,
    task=Task.BINARY,
    draw=lending.draw,
    features=Features(numeric=lending.NUMERIC, categorical=lending.CATEGORICAL),
    id_column="application_id",
    label_column="repaid",
    threshold=lending.APPROVE_FROM,
    reference_days=200,
    training_days=40,
    versions=("plain", "full", "recent"),
    champion=2,
    label_days=lending.LABEL_DELAY_DAYS,
)
READMISSION = Story(
    name="readmission",
    stream=2,
    task=Task.BINARY,
    draw=readmission.draw,
    features=Features(numeric=readmission.NUMERIC, categorical=readmission.CATEGORICAL),
    id_column="stay_id",
    label_column="readmitted",
    threshold=readmission.FLAG_FROM,
    reference_days=200,
    training_days=40,
    versions=("plain", "full", "recent"),
    champion=2,
    label_days=readmission.LABEL_DELAY_DAYS,
)
REORDER = Story(
    name="reorder-demand",
    stream=3,
    task=Task.REGRESSION,
    draw=reorder.draw,
    features=Features(numeric=reorder.NUMERIC, categorical=reorder.CATEGORICAL),
    id_column="forecast_id",
    label_column="units",
    threshold=None,
    reference_days=reorder.YEAR_DAYS,
    training_days=2 * reorder.YEAR_DAYS,
    versions=("plain", "full", "recent"),
    champion=2,
    label_days=reorder.LABEL_DELAY_DAYS + 1,
    out_of_fold=True,
)
CONTROL = Story(
    name="control",
    stream=4,
    task=Task.BINARY,
    draw=control.draw,
    features=Features(numeric=control.NUMERIC, categorical=control.CATEGORICAL),
    id_column="ticket_id",
    label_column="escalated",
    threshold=control.ESCALATE_FROM,
    reference_days=280,
    training_days=60,
    versions=("plain", "full", "recent"),
    champion=2,
    label_days=0,
    labels_inline=True,
)
STORIES = (LENDING, READMISSION, REORDER, CONTROL)
