"""What a training child is asked for and what it hands back: rows parted, answers measured, one archive.

Input: ``request.json`` (:class:`Request`), ``snapshot.parquet`` and ``model/``, the champion's files. Output:
``candidate.zip`` with ``model/``, ``evaluation.parquet`` and ``report.json`` (:class:`Report`).
"""

import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from pydantic import TypeAdapter

from core.children.model_files import Answers, class_text
from core.errors import Unavailable

if TYPE_CHECKING:
    import pandas as pd

REQUEST, SNAPSHOT, CHAMPION, OUTPUT = "request.json", "snapshot.parquet", "model", "candidate.zip"
MADE = "made"
"""Folder of a child's in which the candidate's files come to be."""
MODEL, EVALUATION, REPORT = "model", "evaluation.parquet", "report.json"
EVENT_AT, FRESH = "trimtab.event_at", "trimtab.fresh"
"""Columns of a snapshot beside the model's: a row's event time, and whether it is not the reference's."""
GROUP = "trimtab.group "
"""Before the name of a sensitive column, in snapshots for mitigation alone."""

Way: TypeAlias = Literal["refit", "recalibrate", "mitigate", "entry", "project"]
_EPSILON = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to train. ``scores`` gives each class its score column; ``positive`` is set for binary.

    ``entry`` is ``module:function`` in the folder ``code``, where users' own code trains, ``project`` the URI
    of an MLflow project. ``recipe`` and ``threshold`` say how to mitigate (:mod:`core.mitigation`), and the
    score from which production decides.
    """

    way: Way
    task: Literal["binary", "multiclass", "regression"]
    label: str
    prediction: str | None
    timestamp: str | None
    scores: dict[str, str]
    positive: str | None
    held_out: float
    entry: str = ""
    code: str = ""
    project: str = ""
    recipe: str = ""
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a training: which rows it learned from, and how candidate and champion answer the rest.

    Times are ISO texts of event times, None where rows have none. ``metrics`` and ``champion`` are of the
    same held-out rows.
    """

    n_trained: int
    n_held_out: int
    trained_from: str | None
    trained_until: str | None
    metrics: dict[str, float]
    champion: dict[str, float]
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows to learn from, and the most recent ones, which are only asked about; both in order of time."""

    trained: "pd.DataFrame"
    held_out: "pd.DataFrame"


def begin(folder: Path) -> Request:
    """Return what was asked for, after taking away what an attempt that was cut off has left."""
    shutil.rmtree(folder / MADE, ignore_errors=True)
    return TypeAdapter(Request).validate_json((folder / REQUEST).read_bytes())


def read_report(archive: Path) -> Report:
    """Return the report in a candidate's archive; nothing else of it is read."""
    with zipfile.ZipFile(archive) as packed:
        return TypeAdapter(Report).validate_json(packed.read(REPORT))


def part(rows: "pd.DataFrame", request: Request) -> Parts:
    """Hold out the most recent share of the fresh rows, or of all rows where none is fresh.

    What learns only from what was known before is measured on what came after. A calibration learns from
    fresh rows alone.

    Raises
    ------
    Unavailable
        One of the parts would be empty, or holds one class only.
    """
    fresh = rows[FRESH].to_numpy(dtype=bool)
    pool = np.flatnonzero(fresh) if fresh.any() else np.arange(len(rows))
    held = pool[len(pool) - round(request.held_out * len(pool)) :]
    is_held = np.zeros(len(rows), dtype=bool)
    is_held[held] = True
    learned = ~is_held & fresh if request.way == "recalibrate" else ~is_held
    parts = Parts(trained=rows[learned], held_out=rows[is_held])
    for name, those in (("train on", parts.trained), ("measure with", parts.held_out)):
        if those.empty:
            raise Unavailable("The training", f"there are no rows to {name}")
        if request.task != "regression" and those[request.label].nunique() < 2:
            raise Unavailable("The training", f"the rows to {name} hold one class only")
    return parts


def outcome(
    labels: "pd.Series", classes: "Mapping[str, object] | None"
) -> "np.ndarray[tuple[int], np.dtype]":
    """Return labels as the model knows them: numbers, or the classes' own values (of new ones, the text)."""
    if classes is None:
        return labels.to_numpy(dtype=float)
    return np.array([classes.get(class_text(one), one) for one in labels])


def measured(answers: Answers, labels: "pd.Series", request: Request) -> dict[str, float]:
    """Return how good answers are; what cannot be measured (one class, no scores) is left out.

    Binary: roc_auc, log_loss, brier and accuracy (of the model's own predictions); multiclass: log_loss and
    accuracy; regression: mae, rmse and bias (prediction − label).
    """
    if request.task == "regression":
        error = answers.prediction.astype(float) - labels.to_numpy(dtype=float)
        return {
            "mae": float(np.mean(np.abs(error))),
            "rmse": float(np.sqrt(np.mean(error**2))),
            "bias": float(np.mean(error)),
        }
    actual = np.array([class_text(one) for one in labels])
    said = np.array([class_text(one) for one in answers.prediction])
    found = {"accuracy": float(np.mean(said == actual))}
    if answers.scores is None:
        return found
    own = [answers.scores.get(one) for one in actual]
    if all(one is not None for one in own):
        chances = np.array([one[at] for at, one in enumerate(own) if one is not None])
        found["log_loss"] = float(-np.mean(np.log(np.clip(chances, _EPSILON, 1.0))))
    positive = answers.scores.get(request.positive or "")
    if request.task == "binary" and positive is not None:
        from sklearn.metrics import roc_auc_score

        is_positive = actual == request.positive
        found["brier"] = float(np.mean((positive - is_positive) ** 2))
        if 0 < is_positive.sum() < len(actual):
            found["roc_auc"] = float(roc_auc_score(is_positive, positive))
    return found


def evaluation(rows: "pd.DataFrame", answers: Answers, request: Request) -> "pd.DataFrame":
    """Return the held-out rows with the candidate's answers, in the columns of the model's spec."""
    beside = [name for name in rows.columns if name in (EVENT_AT, FRESH) or name.startswith(GROUP)]
    table = rows.drop(columns=beside)
    if request.timestamp is not None:
        table[request.timestamp] = rows[EVENT_AT]
    if request.prediction is not None:
        table[request.prediction] = (
            answers.prediction.astype(float)
            if request.task == "regression"
            else [class_text(one) for one in answers.prediction]
        )
    for name, column in request.scores.items():
        if answers.scores is not None and name in answers.scores:
            table[column] = answers.scores[name]
    return table


def span(rows: "pd.DataFrame") -> tuple[str | None, str | None]:
    """Return the first and the last event time of rows as ISO texts, UTC; nothing where they have none."""
    times = rows[EVENT_AT].dropna()
    if times.empty:
        return None, None
    return times.min().tz_localize("UTC").isoformat(), times.max().tz_localize("UTC").isoformat()


def pack(folder: Path, report: Report) -> None:
    """Put model, evaluation rows and report into one archive, which is there whole or not at all."""
    part = folder / f"{OUTPUT}.part"
    with zipfile.ZipFile(part, "w") as packed:
        packed.writestr(REPORT, json.dumps(asdict(report)))
        packed.write(folder / EVALUATION, EVALUATION)
        made = folder / MADE
        for file in sorted(made.rglob("*")):
            if file.is_file():
                packed.write(file, f"{MODEL}/{file.relative_to(made)}")
    part.replace(folder / OUTPUT)


def unpack(archive: Path, folder: Path) -> None:
    """Write a candidate's files into ``folder``; nothing of them is loaded.

    Raises
    ------
    Unavailable
        A name in the archive leads out of the folder.
    """
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            target = (folder / name).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise Unavailable("The candidate", f"its archive holds '{name}'")
        packed.extractall(folder)
