"""Real pipelines fitted anew on real snapshots: candidates answer, and their figures are scikit-learn's."""

import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.children import candidate, model_files, refit
from core.children.candidate import EVENT_AT, FRESH, Report
from core.errors import Unavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.sklearn
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
N = 2000
BINARY = {
    "way": "refit",
    "task": "binary",
    "label": "repaid",
    "prediction": "decision",
    "timestamp": "at",
    "scores": {"1": "score"},
    "positive": "1",
    "held_out": 0.2,
}


def pipeline(model: object) -> object:
    steps = [("n", StandardScaler(), ["income"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["channel"])]
    return make_pipeline(ColumnTransformer(steps), model)


def rows(*, slope: float = 1.5, classes: int = 2, seed: int = 1) -> pd.DataFrame:
    """Half of them the reference's; labels are texts of classes, as a log keeps them."""
    chance = np.random.default_rng(seed)
    income = chance.normal(size=N)
    lean = chance.random(N) < 1 / (1 + np.exp(-slope * income))
    label = lean.astype(int) if classes == 2 else np.where(lean, chance.integers(1, classes, N), 0)
    return pd.DataFrame(
        {
            EVENT_AT: pd.Timestamp("2026-09-01") + pd.to_timedelta(np.arange(N), unit="h"),
            "income": income,
            "channel": chance.choice(["web", "branch"], N),
            "repaid": label.astype(str),
            FRESH: np.arange(N) >= N // 2,
        }
    )


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[Report, Path]]:
    def on(model: object, data: pd.DataFrame, label: np.ndarray, **request: object) -> tuple[Report, Path]:
        fitted = pipeline(model).fit(data[["income", "channel"]], label)
        mlflow.sklearn.save_model(
            fitted,
            str(tmp_path / "model"),
            signature=ModelSignature(
                inputs=Schema([ColSpec("double", "income", required=False), ColSpec("string", "channel")])
            ),
            pip_requirements=["scikit-learn"],
            skops_trusted_types=["numpy.dtype", "scipy._lib.array_api_compat.numpy._aliases.asarray"],
        )
        data.to_parquet(tmp_path / "snapshot.parquet")
        (tmp_path / "request.json").write_text(json.dumps({**BINARY, **request}))
        said = []
        refit.run(tmp_path, lambda share, step: said.append(share))
        assert said == sorted(said)
        with zipfile.ZipFile(tmp_path / "candidate.zip") as packed:
            packed.extractall(tmp_path / "out")
        return candidate.read_report(tmp_path / "candidate.zip"), tmp_path / "out"

    return on


def test_a_refit_learns_what_changed_and_is_measured_on_rows_it_never_saw(run) -> None:
    """The champion learned that income speaks for repaying; since then it speaks against it."""
    old, new = rows(slope=2, seed=1), rows(slope=-2, seed=2)
    report, out = run(LogisticRegression(), new, old["repaid"].to_numpy().astype(float))
    # The champion was fitted on these incomes with other labels, so that it knows nothing of them.
    assert report.metrics["roc_auc"] > 0.75 > report.champion["roc_auc"]
    assert (report.n_trained, report.n_held_out) == (1800, 200)
    assert report.trained_until == new[EVENT_AT][1799].tz_localize("UTC").isoformat()
    held = new[1800:]
    loaded = model_files.load(out / "model")
    score = loaded.predict(held).scores["1"]
    actual = held["repaid"].astype(int)
    assert report.metrics["roc_auc"] == pytest.approx(roc_auc_score(actual, score))
    assert report.metrics["brier"] == pytest.approx(brier_score_loss(actual, score))
    assert report.metrics["log_loss"] == pytest.approx(log_loss(actual, score))
    # The candidate knows its classes as the champion did, as numbers.
    assert list(loaded.model.classes_) == [0.0, 1.0]
    written = pd.read_parquet(out / "evaluation.parquet")
    assert set(written) == {"income", "channel", "repaid", "at", "decision", "score"}
    np.testing.assert_allclose(written["score"], score)


def test_the_same_rows_give_the_same_model(run, tmp_path: Path) -> None:
    data = rows()
    fitted = pipeline(LogisticRegression()).fit(
        data[["income", "channel"]][:1800], data["repaid"][:1800].astype(float)
    )
    _, out = run(LogisticRegression(), data, data["repaid"].to_numpy().astype(float))
    again = model_files.load(out / "model").predict(data[1800:]).scores["1"]
    np.testing.assert_allclose(again, fitted.predict_proba(data[["income", "channel"]][1800:])[:, 1])


def test_what_an_attempt_that_was_cut_off_left_is_no_hindrance(run, tmp_path: Path) -> None:
    """The job's folder is the same at the second attempt."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "MLmodel").write_text("half of a ")
    data = rows()
    _, out = run(LogisticRegression(), data, data["repaid"].to_numpy().astype(float))
    assert len(model_files.load(out / "model").predict(data[:5]).prediction) == 5


def test_several_classes(run) -> None:
    data = rows(classes=3)
    report, out = run(
        LogisticRegression(), data, data["repaid"].to_numpy(), task="multiclass", positive=None,
        scores={"0": "s0", "1": "s1", "2": "s2"},
    )  # fmt: skip
    assert set(report.metrics) == {"accuracy", "log_loss"}
    written = pd.read_parquet(out / "evaluation.parquet")
    np.testing.assert_allclose(written[["s0", "s1", "s2"]].sum(axis=1), 1)


def test_amounts(run) -> None:
    data = rows()
    data["repaid"] = 3 * data["income"] + 1
    report, _ = run(
        LinearRegression(),
        data,
        np.zeros(N),
        task="regression",
        positive=None,
        scores={},
        prediction="amount",
    )
    assert report.metrics == pytest.approx({"mae": 0, "rmse": 0, "bias": 0}, abs=1e-9)
    held = data["repaid"][1800:]
    assert report.champion["mae"] == pytest.approx(float(np.abs(held).mean()))


@pytest.mark.parametrize("n_fresh", [1000, 400])
def test_a_recalibration_puts_scores_right_and_keeps_their_order(run, n_fresh: int) -> None:
    """The champion is far too sure of itself: its labels were made of a slope four times as steep."""
    data, sure = rows(slope=1, seed=3), rows(slope=6, seed=3)
    data[FRESH] = np.arange(N) >= N - n_fresh
    report, out = run(
        LogisticRegression(C=100), data, sure["repaid"].to_numpy().astype(float), way="recalibrate"
    )
    assert report.n_trained == round(0.8 * n_fresh)
    assert report.metrics["log_loss"] < report.champion["log_loss"] - 0.05
    assert report.metrics["roc_auc"] == pytest.approx(report.champion["roc_auc"], abs=0.02)
    loaded = model_files.load(out / "model")
    assert list(loaded.model.classes_) == [0.0, 1.0]


def test_rows_of_one_class_teach_nothing(run) -> None:
    data = rows()
    label = data["repaid"].to_numpy().astype(float)
    data["repaid"] = "1"
    with pytest.raises(Unavailable, match="one class only"):
        run(LogisticRegression(), data, label)


def test_without_fresh_rows_the_newest_of_all_are_held_out() -> None:
    data = rows()
    data[FRESH] = False
    parts = candidate.part(data, candidate.Request(**BINARY))
    assert list(parts.held_out.index) == list(range(1600, 2000))


@pytest.mark.parametrize("name", ["../x", "/tmp/trimtab-x"])
def test_an_archive_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as packed:
        packed.writestr(name, b"x")
    with pytest.raises(Unavailable, match="its archive holds"):
        candidate.unpack(tmp_path / "c.zip", tmp_path / "in")
