"""Train by users' own code: ``module:function`` in a folder that the settings allow, in a process of its own.

Input and output: see :mod:`core.children.candidate`; what the function gets and gives:
:mod:`core.children.own_code`. What it prints is shown as it goes.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.children import candidate, model_files, own_code
from core.children.candidate import CHAMPION, EVALUATION, EVENT_AT, FRESH, SNAPSHOT, Report, Request
from core.children.model_files import Answers, class_text
from core.errors import TrimtabError, Unavailable

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say

_LONGEST = 120


def run(folder: Path, say: "Say") -> None:
    """Train the candidate.

    Raises
    ------
    Unavailable
        The code failed (with its last words), or the rows are not enough to train and measure.
    """
    import pandas as pd

    request = candidate.read_request(folder)
    say(0.02, "Reading rows")
    parts = candidate.part(pd.read_parquet(folder / SNAPSHOT), request)
    for name, rows in (("trained", parts.trained), ("held_out", parts.held_out)):
        _for_them(rows, request).to_parquet(folder / f"{name}.parquet", index=False)
    say(0.1, f"Running {request.entry}")
    _run_code(folder, request, say)
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
        champion=_of_champion(folder, parts.held_out, request),
        params={"entry": request.entry},
    )
    candidate.evaluation(parts.held_out, answers, request).to_parquet(folder / EVALUATION, index=False)
    say(0.95, "Packing")
    candidate.pack(folder, report)


def _for_them(rows: "pd.DataFrame", request: Request) -> "pd.DataFrame":
    """Return rows as their code gets them: the model's own columns, labels that are numbers as numbers."""
    import pandas as pd

    table = rows.drop(columns=[EVENT_AT, FRESH])
    if request.timestamp is not None:
        table[request.timestamp] = rows[EVENT_AT]
    numbers = pd.to_numeric(table[request.label], errors="coerce")
    if not numbers.isna().any():
        table[request.label] = numbers
    return table


def _run_code(folder: Path, request: Request, say: "Say") -> None:
    command = [sys.executable, "-P", own_code.__file__, str(folder)]
    command += [request.entry, request.code, request.label]
    last = ""
    with subprocess.Popen(  # noqa: S603 - our own program; which code it runs, the settings allow
        command,
        cwd=request.code,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            # The job's log keeps all of it.
            sys.stdout.write(line)
            last = line.strip() or last
            say(0.3, f"{request.entry}: {last[:_LONGEST]}")
        code = process.wait()
    if code:
        raise Unavailable(f"The training by {request.entry}", last[:300] or f"it ended with code {code}")


def _answers(table: "pd.DataFrame") -> Answers:
    scores: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {
        class_text(name.removeprefix("score ")): table[name].to_numpy(dtype=float)
        for name in table.columns
        if name.startswith("score ")
    }
    return Answers(prediction=table["prediction"].to_numpy(dtype=object), scores=scores or None)


def _of_champion(folder: Path, rows: "pd.DataFrame", request: Request) -> dict[str, float]:
    """Return the champion's figures on the same rows; none where it cannot be asked here."""
    try:
        champion = model_files.load(folder / CHAMPION)
        return candidate.measured(champion.predict(rows), rows[request.label], request)
    except TrimtabError:
        return {}
