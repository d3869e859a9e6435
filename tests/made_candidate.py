"""What a training child and a validation hand back, without any training or scoring."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path

from core.candidate import Findings
from core.children.candidate import EVALUATION, MODEL, OUTPUT, REPORT, Report
from core.ports import Work
from core.validation.request import FINDINGS
from core.validation.request import OUTPUT as FOUND
from tests.loans import DAY_0, SPEC

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


def done(work: Work) -> None:
    """Write what the child that does some work would hand back; a validation finds no fact."""
    if work.task != "validate":
        archive(work.folder / OUTPUT)
        return
    found = Findings(
        model="loans", version="2", against="1", made_at=DAY_0, n_rows=0, rows_of="current", digest=""
    )
    (work.folder / FOUND).write_bytes(FINDINGS.dump_json(found))
