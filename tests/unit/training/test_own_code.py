"""Users' own training code and projects: run where the settings allow it, and nowhere else."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.action import ActionStatus
from core.retrain import Retrain, RetrainKind
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor
from tests.loans import rows
from tests.made_candidate import TRAINED

Ask = Callable[..., Retrain]
GoOn = Callable[[], Retrain]


def guards_of(retrain: Retrain) -> list[str]:
    assert retrain.status is ActionStatus.REFUSED
    return [gate.rule for gate in retrain.gates]


ENTRY = TRAINED.replace("source: registry", 'entry: "train:fit", path: loans')


def test_own_code_must_lie_where_the_settings_say(loans: Trimtab, ask: Ask, file, tmp_path: Path) -> None:
    loans.watch(ENTRY, reference=file(rows(-10, 10, n=40)))
    found = ask()
    assert guards_of(found) == ["trainer there"]
    assert "training.code" in found.sentence
    code = loans.settings.workspace.root / "code"
    code.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "train.py").write_text("")
    (code / "loans").symlink_to(tmp_path / "elsewhere")
    assert guards_of(ask()) == ["trainer there"], "a link does not lead out of it"
    (code / "loans").unlink()
    (code / "loans").mkdir()
    assert "no module 'train'" in ask().sentence


def test_own_code_is_a_task_of_its_own(
    loans: Trimtab, ask: Ask, file, go_on: GoOn, executor: FakeExecutor
) -> None:
    loans.watch(ENTRY, reference=file(rows(-10, 10, n=40)))
    code = loans.settings.workspace.root / "code" / "loans"
    code.mkdir(parents=True)
    (code / "train.py").write_text("")
    ask()
    loans.training.reconcile()
    ((work, _),) = executor.waiting.values()
    assert work.task == "entry"
    request = json.loads((work.folder / "request.json").read_text())
    assert (request["way"], request["entry"], request["code"]) == ("entry", "train:fit", str(code))
    assert go_on().status is ActionStatus.DONE
    ask(kind=RetrainKind.RECALIBRATE)
    loans.training.reconcile()
    ((work, _),) = executor.waiting.values()
    assert work.task == "refit", "calibrating needs no code of theirs"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("https://git.example/evil", "are not allowed"),
        ("git@git.example:evil", "are not allowed"),
        ("https://git.example/ml/../evil", "are not allowed"),
        ("https://git.example/ml/%2e%2e/evil", "are not allowed"),
        ("loans", "There is no file"),
        ("../elsewhere", "There is no file"),
        ("https://git.example/ml/loans", ""),
    ],
)
def test_a_project_must_lie_where_the_settings_say(
    loans: Trimtab, ask: Ask, file, tmp_path: Path, executor: FakeExecutor, uri: str, said: str
) -> None:
    elsewhere = loans.settings.workspace.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "MLproject").write_text("name: x")
    allowed = replace(loans.settings, training_projects="https://git.example/ml/")
    loans.training._settings = loans.training.runner._settings = allowed
    text = TRAINED.replace("source: registry", f"project: '{uri}'")
    loans.watch(text, reference=file(rows(-10, 10, n=40)))
    found = ask()
    assert said in found.sentence
    assert (found.status is ActionStatus.REFUSED) == bool(said)
    if not said:
        loans.training.reconcile()
        ((work, _),) = executor.waiting.values()
        assert work.task == "project"
        assert json.loads((work.folder / "request.json").read_text())["project"] == uri


@pytest.mark.parametrize(
    "way", ["project: '../elsewhere'", "project: 'https://git.example/evil'", 'entry: "a:b"']
)
def test_a_spec_that_changed_since_it_was_asked_for_runs_nothing_else(
    loans: Trimtab, ask: Ask, file, executor: FakeExecutor, way: str
) -> None:
    elsewhere = loans.settings.workspace.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "MLproject").write_text("name: x")
    asked = ask()
    loans.watch(TRAINED.replace("source: registry", way), reference=file(rows(-10, 10, n=40)))
    loans.training.reconcile()
    failed = loans.training.get(asked.id)
    assert failed.status is ActionStatus.FAILED
    assert "in trimtab.toml" in failed.sentence
    assert executor.waiting == {}
