"""The mitigation bench from asking to candidate: rows laid out, points read, and one of them trained."""

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from core.action import ActionStatus
from core.children.candidate import FRESH, GROUP, SNAPSHOT
from core.domain import ModelVersion
from core.errors import Conflict, InvalidInput, NotFound
from core.job import Job, JobStatus
from core.mitigation import Frontier, Method, Recipe
from core.ports import Outcome
from core.retrain import Retrain, RetrainKind
from core.training import mitigation_task
from core.training.mitigation_task import FRONTIERS, OUTPUT, REQUEST, REQUESTS
from core.trimtab import Trimtab
from core.views.mitigation import MitigationScope
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import rows
from tests.made_candidate import TRAINED
from tests.made_frontier import frontier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.sklearn
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
TIGHT = "reduction:0.01:selection_rate:sex"
Tried = Callable[..., Job]


@pytest.fixture
def tried(loans: Trimtab, executor: FakeExecutor) -> Tried:
    """A bench that is over, with the points that the test gives it."""

    def over(found: Frontier | None = None) -> Job:
        job = loans.training.bench.ask("loans", "sex", "selection_rate", actor="ann")
        work, _ = executor.waiting[job.id]
        executor.begin(job.id)
        (work.folder / OUTPUT).write_bytes(FRONTIERS.dump_json(found or frontier()))
        executor.end(job.id, Outcome(status=JobStatus.DONE))
        return loans.jobs.get(job.id)

    return over


def test_the_child_gets_rows_with_the_column_and_the_champion(loans: Trimtab, executor: FakeExecutor) -> None:
    job = loans.training.bench.ask("loans", "sex", "selection_rate", actor="ann")
    work, _ = executor.waiting[job.id]
    table = pq.read_table(work.folder / SNAPSHOT)
    assert set(table[GROUP + "sex"].to_pylist()) == {"F", "M"}
    assert table[FRESH].to_pylist().count(True) == 400
    assert (work.folder / "model" / "MLmodel").is_file()
    request = REQUESTS.validate_json((work.folder / REQUEST).read_bytes())
    assert (request.version, request.by, request.training.positive) == ("1", "sex", "1")
    assert request.training.threshold == pytest.approx(0.5, abs=0.01), "production decides from one half"
    assert (job.actor, job.subject) == ("ann", "selection rate by sex, from v1")


def test_the_same_rows_are_tried_once(loans: Trimtab, tried: Tried, file) -> None:
    first = tried()
    again = loans.training.bench.ask("loans", "sex", "selection_rate", actor="ben")
    assert again.id == first.id
    loans.ingest("loans", file(rows(5, 1, n=80)), kind="predictions")
    assert loans.training.bench.ask("loans", "sex", "selection_rate", actor="ben").id != first.id


@pytest.mark.parametrize(
    ("by", "measure", "words"),
    [
        ("age", "selection_rate", "'age' is no sensitive column"),
        ("", "selection_rate", "those of the spec: sex"),
        ("sex", "precision", "'precision' is no rate"),
    ],
)
def test_what_cannot_be_asked_for_is_named(loans: Trimtab, by: str, measure: str, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        loans.training.bench.ask("loans", by, measure, actor="ann")
    assert any(words in f"{one.message} {one.remedy}" for one in raised.value.problems)


def test_without_a_champion_there_is_nothing_to_start_from(loans: Trimtab, registry: FakeRegistry) -> None:
    registry.registered["loans"] = replace(registry.registered["loans"], aliases={})
    with pytest.raises(NotFound, match="champion of"):
        loans.training.bench.ask("loans", "sex", "selection_rate", actor="ann")


def test_a_model_without_labels_says_why_not(trimtab: Trimtab, registry: FakeRegistry, file) -> None:
    registry.registered["loans"] = replace(
        registry.registered["loans"],
        versions=(ModelVersion(registry="local", model="loans", version="1"),),
    )
    trimtab.refresh_registry()
    unlabelled = TRAINED.replace(", label: repaid", "")
    trimtab.watch(unlabelled, reference=file(rows(-10, 10, n=40, labels=False)))
    with pytest.raises(Conflict, match="names no label"):
        trimtab.training.bench.ask("loans", "sex", "selection_rate", actor="ann")
    view = trimtab.training.bench.view(MitigationScope(model="loans"))
    assert "names no label" in view.why_not


def test_a_view_shows_the_latest_frontier_while_a_new_bench_runs(
    loans: Trimtab, tried: Tried, file, clock: FixedClock
) -> None:
    empty = loans.training.bench.view(MitigationScope(model="loans"))
    assert (empty.by, empty.measure, empty.job, empty.frontier) == ("sex", "selection_rate", None, None)
    assert empty.why_not == ""
    tried()
    loans.ingest("loans", file(rows(5, 1, n=80)), kind="predictions")
    clock.at += timedelta(minutes=1)
    loans.training.bench.ask("loans", "sex", "selection_rate", actor="ann")
    view = loans.training.bench.view(MitigationScope(model="loans"))
    assert view.running
    assert view.frontier == frontier()


# ---------------------------------------------------------------- choosing


def choose(loans: Trimtab, ask: Callable[..., Retrain], recipe: str = TIGHT) -> Retrain:
    return ask(kind=RetrainKind.MITIGATE, recipe=recipe, reason="women are approved too rarely")


def test_the_chosen_point_becomes_a_candidate_with_its_lineage(
    loans: Trimtab, tried: Tried, ask, go_on, executor: FakeExecutor, registry: FakeRegistry
) -> None:
    job = tried()
    asked = choose(loans, ask)
    loans.training.reconcile()
    (name,) = executor.waiting
    work, _ = executor.waiting[name]
    request = json.loads((work.folder / "request.json").read_text())
    assert (work.task, request["way"], request["recipe"], request["threshold"]) == (
        "refit",
        "mitigate",
        TIGHT,
        0.5,
    )
    assert GROUP + "sex" in pq.read_table(work.folder / SNAPSHOT).column_names
    done = go_on()
    assert (done.id, done.status, done.kind) == (asked.id, ActionStatus.DONE, RetrainKind.MITIGATE)
    assert done.evidence["on the bench"] == "ratio 0.860 by sex, ROC AUC −0.0400 beside the champion"
    (candidate,) = registry.candidates
    assert (candidate.tags["trimtab.recipe"], candidate.tags["trimtab.bench"]) == (TIGHT, job.id)
    assert candidate.tags["trimtab.kind"] == "mitigate"


def test_other_trainings_are_given_no_sensitive_column(loans: Trimtab, ask) -> None:
    asked = ask()
    loans.training.reconcile()
    table = pq.read_table(loans.settings.workspace.root / "retrains" / asked.id / SNAPSHOT)
    assert not [name for name in table.column_names if name.startswith(GROUP)]


@pytest.mark.parametrize(
    ("recipe", "kind", "words"),
    [
        ("thresholds:0:selection_rate:sex", Conflict, "it decides by 'sex'"),
        ("champion::selection_rate:sex", Conflict, "it is in production"),
        ("reduction:0.3:selection_rate:sex", NotFound, "bench that tried"),
        ("reduction:0.01:true_positive_rate:sex", NotFound, "bench that tried"),
        ("magic", InvalidInput, "is no recipe"),
    ],
)
def test_what_cannot_be_had_is_not_trained(
    loans: Trimtab, tried: Tried, ask, recipe: str, kind: type[Exception], words: str
) -> None:
    tried()
    with pytest.raises(kind) as raised:
        choose(loans, ask, recipe)
    assert words in str(raised.value)
    assert loans.training.every("loans") == []


def test_a_result_that_is_gone_is_no_frontier(loans: Trimtab, tried: Tried, ask) -> None:
    job = tried()
    loans.jobs.result(job.id).unlink()
    assert loans.training.bench.view(MitigationScope(model="loans")).frontier is None
    with pytest.raises(NotFound, match="bench that tried"):
        choose(loans, ask)


# ---------------------------------------------------------------- the child


def laid_out(folder: Path, loans: Trimtab, executor: FakeExecutor, learner: object, file) -> Path:
    """A job's folder as the desk lays it out, with a real champion in it."""
    job = loans.training.bench.ask("loans", "sex", "selection_rate", actor="ann")
    work, _ = executor.waiting[job.id]
    table = pq.read_table(work.folder / SNAPSHOT).to_pandas()
    steps = [("n", "passthrough", ["income"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["channel"])]
    model = make_pipeline(ColumnTransformer(steps), learner)
    model.fit(table[["income", "channel"]], table["repaid"].astype(float))
    (work.folder / "model" / "MLmodel").unlink()
    (work.folder / "model").rmdir()
    mlflow.sklearn.save_model(
        model,
        str(work.folder / "model"),
        serialization_format="cloudpickle",
        signature=ModelSignature(inputs=Schema([ColSpec("double", "income"), ColSpec("string", "channel")])),
        pip_requirements=["scikit-learn"],
    )
    return work.folder


def test_every_recipe_is_measured_on_the_same_held_out_rows(
    loans: Trimtab, executor: FakeExecutor, file, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path, loans, executor, LogisticRegression(), file)
    said: list[float] = []
    mitigation_task.run(folder, lambda share, _: said.append(share))
    found = FRONTIERS.validate_json((folder / OUTPUT).read_bytes())
    assert said == sorted(said)
    assert (found.n_trained, found.n_held_out) == (720, 80)
    assert len(found.points) == 13
    assert not [one.problem for one in found.points if one.problem]
    assert found.small_groups == ("F", "M"), "80 rows hold no group of 100: nothing is compared"
    as_it_is = found.point(Recipe(method=Method.CHAMPION, by="sex", measure="selection_rate").key)
    assert as_it_is.auc_cost.value == 0
    assert as_it_is.ratio.value is None
    held = pq.read_table(folder / SNAPSHOT).to_pandas()[-80:]
    scores = mlflow.sklearn.load_model(str(folder / "model")).predict_proba(held[["income", "channel"]])[:, 1]
    assert as_it_is.auc.value == pytest.approx(roc_auc_score(held["repaid"].astype(int), scores))
    assert as_it_is.accuracy.value == pytest.approx(
        np.mean((scores >= found.threshold) == (held["repaid"].astype(int) == 1))
    )


def test_a_learner_that_takes_no_weights_is_a_point_that_says_so(
    loans: Trimtab, executor: FakeExecutor, file, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path, loans, executor, KNeighborsClassifier(), file)
    mitigation_task.run(folder, lambda *_: None)
    found = FRONTIERS.validate_json((folder / OUTPUT).read_bytes())
    problems = {one.recipe.method: one.problem for one in found.points}
    assert "takes no weights of rows" in problems[Method.REDUCTION]
    assert "takes no weights of rows" in problems[Method.REWEIGHING]
    assert problems[Method.REFIT] == problems[Method.THRESHOLDS] == ""
