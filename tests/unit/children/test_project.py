"""An MLflow project trains, in a store of its own, and writes its model where it is told to."""

import json
import zipfile
from pathlib import Path

import pytest

from core.children import candidate, model_files, project
from tests.unit.children.test_refit import BINARY, rows

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
    pytest.mark.slow,
]
MLPROJECT = """
name: loans
entry_points:
  main:
    parameters: {rows: path, label: string, output: string}
    command: "python train.py {rows} {label} {output}"
"""
TRAIN = """
import sys
import mlflow.sklearn, pandas
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
rows, label, output = sys.argv[1:]
data = pandas.read_parquet(rows)
print("learning from", len(data))
inputs = data[["income"]]
model = LogisticRegression().fit(inputs, data[label])
requirements = ["scikit-learn"]
mlflow.sklearn.save_model(model, output, signature=infer_signature(inputs), pip_requirements=requirements)
"""


def test_a_project_trains(tmp_path: Path) -> None:
    code, job = tmp_path / "code", tmp_path / "job"
    code.mkdir()
    job.mkdir()
    (code / "MLproject").write_text(MLPROJECT)
    (code / "train.py").write_text(TRAIN)
    rows().to_parquet(job / "snapshot.parquet")
    (job / "request.json").write_text(json.dumps({**BINARY, "way": "project", "project": str(code)}))
    said: list[str] = []
    project.run(job, lambda _, step: said.append(step))
    assert any("learning from 1800" in step for step in said)
    report = candidate.read_report(job / "candidate.zip")
    assert report.metrics["roc_auc"] > 0.7
    with zipfile.ZipFile(job / "candidate.zip") as packed:
        packed.extractall(tmp_path / "out")
    assert list(model_files.load(tmp_path / "out" / "model").inputs) == ["income"]
