"""What a training child hands back, without any training."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path

from core.children.candidate import EVALUATION, MODEL, REPORT, Report
from tests.loans import SPEC

TRAINED = SPEC + "training: {source: registry}\n"
REPORTED = Report(
    n_trained=700,
    n_held_out=100,
    trained_from="2026-08-22T00:00:00",
    trained_until="2026-09-05T00:00:00",
    metrics={"roc_auc": 0.81},
    champion={"roc_auc": 0.8},
    params={"C": "1.0"},
)


def archive(file: Path) -> None:
    """Write the archive."""
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(REPORT, json.dumps(asdict(REPORTED)))
        packed.writestr(EVALUATION, b"rows")
        packed.writestr(f"{MODEL}/MLmodel", "flavors: {}")
