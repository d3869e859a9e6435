"""Train by an MLflow project, in the environment that Trimtab runs in.

Its entry point ``main`` gets three parameters: ``rows``, a Parquet file to learn from, ``label``, the label's
column, and ``output``, a folder to write the model to (``mlflow.…save_model``; of type string, because it is
not there yet). Input and output of this child: see :mod:`core.children.candidate`.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.children import candidate, model_files
from core.children.candidate import EVALUATION, SNAPSHOT, Report
from core.children.entry import for_them, of_champion
from core.children.followed import follow
from core.errors import Unavailable

if TYPE_CHECKING:
    from core.children.runner import Say


def run(folder: Path, say: "Say") -> None:
    """Train the candidate.

    Raises
    ------
    Unavailable
        The project failed (with its last words), wrote no model, or the rows are not enough.
    InvalidInput
        What it wrote cannot be loaded.
    """
    import pandas as pd

    request = candidate.begin(folder)
    say(0.02, "Reading rows")
    parts = candidate.part(pd.read_parquet(folder / SNAPSHOT), request)
    rows, made = folder / "trained.parquet", folder / candidate.MADE
    for_them(parts.trained, request).to_parquet(rows, index=False)
    say(0.1, f"Running {request.project}")
    given = {"rows": rows, "label": request.label, "output": made}
    command = [sys.executable, "-P", "-m", "mlflow", "run", request.project, "--env-manager", "local"]
    command += [word for name, value in given.items() for word in ("-P", f"{name}={value}")]
    own = {
        **os.environ,
        # A project's "python" is that which runs Trimtab.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        # A run of its own in a store of its own: the registry gets what is registered, and nothing else.
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'project.db'}",
    }
    follow(command, request.project, say, folder=folder, environment=own)
    if not (made / "MLmodel").is_file():
        raise Unavailable(f"The training by {request.project}", "it wrote no model to its parameter output")
    say(0.85, f"Measuring on {len(parts.held_out):,} rows")
    answers, labels = model_files.load(made).predict(parts.held_out), parts.held_out[request.label]
    first, last = candidate.span(parts.trained)
    report = Report(
        n_trained=len(parts.trained),
        n_held_out=len(parts.held_out),
        trained_from=first,
        trained_until=last,
        metrics=candidate.measured(answers, labels, request),
        champion=of_champion(folder, parts.held_out, request),
        params={"project": request.project},
    )
    candidate.evaluation(parts.held_out, answers, request).to_parquet(folder / EVALUATION, index=False)
    say(0.95, "Packing")
    candidate.pack(folder, report)
