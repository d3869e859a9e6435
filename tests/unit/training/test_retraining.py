"""A retraining from asking to challenger: steps on record, every effect once, every refusal a sentence."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.access.person import Person
from core.access.roles import AccessRole
from core.action import ActionStatus, MoveKind
from core.children.candidate import EVENT_AT, FRESH, OUTPUT
from core.domain import ModelVersion
from core.errors import InvalidInput, NotFound
from core.job import JobStatus
from core.ports import Outcome
from core.retrain import TAG, Retrain, RetrainKind, RetrainStep
from core.training import Wish
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import DAY_0, rows
from tests.made_candidate import REPORTED, TRAINED

Ask = Callable[..., Retrain]
GoOn = Callable[[], Retrain]


def folder(trimtab: Trimtab, retrain: Retrain) -> Path:
    return trimtab.settings.workspace.root / "retrains" / retrain.id


def test_the_candidate_is_registered_as_challenger(
    ask: Ask, go_on: GoOn, loans: Trimtab, registry: FakeRegistry
) -> None:
    asked = ask()
    assert (asked.status, asked.step, asked.from_version) == (ActionStatus.RUNNING, RetrainStep.ASKED, "1")
    done = go_on()
    assert (done.id, done.status, done.to_version) == (asked.id, ActionStatus.DONE, "2")
    assert done.sentence.startswith("v2 is registered as challenger of loans; ")
    assert registry.registered["loans"].aliases == {"champion": "1", "challenger": "2"}
    (candidate,) = registry.candidates
    assert (candidate.id, candidate.author) == (asked.id, "ann")
    assert candidate.metrics == {"roc_auc": 0.81, "champion_roc_auc": 0.8}
    assert candidate.tags["trimtab.trained_until"] == REPORTED.trained_until
    assert f"sha256:{candidate.tags['trimtab.snapshot']}" == done.evidence["snapshot"]
    (data,) = candidate.data
    assert (data.context, data.copied, data.path) == (
        "training",
        False,
        folder(loans, done) / "snapshot.parquet",
    )


def test_every_step_is_in_the_ledger_and_the_move_in_the_history(
    ask: Ask, go_on: GoOn, loans: Trimtab
) -> None:
    ask(reason="the applicants changed")
    done = go_on()
    records = loans.ledger.records(model="local/loans", limit=None)
    kinds = [one.entry.kind for one in records if one.entry.kind.startswith("retrain.")]
    assert kinds == [f"retrain.{one}" for one in ("asked", "snapshot", "registered", "challenger", "done")]
    assert "the applicants changed" not in json.dumps([one.entry.facts for one in records])
    loans.refresh_registry()
    (stay,) = loans.actions.history("loans", alias="challenger")
    assert (stay.version, stay.kind, stay.actor) == ("2", MoveKind.RETRAIN, "ann")
    assert (stay.reason, stay.evidence) == ("the applicants changed", done.id)
    assert loans.ledger.verify().ok


def test_the_snapshot_holds_reference_and_fresh_rows_in_order(ask: Ask, go_on: GoOn, loans: Trimtab) -> None:
    asked = ask()
    loans.training.reconcile()
    table = pq.read_table(folder(loans, asked) / "snapshot.parquet")
    assert table.column_names == [EVENT_AT, "income", "channel", "repaid", FRESH]
    assert table[FRESH].to_pylist().count(True) == 400
    assert len(table) == 800
    times = table[EVENT_AT].to_pylist()
    assert times == sorted(times)
    assert table["repaid"].null_count == 0


def test_labels_that_are_not_mature_are_left_out(trimtab: Trimtab, file, registry: FakeRegistry) -> None:
    """With a delay of 2 days, of days 0 to 4 those up to the last row's time two days before count."""
    trimtab.watch(TRAINED + "label_delay: 2d\n", reference=file(rows(-10, 10, n=40)))
    trimtab.ingest("loans", file(rows(0, 5, n=80)), kind="predictions")
    asked = trimtab.training.ask(Wish(model="loans", reason="because", actor="ann"))
    trimtab.training.reconcile()
    table = pq.read_table(folder(trimtab, asked) / "snapshot.parquet")
    fresh = [
        at
        for at, is_fresh in zip(table[EVENT_AT].to_pylist(), table[FRESH].to_pylist(), strict=True)
        if is_fresh
    ]
    assert len(fresh) == 240
    assert max(fresh) < (DAY_0 + timedelta(days=3)).replace(tzinfo=None)


def test_only_what_is_kept_is_left(ask: Ask, go_on: GoOn, loans: Trimtab) -> None:
    ask()
    done = go_on()
    assert sorted(one.name for one in folder(loans, done).iterdir()) == [
        "evaluation.parquet",
        "snapshot.parquet",
    ]


def test_the_same_key_is_the_same_retraining(ask: Ask, go_on: GoOn, loans: Trimtab) -> None:
    first = ask(key="click")
    assert ask(key="click").id == first.id
    go_on()
    assert ask(key="click").status is ActionStatus.DONE
    assert len(loans.training.every("loans")) == 1


def test_a_reason_is_needed(ask: Ask, loans: Trimtab) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        ask(reason=" ")
    assert loans.training.every("loans") == []


def test_a_model_that_is_not_monitored_is_not_found(ask: Ask) -> None:
    with pytest.raises(NotFound):
        ask(model="nobody")


def guards_of(retrain: Retrain) -> list[str]:
    assert retrain.status is ActionStatus.REFUSED
    assert all(gate.sentence in retrain.sentence for gate in retrain.gates)
    return [gate.rule for gate in retrain.gates]


def test_a_second_one_is_refused_while_one_runs(ask: Ask, go_on: GoOn) -> None:
    first = ask()
    second = ask()
    assert guards_of(second) == ["one at a time"]
    assert first.id in second.sentence
    go_on()
    assert ask().status is ActionStatus.RUNNING


@pytest.mark.parametrize(
    ("text", "how", "guard"),
    [
        (TRAINED.replace("training: {source: registry}\n", ""), {}, "training known"),
        (TRAINED.replace("label: repaid", "status: state"), {}, "labels known"),
        (TRAINED, {"kind": RetrainKind.RETRAIN}, None),
        (TRAINED.replace("registry}", "registry, budget: {per_month: 1}}"), {}, "within budget"),
        (TRAINED + "label_delay: 10d\n", {}, "labels enough"),
    ],
)
def test_what_stands_in_the_way_is_said(
    loans: Trimtab, file, ask: Ask, go_on: GoOn, text: str, how: dict[str, object], guard: str | None
) -> None:
    ask()
    assert go_on().status is ActionStatus.DONE
    loans.watch(text, reference=file(rows(-10, 10, n=40)))
    found = ask(**how)
    assert ([gate.rule for gate in found.gates] or [None])[0] == guard
    assert loans.training.get(found.id) == found


def test_a_read_only_registry_and_a_model_without_champion(ask: Ask, registry: FakeRegistry) -> None:
    registry.writable = False
    registry.registered["loans"] = replace(registry.registered["loans"], aliases={})
    assert guards_of(ask()) == ["registry writable", "champion known"]


def test_who_may_not_retrain_is_told_who_may(ask: Ask) -> None:
    viewer = Person(name="vera", roles=frozenset({AccessRole.VIEWER}))
    found = ask(person=viewer, actor="vera")
    assert guards_of(found) == ["role"]
    assert "data scientist" in found.sentence


def test_only_classifiers_are_recalibrated(trimtab: Trimtab, file, registry: FakeRegistry) -> None:
    regression = TRAINED.replace("task: binary\npositive: 1", "task: regression").replace(
        "score: score, ", ""
    )
    trimtab.watch(regression, reference=file(rows(-10, 10, n=40)))
    trimtab.ingest("loans", file(rows(0, 5, n=80)), kind="predictions")
    wish = Wish(model="loans", reason="because", actor="ann", kind=RetrainKind.RECALIBRATE)
    assert guards_of(trimtab.training.ask(wish)) == ["scores known"]


def test_training_that_fails_says_why(ask: Ask, loans: Trimtab, executor: FakeExecutor) -> None:
    ask()
    loans.training.reconcile()
    (name,) = executor.waiting
    executor.begin(name)
    executor.end(name, Outcome(status=JobStatus.FAILED, error="It used too much memory."))
    loans.training.reconcile()
    (failed,) = loans.training.every("loans")
    assert failed.status is ActionStatus.FAILED
    assert failed.sentence == "Retrain loans from v1 failed: It used too much memory."


def test_cancelling_its_job_ends_it(ask: Ask, loans: Trimtab, registry: FakeRegistry) -> None:
    asked = ask()
    loans.training.reconcile()
    job_id = loans.training.get(asked.id).job_id
    assert job_id is not None
    loans.jobs.cancel(job_id, actor="bob")
    loans.training.reconcile()
    failed = loans.training.get(asked.id)
    assert failed.status is ActionStatus.FAILED
    assert "Cancelled by bob" in failed.sentence
    assert registry.candidates == []


def test_a_registry_that_does_not_answer_is_asked_again(
    ask: Ask, go_on: GoOn, registry: FakeRegistry, clock: FixedClock
) -> None:
    ask()
    registry.broken_at = "register"
    waiting = go_on()
    assert (waiting.status, waiting.step) == (ActionStatus.RUNNING, RetrainStep.TRAINED)
    assert "goes on as soon as it can" in waiting.sentence
    registry.broken_at = None
    assert go_on().status is ActionStatus.RUNNING, "not at once"
    clock.at += timedelta(seconds=5)
    assert go_on().status is ActionStatus.DONE
    assert len(registry.candidates) == 1


def test_patience_ends(ask: Ask, go_on: GoOn, registry: FakeRegistry, clock: FixedClock) -> None:
    ask()
    registry.broken_at = "register"
    go_on()
    clock.at += timedelta(days=2)
    failed = go_on()
    assert failed.status is ActionStatus.FAILED
    assert "does not answer" in failed.sentence


def test_a_version_without_files_cannot_be_retrained(
    ask: Ask, go_on: GoOn, registry: FakeRegistry, loans: Trimtab
) -> None:
    registry.model_folders.clear()
    ask()
    assert "model files of" in go_on().sentence
    assert loans.jobs.every() == []


def test_a_candidate_is_found_again_by_its_tag(
    ask: Ask, go_on: GoOn, registry: FakeRegistry, loans: Trimtab
) -> None:
    """The process died between the registry's answer and its record."""
    asked = ask()
    loans.training.reconcile()
    found = registry.registered["loans"]
    left = ModelVersion(registry="local", model="loans", version="2", tags={TAG: asked.id})
    registry.registered["loans"] = replace(found, versions=(*found.versions, left))
    done = go_on()
    assert (done.status, done.to_version) == (ActionStatus.DONE, "2")
    assert registry.candidates == []


def test_a_challenger_that_was_moved_past_trimtab_is_told_before_it_is_replaced(
    ask: Ask, go_on: GoOn, registry: FakeRegistry, loans: Trimtab
) -> None:
    ask()
    loans.training.reconcile()
    registry.set_alias("loans", "challenger", "1")
    go_on()
    stays = loans.actions.history("loans", alias="challenger")
    assert [(one.version, one.kind) for one in stays] == [("1", MoveKind.INITIAL), ("2", MoveKind.RETRAIN)]


def test_a_snapshot_that_is_gone_ends_it(ask: Ask, loans: Trimtab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask()
    runner = loans.training.runner
    snapshotted = runner._snapshot(asked)
    (folder(loans, asked) / "snapshot.parquet").unlink()
    failed = runner.advance(snapshotted)
    assert failed.status is ActionStatus.FAILED
    assert "snapshot of retraining" in failed.sentence


def test_erasing_a_person_takes_the_snapshots_along(ask: Ask, go_on: GoOn, loans: Trimtab) -> None:
    ask()
    done = go_on()
    loans.keeping.erase("loans", ["7-0-3"], actor="ann")
    assert list(folder(loans, done).iterdir()) == []


def test_the_result_is_gone_once_it_is_registered(ask: Ask, go_on: GoOn, loans: Trimtab) -> None:
    ask()
    done = go_on()
    assert not (folder(loans, done) / OUTPUT).exists()


def test_a_thread_takes_it_further_by_itself(
    ask: Ask, loans: Trimtab, executor: FakeExecutor, registry: FakeRegistry
) -> None:
    loans.training._by_itself = True
    asked = ask()
    loans.training.close()
    assert loans.training.get(asked.id).step is not RetrainStep.ASKED
    assert ask(key="again").status is ActionStatus.REFUSED
