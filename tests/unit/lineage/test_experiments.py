"""Runs that were tried beside versions, and what versions' files ask for: mirrored, and shown from there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.config import Workspace, create_workspace
from core.domain import ModelVersion
from core.errors import NotFound
from core.ports import Environment, RegisteredModel, RunInput, RunRecord
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.runs import RunsScope
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0

ENVIRONMENT = Environment(python="3.11.9", packages=("scikit-learn==1.9.0", "pandas==2.3.3"))
DATA = RunInput(name="train", digest="d1", context="training", source="s3://lake/train.parquet", n_rows=9)


def run(at: int, **other: object) -> RunRecord:
    began = DAY_0 + timedelta(hours=at)
    facts = {
        "registry": "local",
        "run_id": f"r{at}",
        "experiment_id": "7",
        "status": "FINISHED",
        "started_at": began,
        "ended_at": began + timedelta(minutes=5),
        "params": {"C": str(at)},
        "metrics": {"roc_auc": at / 10},
        "tags": {"mlflow.source.git.commit": f"c0ffee{at}", "mlflow.source.name": "train.py"},
        "inputs": (DATA,),
    }
    return RunRecord(**{**facts, **other})  # type: ignore[arg-type]


@pytest.fixture
def registry() -> FakeRegistry:
    made = FakeRegistry(runs={one.run_id: one for one in (run(1), run(2), run(3))})
    made.runs["x1"] = run(9, run_id="x1", experiment_id="8")
    versions = (
        ModelVersion(registry="local", model="loans", version="1", run_id="r1"),
        ModelVersion(registry="local", model="loans", version="2", run_id="r3"),
        ModelVersion(registry="local", model="loans", version="3"),
    )
    made.registered["loans"] = RegisteredModel(
        registry="local", name="loans", aliases={"champion": "2", "challenger": "3"}, versions=versions
    )
    made.environments["loans", "2"] = ENVIRONMENT
    return made


@pytest.fixture
def trimtab(tmp_path: Path, registry: FakeRegistry, clock: FixedClock) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(tmp_path / "state.db"),
        registries={"local": registry},
        clock=clock,
    )
    opened.refresh_registry()
    yield opened
    opened.close()


def shown(trimtab: Trimtab, **scope: object) -> list[tuple[str, str | None]]:
    view = trimtab.runs_view(RunsScope(model="loans", **scope))  # type: ignore[arg-type]
    return [(row.run_id, row.version) for row in view.rows]


def test_the_runs_of_an_experiment_are_read_once_whole_and_then_what_is_new(
    trimtab: Trimtab, registry: FakeRegistry, clock: FixedClock
) -> None:
    assert shown(trimtab) == [("r3", "2"), ("r1", "1")]
    trimtab.lineage.experiments.take()
    assert shown(trimtab) == [("r3", "2"), ("r2", None), ("r1", "1")]
    # Another experiment holds no version of any model: it is not read.
    assert trimtab._state.lineage.runs.get("local", "x1") is None

    # What began since is found, and what had not ended is read again until it has.
    late = clock.now() + timedelta(hours=1)
    registry.runs["r4"] = run(4, started_at=late, ended_at=None, status="RUNNING")
    trimtab.lineage.experiments.take()
    assert shown(trimtab)[0] == ("r4", None)
    registry.runs["r4"] = run(4, started_at=late, ended_at=late)
    trimtab.lineage.experiments.take()
    assert trimtab.runs_view(RunsScope(model="loans")).rows[0].status == "FINISHED"


def test_what_never_ended_is_not_looked_at_for_good(
    trimtab: Trimtab, registry: FakeRegistry, clock: FixedClock
) -> None:
    registry.runs["r0"] = run(0, ended_at=None, status="RUNNING")
    trimtab.lineage.experiments.take()
    assert trimtab._state.lineage.runs.began_unended("local", ["7"]) == DAY_0
    registry.runs["r0"] = run(0)
    clock.at += timedelta(days=30)
    trimtab.lineage.experiments.take()
    kept = trimtab._state.lineage.runs.get("local", "r0")
    assert kept is not None
    assert kept.status == "RUNNING"


def test_a_registry_that_does_not_answer_is_asked_again(trimtab: Trimtab, registry: FakeRegistry) -> None:
    registry.broken_at = "experiment_runs"
    trimtab.lineage.experiments.take()
    assert len(shown(trimtab)) == 2
    registry.broken_at = "environment"
    trimtab._state.lineage.environments.put(("local", "loans", "1"), Environment(), at=DAY_0)
    trimtab.lineage.experiments.take()
    assert len(shown(trimtab)) == 3


def test_a_run_is_told_with_what_went_in_and_which_version_it_became(trimtab: Trimtab) -> None:
    trimtab.lineage.experiments.take()
    view = trimtab.runs_view(RunsScope(model="local/loans"))
    assert (view.champion, view.n_runs, view.n_experiments) == ("2", 3, 1)
    assert (view.metrics, view.params, view.metric) == (("roc_auc",), ("C",), "roc_auc")
    assert view.read_at is not None
    best = view.rows[0]
    assert (best.version, best.aliases, best.commit, best.entry) == (
        "2",
        ("champion",),
        "c0ffee3",
        "train.py",
    )
    assert best.data[0].source == "s3://lake/train.parquet"
    assert best.environment is not None
    assert best.environment.packages == ENVIRONMENT.packages
    # A version whose files say nothing of it has none, and neither has a run that became no version.
    assert [row.environment for row in view.rows[1:]] == [None, None]


def test_runs_behind_versions_are_shown_however_old(trimtab: Trimtab) -> None:
    trimtab.lineage.experiments.take()
    assert shown(trimtab, last=1) == [("r3", "2"), ("r1", "1")]
    assert trimtab.runs_view(RunsScope(model="loans", last=1)).n_runs == 3


def test_a_model_without_versions_has_no_runs_and_an_unknown_one_is_not_found(
    trimtab: Trimtab, registry: FakeRegistry
) -> None:
    registry.registered["new"] = replace(registry.registered["loans"], name="new", aliases={}, versions=())
    trimtab.refresh_registry()
    trimtab.lineage.experiments.take()
    assert trimtab.runs_view(RunsScope(model="new")).rows == ()
    with pytest.raises(NotFound):
        trimtab.runs_view(RunsScope(model="nope"))
