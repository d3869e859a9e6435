"""Users' own training code, run by real children: their names are theirs, their words are shown."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from core.children import candidate, entry, model_files
from core.children.candidate import Report
from core.errors import Unavailable
from tests.unit.children.test_refit import BINARY, rows

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
CODE = """
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from sklearn.pipeline import make_pipeline
import core

def train(rows, label):
    print("epoch 1 of 1", len(rows))
    inputs = rows.drop(columns=[label])
    pipeline = make_pipeline(FunctionTransformer(core.income_alone), LogisticRegression())
    return pipeline.fit(inputs, rows[label])

def fail(rows, label):
    raise ValueError("no rows of 2019")

def nothing(rows, label):
    return 7
"""
# A module that is called as ours is: theirs must be found.
THEIRS = "def income_alone(rows):\n    return rows[['income']]\n"


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], tuple[Report, Path, list[str]]]:
    code, job = tmp_path / "code", tmp_path / "job"
    code.mkdir()
    job.mkdir()
    (code / "train.py").write_text(CODE)
    (code / "core.py").write_text(THEIRS)
    rows().to_parquet(job / "snapshot.parquet")

    def on(function: str) -> tuple[Report, Path, list[str]]:
        asked = {**BINARY, "way": "entry", "entry": f"train:{function}", "code": str(code)}
        (job / "request.json").write_text(json.dumps(asked))
        said: list[str] = []
        entry.run(job, lambda _, step: said.append(step))
        with zipfile.ZipFile(job / "candidate.zip") as packed:
            packed.extractall(tmp_path / "out")
        return candidate.read_report(job / "candidate.zip"), tmp_path / "out", said

    return on


@pytest.mark.slow
def test_their_function_trains_and_what_it_prints_is_shown(run) -> None:
    report, out, said = run("train")
    assert "train:train: epoch 1 of 1 1800" in said
    assert report.params == {"entry": "train:train"}
    assert report.metrics["roc_auc"] > 0.7
    assert report.champion == {}, "there was none that could be asked"
    data = rows()
    expected = LogisticRegression().fit(data[["income"]][:1800], data["repaid"][:1800].astype(int))
    score = expected.predict_proba(data[["income"]][1800:])[:, 1]
    np.testing.assert_allclose(pd.read_parquet(out / "evaluation.parquet")["score"], score)
    kept = {one.name for one in (out / "model" / "code").rglob("*.py")}
    assert {"train.py", "core.py"} <= kept, "the model brings the code that it needs"
    assert (out / "model" / "MLmodel").is_file()
    assert model_files.class_text(expected.classes_[1]) == "1"


def test_what_it_says_last_is_why_it_failed(run) -> None:
    with pytest.raises(Unavailable, match="no rows of 2019"):
        run("fail")


def test_what_it_returns_must_be_a_model(run) -> None:
    with pytest.raises(Unavailable, match="returned int, which has no predict"):
        run("nothing")


def test_a_function_that_is_not_there(run) -> None:
    with pytest.raises(Unavailable, match="no attribute 'absent'"):
        run("absent")
