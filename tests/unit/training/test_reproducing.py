"""Versions made again: what is asked of the child, how metrics are held side by side, and what is packed."""

import io
import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.children import candidate, reproduce
from core.children.candidate import FRESH, SNAPSHOT, Report
from core.domain import ModelVersion
from core.errors import NotFound
from core.job import JobStatus
from core.ports import Environment, Outcome, RunInput, RunRecord
from core.reproduction import Reproduction, compare
from core.training.reproducing import _other_code, differing
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FakeRegistry
from tests.made_candidate import REPORTED

RUN = RunRecord(
    registry="local",
    run_id="r1",
    experiment_id="7",
    params={"C": "1.0"},
    metrics={"roc_auc": 0.81, "cost": 3.0},
    tags={
        "mlflow.source.name": "train.py",
        "mlflow.source.git.commit": "c0ffee",
        "mlflow.source.git.repoURL": "https://ann:secret@git.example.com/ml/loans",
    },
    inputs=(RunInput(name="train", digest="d1", context="training", source="s3://lake/train.parquet"),),
)


def made(registry: FakeRegistry, tmp_path: Path) -> None:
    """Let version 1 have a run with its training and evaluation data."""
    found = registry.registered["loans"]
    version = ModelVersion(registry="local", model="loans", version="1", run_id="r1")
    registry.registered["loans"] = replace(found, versions=(version,))
    registry.runs["r1"] = RUN
    files = {}
    for context, n in (("training", 30), ("evaluation", 10)):
        files[context] = tmp_path / f"{context}.parquet"
        pq.write_table(
            pa.table({"income": [float(one) for one in range(n)], "repaid": [0, 1] * (n // 2)}),
            files[context],
        )
    registry.data_files["loans", "1"] = files
    registry.environments["loans", "1"] = Environment(
        python="3.9.1", packages=("numpy==0.0.1", "no-such-thing==2", "--index-url https://u:p@x.example")
    )


def finish(executor: FakeExecutor, report: Report) -> Path:
    """Let the child have trained: it hands the report back beside what it was given."""
    ((name, (work, _)),) = executor.waiting.items()
    assert work.task == "reproduce"
    given = json.loads((work.folder / reproduce.GIVEN).read_text())
    executor.begin(name)
    executor.finish(name, reproduce.OUTPUT, json.dumps(given | {"report": asdict(report)}).encode())
    return work.folder


def test_a_version_trained_elsewhere_is_fitted_again_on_the_data_that_its_run_logged(
    loans: Trimtab, registry: FakeRegistry, executor: FakeExecutor, tmp_path: Path
) -> None:
    made(registry, tmp_path)
    asked = loans.reproducing.ask("loans", "1", actor="ann")
    assert asked.reproduced is None
    ((work, _),) = executor.waiting.values()
    rows = pq.read_table(work.folder / SNAPSHOT)
    assert rows[FRESH].to_pylist() == [False] * 30 + [True] * 10
    request = json.loads((work.folder / candidate.REQUEST).read_text())
    assert (request["way"], request["held_out"]) == ("refit", 1.0)
    assert (work.folder / candidate.CHAMPION / "MLmodel").is_file()
    # The same is asked for once.
    assert loans.reproducing.ask("loans", "1", actor="bob").job == asked.job

    finish(executor, replace(REPORTED, metrics={"roc_auc": 0.81005}, champion={"roc_auc": 0.81002}))
    found = loans.reproducing.found("loans", "1")
    assert found.reproduced is True
    ((one,), (differs, *_)) = found.compared, found.differs
    assert (one.metric, one.recorded, one.found, one.beside) == ("roc_auc", 0.81, 0.81005, "run")
    assert differs.startswith("Python 3.9.1 was logged, 3.")
    assert "no-such-thing 2 was logged, and is not installed here." in found.differs
    assert "Logged and not measured here: cost." in found.notes
    assert any("training data is not that of a file" in note for note in found.notes)
    assert found.sentence == "loans v1 was made again: 1 metric equal within 0.0001."
    assert loans.reproducing.found("loans", "1", tolerance=1e-6).reproduced is False
    assert registry.candidates == []


@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        ("run", "Which run made it is not known"),
        ("training", "Its training data is not among its run's artifacts."),
        ("evaluation", "Its evaluation data is not among its run's artifacts: nothing can be compared."),
    ],
)
def test_what_is_missing_is_said_at_once(
    loans: Trimtab, registry: FakeRegistry, executor: FakeExecutor, tmp_path: Path, lacks: str, told: str
) -> None:
    made(registry, tmp_path)
    if lacks == "run":
        registry.registered["loans"] = replace(
            registry.registered["loans"],
            versions=(ModelVersion(registry="local", model="loans", version="1"),),
        )
    else:
        files = dict(registry.data_files["loans", "1"])
        registry.data_files["loans", "1"] = {name: file for name, file in files.items() if name != lacks}
    found = loans.reproducing.ask("loans", "1", actor="ann")
    assert found.reproduced is False
    assert told in found.missing[0]
    assert told in found.sentence
    assert not executor.waiting
    assert loans.jobs.every(kind="reproduction") == []


def test_a_version_trained_here_starts_from_the_snapshot_of_its_digest(
    loans: Trimtab, ask, go_on, registry: FakeRegistry, executor: FakeExecutor
) -> None:
    ask()
    retrain = go_on()
    version = retrain.to_version
    assert version is not None
    file = loans.settings.workspace.root / "retrains" / retrain.id / SNAPSHOT
    registry.model_folders["loans", version] = registry.model_folders["loans", "1"]
    loans.reproducing.ask("loans", version, actor="ann")
    ((work, _),) = executor.waiting.values()
    assert (work.folder / SNAPSHOT).read_bytes() == file.read_bytes()
    finish(executor, REPORTED)
    # Its run is not known here, so nothing was recorded that could be compared.
    assert loans.reproducing.found("loans", version).missing == ("No logged metric can be measured again.",)

    # Rows that are not those any more, and rows that are gone, are told and not trained on.
    file.write_bytes(b"erased")
    assert (
        "Rows of persons may have been erased"
        in loans.reproducing.ask("loans", version, actor="a").missing[0]
    )
    file.unlink()
    gone = loans.reproducing.ask("loans", version, actor="ann")
    assert (gone.reproduced, gone.job) == (False, None)
    assert "Its rows are gone: the snapshot of SHA-256 " in gone.missing[0]


def test_a_training_that_fails_says_why(
    loans: Trimtab, registry: FakeRegistry, executor: FakeExecutor, tmp_path: Path
) -> None:
    made(registry, tmp_path)
    job = loans.reproducing.ask("loans", "1", actor="ann").job
    assert job is not None
    executor.begin(job)
    executor.end(job, Outcome(status=JobStatus.FAILED, error="The champion is not a scikit-learn model."))
    found = loans.reproducing.found("loans", "1")
    assert (found.reproduced, found.missing) == (False, ("The champion is not a scikit-learn model.",))


def test_what_nobody_asked_for_or_knows_is_not_found(loans: Trimtab) -> None:
    with pytest.raises(NotFound, match="reproduction of"):
        loans.reproducing.found("loans", "1")
    with pytest.raises(NotFound, match="version"):
        loans.reproducing.ask("loans", "99", actor="ann")


def test_the_bundle_holds_what_is_on_record_and_no_address_of_a_package_or_password(
    loans: Trimtab, registry: FakeRegistry, tmp_path: Path
) -> None:
    made(registry, tmp_path)
    content = loans.reproducing.bundle("loans", "1")
    assert content == loans.reproducing.bundle("loans", "1")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    assert "secret" not in "".join(files.values())
    assert "x.example" not in "".join(files.values())
    assert files["requirements.txt"] == "numpy==0.0.1\nno-such-thing==2\n"
    assert json.loads(files["environment.json"])["python"] == "3.9.1"
    assert json.loads(files["code.json"])["commit"] == "c0ffee"
    assert json.loads(files["code.json"])["repository"] == "https://git.example.com/ml/loans"
    assert json.loads(files["data.json"])[0]["digest"] == "d1"
    assert json.loads(files["metrics.json"]) == {"roc_auc": 0.81, "cost": 3.0}
    assert files["command.sh"].splitlines()[0] == "trimtab reproduce loans 1"
    assert "git checkout c0ffee" in files["command.sh"]
    assert "Commit: c0ffee" in files["README.md"]


# ---------------------------------------------------------------- side by side


def test_a_number_that_the_version_itself_does_not_show_is_not_held_against_the_new_fit() -> None:
    pairs, notes = compare({"accuracy": 0.70}, {"accuracy": 0.80101}, {"accuracy": 0.801})
    assert [(one.beside, one.recorded, one.equal) for one in pairs] == [("version", 0.801, True)]
    assert "the run measured it in another way" in notes[0]


def test_without_anything_recorded_nothing_is_compared() -> None:
    assert compare({}, {"accuracy": 0.8}, {}) == ((), ())


def test_an_environment_that_is_this_one_differs_in_nothing() -> None:
    import sys

    import numpy as np

    here = f"{sys.version_info.major}.{sys.version_info.minor}.0"
    assert list(differing((f"numpy=={np.__version__}",), here)) == []
    assert list(differing((), "")) == ["Which environment it was trained in is not on record."]


def test_other_code_than_was_logged_is_named(tmp_path: Path) -> None:
    then, now = tmp_path / "then", tmp_path / "now"
    for folder in (then, now):
        folder.mkdir()
        (folder / "same.py").write_text("a = 1\n")
    (then / "train.py").write_text("a = 1\n")
    assert list(_other_code(now, tmp_path / "none")) == [
        "Which code trained it is not on record: no code was logged with the version."
    ]
    assert list(_other_code(now, then)) == [
        "train.py was logged with the version, and is not there any more."
    ]
    (now / "train.py").write_text("a = 2\n")
    assert list(_other_code(now, then)) == ["train.py is not what was logged with the version."]


def test_the_child_hands_back_figures_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.made_candidate import archive

    (tmp_path / candidate.REQUEST).write_text(
        json.dumps(
            {
                "way": "refit",
                "task": "binary",
                "label": "y",
                "prediction": None,
                "timestamp": None,
                "scores": {},
                "positive": "1",
                "held_out": 1.0,
            }
        )
    )
    (tmp_path / reproduce.GIVEN).write_text(json.dumps({"recorded": {"roc_auc": 0.81}}))
    monkeypatch.setattr("core.children.refit.run", lambda folder, say: archive(folder / candidate.OUTPUT))
    reproduce.run(tmp_path, lambda share, step: None)
    made = json.loads((tmp_path / reproduce.OUTPUT).read_text())
    assert made["recorded"] == {"roc_auc": 0.81}
    assert made["report"]["metrics"] == {"roc_auc": 0.81}


def test_a_reproduction_travels_whole() -> None:
    from core import wire

    pairs, notes = compare({"a": 1.0}, {"a": 1.1}, {})
    whole = Reproduction(
        model="loans",
        version="1",
        reproduced=False,
        sentence="s",
        compared=pairs,
        missing=("m",),
        differs=("d",),
        notes=(*notes, "n"),
        job="j",
    )
    assert wire.reproduction_of(wire.reproduction_object(whole)) == whole
