"""Train by users' own code: ``module:function`` in a folder that the settings allow, in a process of its own.

Input and output: see :mod:`core.children.candidate`; what the function gets and gives:
:mod:`core.children.own_code`. What it prints is shown as it goes.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.children import candidate, model_files, own_code
from core.children.candidate import CHAMPION, EVALUATION, EVENT_AT, FRESH, SNAPSHOT, Report, Request
from core.children.followed import follow
from core.children.model_files import Answers, class_text
from core.errors import TrimtabError

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say


def run(folder: Path, say: "Say") -> None:
    """Train the candidate.

    Raises
    ------
    Unavailable
        The code failed (with its last words), or the rows are not enough to train and measure.
    """
    import pandas as pd

    request = candidate.begin(folder)
    say(0.02, "Reading rows")
    parts = candidate.part(pd.read_parquet(folder / SNAPSHOT), request)
    for name, rows in (("trained", parts.trained), ("held_out", parts.held_out)):
        for_them(rows, request).to_parquet(folder / f"{name}.parquet", index=False)
    say(0.1, f"Running {request.entry}")
    command = [
        sys.executable,
        "-P",
        own_code.__file__,
        str(folder),
        request.entry,
        request.code,
        request.label,
    ]
    follow(command, request.entry, say, folder=Path(request.code), environment=os.environ)
    say(0.85, f"Measuring on {len(parts.held_out):,} rows")
    answers = _answers(pd.read_parquet(folder / "answers.parquet"))
    first, last = candidate.span(parts.trained)
    labels = parts.held_out[request.label]
    report = Report(
        n_trained=len(parts.trained),
        n_held_out=len(parts.held_out),
        trained_from=first,
        trained_until=last,
        metrics=candidate.measured(answers, labels, request),
        champion=of_champion(folder, parts.held_out, request),
        params={"entry": request.entry},
    )
    candidate.evaluation(parts.held_out, answers, request).to_parquet(folder / EVALUATION, index=False)
    say(0.95, "Packing")
    candidate.pack(folder, report)


def for_them(rows: "pd.DataFrame", request: Request) -> "pd.DataFrame":
    """Return rows as their code gets them: the model's own columns, labels that are numbers as numbers."""
    import pandas as pd

    table = rows.drop(columns=[EVENT_AT, FRESH])
    if request.timestamp is not None:
        table[request.timestamp] = rows[EVENT_AT]
    numbers = pd.to_numeric(table[request.label], errors="coerce")
    if not numbers.isna().any():
        table[request.label] = numbers
    return table


def _answers(table: "pd.DataFrame") -> Answers:
    scores: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {
        class_text(name.removeprefix("score ")): table[name].to_numpy(dtype=float)
        for name in table.columns
        if name.startswith("score ")
    }
    return Answers(prediction=table["prediction"].to_numpy(dtype=object), scores=scores or None)


def of_champion(folder: Path, rows: "pd.DataFrame", request: Request) -> dict[str, float]:
    """Return the champion's figures on the same rows; none where it cannot be asked here."""
    try:
        champion = model_files.load(folder / CHAMPION)
        return candidate.measured(champion.predict(rows), rows[request.label], request)
    except TrimtabError:
        return {}
