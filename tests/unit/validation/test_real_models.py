"""Real models through the child's work, in this process: what is found of each, and on which rows."""

import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from core.candidate import Baseline, Condition, Fact, Findings
from core.domain import ModelVersion, Task
from core.validation import task
from core.validation.request import (
    CANDIDATE,
    CHAMPION,
    FINDINGS,
    LABEL,
    OUTPUT,
    REQUEST,
    REQUESTS,
    ROWS,
    Request,
)  # fmt: skip
from tests.fakes import FakeRegistry
from tests.loans import DAY_0, rows
from tests.unit.validation.conftest import Gated

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.sklearn
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a child may never undo would stay on this process."""
    monkeypatch.setattr(task, "stay_offline", lambda: None)


@dataclass(frozen=True)
class Models:
    """Folders of fitted models, by name."""

    root: Path

    def save(self, name: str, model: object, **types: str) -> Path:
        columns = [ColSpec(kind, column, required=False) for column, kind in types.items()]
        mlflow.sklearn.save_model(
            model,
            str(self.root / name),
            serialization_format="cloudpickle",
            signature=ModelSignature(inputs=Schema(columns)),
            pip_requirements=["scikit-learn"],
        )
        return self.root / name

    def __getitem__(self, name: str) -> Path:
        return self.root / name


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    made = Models(tmp_path_factory.mktemp("models"))
    frame = rows(-20, 3, n=200).to_pandas()
    income, repaid = frame[["income"]], frame["repaid"]
    made.save(
        "good", make_pipeline(SimpleImputer(), LogisticRegression()).fit(income, repaid), income="double"
    )
    made.save("strict", LogisticRegression().fit(income, repaid), income="double")
    wide = income.assign(age=1.0)
    made.save("wide", LogisticRegression().fit(wide, repaid), income="double", age="double")
    web = make_pipeline(OneHotEncoder(), LogisticRegression())
    made.save("raises", web.fit(pd.DataFrame({"channel": ["web"] * 2}), [0, 1]), channel="string")
    tree = DecisionTreeRegressor(max_depth=3).fit(income, repaid)
    meta = made.save("chances", tree, income="double") / "MLmodel"
    content = yaml.safe_load(meta.read_text())
    del content["flavors"]["sklearn"]
    meta.write_text(yaml.safe_dump(content))
    made.save(
        "line",
        make_pipeline(SimpleImputer(), LinearRegression()).fit(income, frame["score"]),
        income="double",
    )
    (made.root / "broken").mkdir()
    (made.root / "broken" / "MLmodel").write_text("flavors: {sklearn: {pickled_model: none.pkl}}")
    return made


@pytest.fixture
def validate(gated: Gated, models: Models) -> Callable[..., tuple[Request, Findings]]:
    """Let the child's work be done on the folder that the desk prepared."""

    def validated(candidate: str | None, champion: str = "good") -> tuple[Request, Findings]:
        gated.registry.model_folders["loans", "1"] = models[champion]
        del gated.registry.model_folders["loans", "2"]
        if candidate is not None:
            gated.registry.model_folders["loans", "2"] = models[candidate]
        job = gated.trimtab.validations.ask("loans", "2", actor="ann")
        gated.executor.begin(job.id)
        folder = gated.executor.waiting[job.id][0].folder
        request = REQUESTS.validate_json((folder / REQUEST).read_bytes())
        task.run(folder, lambda *_: None)
        gated.executor.finish(job.id, OUTPUT, (folder / OUTPUT).read_bytes())
        standing = gated.trimtab.gatekeeper.standing("loans", "2")
        assert standing.findings is not None
        return request, standing.findings

    return validated


def of(findings: Findings, metric: str, baseline: Baseline = Baseline.NONE, **more: Condition) -> Fact:
    condition = more.get("condition", Condition.AS_LOGGED)
    (found,) = [
        one
        for one in findings.facts
        if (one.metric, one.baseline, one.condition, one.segment) == (metric, baseline, condition, None)
    ]
    return found


def test_a_version_like_its_champion_passes_every_gate(gated: Gated, validate) -> None:
    request, findings = validate("good")
    assert (request.n_rows, request.rows_of, findings.against) == (300, "current", "1")
    assert gated.blocking("2") == set()
    for metric in ("roc_auc", "accuracy", "calibration_error", "demographic_parity_ratio", "log_loss"):
        gap = of(findings, metric, Baseline.CHAMPION)
        assert (gap.value, gap.n) == (0, 300)
        assert of(findings, metric).value == pytest.approx(gap.beside, abs=1e-9)
    assert 0 < of(findings, "latency_p95").value < 250
    assert of(findings, "accuracy", Baseline.CLEAN, condition=Condition.NOISE).value < 0.05
    assert gated.promote("2").to_version == gated.champion == "2"


@pytest.mark.parametrize(
    ("candidate", "blocks", "said"),
    [
        (None, "loads", "loans 2"),
        ("broken", "loads", "cannot be loaded"),
        ("raises", "loads", "it raises ValueError"),
        ("wide", "inputs", "the logs do not carry age"),
        ("strict", "missing_values", "it raises ValueError"),
    ],
)
def test_what_is_wrong_with_a_candidate_is_said_and_blocks(
    gated: Gated, validate, candidate, blocks, said
) -> None:
    validate(candidate)
    gates = {one.rule: one for one in gated.trimtab.gatekeeper.standing("loans", "2").blocking}
    assert said in gates[blocks].sentence
    if candidate == "strict":
        assert set(gates) == {"missing_values"}
    else:
        assert {"ranking", "ranking_kept", "accuracy_kept", "parity_kept", "noise", "loads"} <= set(gates)
    assert gated.promote("2").gates
    assert gated.champion == "1"


def test_a_champion_that_cannot_be_loaded_leaves_no_comparison(gated: Gated, validate) -> None:
    _, findings = validate("good", "broken")
    gap = of(findings, "roc_auc", Baseline.CHAMPION)
    assert gap.value is None
    assert "the champion, version 1, answers no rows: model cannot be loaded" in gap.reason
    assert gated.blocking("2") == {"ranking_kept", "accuracy_kept", "calibration_kept", "parity_kept"}


def test_a_pyfunc_that_answers_probabilities_is_a_classifier(gated: Gated, validate) -> None:
    _, findings = validate("chances")
    assert of(findings, "roc_auc").value > 0.7
    assert of(findings, "log_loss", Baseline.CHAMPION).value is not None
    assert "loads" not in gated.blocking("2")


def test_decisions_are_made_where_production_makes_them(
    gated: Gated, validate, file, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest logs decide from 0.8 on; both versions' decisions follow, not the classifier's own 0.5."""
    monkeypatch.setattr("core.validation.rows.MOST_ROWS", 300)
    table = rows(3, 3, n=100)
    decided = pa.array((np.array(table["score"]) > 0.8).astype(int))
    table = table.set_column(table.column_names.index("decision"), "decision", decided)
    gated.trimtab.ingest("loans", file(table), kind="predictions")
    request, findings = validate("good")
    assert (request.n_rows, request.threshold) == (300, pytest.approx(0.8, abs=0.02))
    newest = table.to_pandas()
    called, real = newest["score"] > 0.8, newest["repaid"] == 1
    assert of(findings, "recall").value == pytest.approx((called & real).sum() / real.sum(), abs=0.05)


@pytest.mark.parametrize("zone", ["", "+00:00"])
def test_rows_that_a_version_learned_from_are_left_out(gated: Gated, validate, zone: str) -> None:
    tag = {"trimtab.trained_until": (DAY_0 + timedelta(days=0.5)).replace(tzinfo=None).isoformat() + zone}
    known: FakeRegistry = gated.registry
    versions = tuple(
        replace(one, tags=tag) if one.version == "2" else one for one in known.registered["loans"].versions
    )
    assert isinstance(versions[1], ModelVersion)
    known.registered["loans"] = replace(known.registered["loans"], versions=versions)
    request, findings = validate("good")
    assert request.n_rows == 249
    assert findings.rows_from == DAY_0 + timedelta(days=0.51)


def test_a_few_rows_give_way_to_the_reference(gated: Gated, validate, file) -> None:
    gated.trimtab.watch(
        "model: loans\nversion: '1'\ntask: binary\npositive: 1\n"
        "columns: {id: id, timestamp: at, prediction: decision, score: score, label: repaid}\n"
        "features: {numeric: [income], categorical: [channel]}\nsensitive: [sex]\n"
        "window: {every: 1d}\nlabel_delay: 2d\nrisk: high\n",
        reference=file(rows(-9, 3, n=100)),
    )
    request, findings = validate("good")
    assert (request.rows_of, findings.rows_of, request.n_rows) == ("reference", "reference", 300)
    assert "of the reference" in gated.trimtab.gatekeeper.standing("loans", "2").sentence


# ---------------------------------------------------------------- other tasks, on a folder made by hand


def run(folder: Path, frame: pd.DataFrame, candidate: Path, champion: Path, **asked: object) -> Findings:
    shutil.copytree(candidate, folder / CANDIDATE)
    shutil.copytree(champion, folder / CHAMPION)
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / ROWS)
    request = Request(
        model="m", version="2", against="1", digest="a", against_digest="b", size_bytes=1, has_labels=True,
        n_rows=len(frame), numeric=("income",), made_at=DAY_0, **asked,
    )  # fmt: skip
    (folder / REQUEST).write_bytes(REQUESTS.dump_json(request))
    task.run(folder, lambda *_: None)
    return FINDINGS.validate_json((folder / OUTPUT).read_bytes())


def test_a_regression_is_compared_by_its_errors(tmp_path: Path, models: Models) -> None:
    table = rows(0, 1, n=400).to_pandas()
    frame = pd.DataFrame({"income": table["income"], LABEL: table["score"]})
    findings = run(tmp_path, frame, models["line"], models["line"], task=Task.REGRESSION)
    for metric in ("mae", "rmse"):
        gap = of(findings, metric, Baseline.CHAMPION)
        assert (gap.value, gap.low, gap.high, gap.n) == (0, 0, 0, 400)
        assert gap.beside == pytest.approx(of(findings, metric).value)
        assert of(findings, metric, Baseline.CLEAN, condition=Condition.MISSING_VALUES).value > 0


def test_rows_that_only_the_champion_answers_leave_no_comparison(
    tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that says nothing of the hard rows must not look better for it."""
    table = rows(0, 1, n=400).to_pandas()
    frame = pd.DataFrame({"income": table["income"], LABEL: table["score"]})
    asked = task.Scorer.answer

    def shy(self: task.Scorer, given: pd.DataFrame) -> task.Tried:
        tried = asked(self, given)
        if self is candidate[0]:
            tried.rows.prediction[:40] = np.nan
        return tried

    candidate: list[task.Scorer] = []
    made = task.Scorer.__init__

    def noted(self: task.Scorer, *arguments: object) -> None:
        made(self, *arguments)
        candidate.append(self)

    monkeypatch.setattr(task.Scorer, "__init__", noted)
    monkeypatch.setattr(task.Scorer, "answer", shy)
    findings = run(tmp_path, frame, models["line"], models["line"], task=Task.REGRESSION)
    gap = of(findings, "mae", Baseline.CHAMPION)
    assert (gap.value, gap.reason) == (None, "it leaves 40 of 400 rows without an answer")


def test_several_classes_are_compared_by_accuracy_and_scores(tmp_path: Path, models: Models) -> None:
    chance = np.random.default_rng(1)
    income = pd.DataFrame({"income": chance.normal(size=500)})
    names = np.array(["a", "b", "c"])[np.digitize(income["income"] + chance.normal(size=500), [-0.5, 0.5])]
    folder = Models(tmp_path / "own").save("three", LogisticRegression().fit(income, names), income="double")
    frame = income.assign(**{LABEL: names})
    findings = run(tmp_path, frame, folder, folder, task=Task.MULTICLASS, classes=("a", "b", "c"))
    for metric in ("accuracy", "log_loss", "brier"):
        gap = of(findings, metric, Baseline.CHAMPION)
        assert (gap.value, gap.n) == (0, 500)
        assert 0.3 < gap.beside < 1.2
    worse = of(findings, "accuracy", Baseline.CLEAN, condition=Condition.MISSING_VALUES)
    assert (worse.value, "raises ValueError" in worse.reason) == (None, True)


def test_the_suite_looks_at_every_part_of_a_version(gated: Gated, validate) -> None:
    """The page of a logged pipeline on live rows: every section has numbers, or says why not."""
    validate("good")
    view = gated.trimtab.suite.view("loans", "2")
    lines = {one.title: one.lines for one in view.sections}
    assert [title for title, found in lines.items() if not found] == []
    (seeds,) = lines["Stability over seeds"]
    assert (seeds.value, seeds.n) == (None, 0), "300 rows are too few to refit"
    assert "it cannot be refit: 300 rows, 400 needed" in seeds.sentence
    assert {one.name.split()[0] for one in lines["Segments"]} >= {"roc_auc", "segment_shortfall"}
    assert view.digests is not None
    assert len(view.digests.rows) == len(view.digests.policy) == 64


def test_refits_with_other_seeds_tell_chance_from_skill(tmp_path: Path, models: Models) -> None:
    from sklearn.ensemble import RandomForestClassifier

    table = rows(0, 1, n=500).to_pandas()
    label = table["repaid"].astype(str)
    made = Models(tmp_path / "own")
    forest = RandomForestClassifier(n_estimators=3, random_state=0).fit(table[["income"]], table["repaid"])
    made.save("forest", forest, income="double")
    asked = {"task": Task.BINARY, "positive": "1", "negative": "0", "classes": ("1",)}
    frame = pd.DataFrame({"income": table["income"].fillna(0), LABEL: label})
    for name, folder in (("forest", made["forest"]), ("line", models["good"])):
        (tmp_path / name).mkdir()
        found = of(run(tmp_path / name, frame, folder, folder, **asked), "seed_spread")
        assert found.n == 5
        assert (found.value > 0.001) is (name == "forest"), "a logistic regression draws nothing by chance"
