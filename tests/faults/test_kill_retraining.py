"""A retraining killed before and after every effect: no candidate is lost, doubled or half there."""

import hashlib
import json
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.action import ActionStatus
from tests.faults import retraining
from tests.faults.acting import NOW, Plan
from tests.faults.forked import forked

PASSED = [
    "record", "snapshot", "record", "job", "child", "job over", "record", "record", "version", "record",
    "record", "alias", "record", "job", "child", "job over", "record", "record",
]  # fmt: skip
POINTS = [(at, when) for at in range(len(PASSED)) for when in ("before", "after")]
STEPS = [f"retrain.{one}" for one in ("asked", "snapshot", "registered", "challenger", "done")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    retraining.make(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_what_is_passed_is_what_is_cut(folder: Path) -> None:
    """The job's boundary is named when it is entered, as are those of the child within it."""
    assert retraining.retrain(folder, Plan()) == PASSED
    look(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("at", "when"), POINTS)
def test_killed_at_any_boundary(folder: Path, at: int, when: str) -> None:
    die(retraining.retrain, folder, Plan(at=at, when=when))
    look(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("at", "when"), [(3, "after"), (4, "before"), (7, "after"), (9, "before")])
def test_killed_again_while_it_recovers(folder: Path, at: int, when: str) -> None:
    """After a death behind the snapshot's record, which has most left to do."""
    die(retraining.retrain, folder, Plan(at=2, when="after"))
    die(retraining.recovered, folder, Plan(at=at, when=when))
    look(folder)


def die(target: Callable[[Path, Plan], object], folder: Path, plan: Plan) -> None:
    """Do it in a process that has to die at the boundary: a fault that never fired proves nothing."""
    with forked("tests.faults.retraining", target, folder, plan) as process:
        process.wait()
        assert process.exit_code == -signal.SIGKILL


def look(folder: Path) -> None:
    """Start again; what is on record, in the registry and on disk must tell one story."""
    trimtab, _ = retraining.opened(folder, Plan(), at=NOW + timedelta(minutes=2))
    retraining.go_on(trimtab)
    found, pointer = retraining.last(trimtab), retraining.challenger(trimtab)
    kinds = Counter(one.entry.kind for one in trimtab.ledger.records(model="local/loans", limit=None))
    sound = trimtab.ledger.verify()
    jobs = trimtab.jobs.every()
    root = trimtab.settings.workspace.root

    assert sound.ok, sound
    assert list((root / "spool" / "jobs").glob("*")) == []
    if found is None:
        assert (retraining.candidates(folder), jobs, pointer) == ({}, [], None), "nothing was asked for"
    else:
        assert found.status is ActionStatus.DONE
        assert retraining.candidates(folder) == {found.to_version: found.id}, "one candidate, and a whole one"
        assert json.loads((folder / "registry.json").read_text())["aliases"]["challenger"] == found.to_version
        assert pointer is not None
        assert (pointer.version, pointer.action_id) == (found.to_version, None)
        assert [kinds[step] for step in STEPS] == [1] * len(STEPS), kinds
        assert kinds["pointer.external"] == 0, "no move is unaccounted for"
        assert sorted(job.kind for job in jobs) == ["training", "validation"]
        assert {job.status.value for job in jobs} == {"done"}
        kept = root / "retrains" / found.id
        assert sorted(one.name for one in kept.iterdir()) == ["evaluation.parquet", "snapshot.parquet"]
        digest = hashlib.sha256((kept / "snapshot.parquet").read_bytes()).hexdigest()
        assert found.evidence["snapshot"] == f"sha256:{digest}"
    again = trimtab.training.ask(retraining.wish())
    if found is not None:
        assert again.id == found.id, "the same click again is the same retraining"
    trimtab.close()
