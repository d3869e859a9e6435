"""Explanations from the row in the store to the sentence; asked once, bound to what they were made of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.action import ActionKind
from core.actions import Asked
from core.errors import Conflict, InvalidInput, NotFound
from core.explain.place import PLACE, row_digest
from core.explain.sentences import NOT_LEGAL_ADVICE, told
from core.explaining.behind import behind
from core.job import KEEP, JobStatus
from core.logs.spec_file import parse_spec
from core.receipts import Pruning
from core.views.activity import ActivityScope
from core.views.explain import ExplainScope
from tests.loans import SPEC, rows
from tests.unit.explain.conftest import Desk

ROW = "7-0-3"


def test_a_prediction_is_explained_with_all_that_a_person_may_ask_for(desk: Desk) -> None:
    job = desk.row(ROW)
    found = desk.trimtab.explaining.explained("loans", ROW)
    logged = rows(0, 1).slice(3, 1).to_pylist()[0]
    assert found.inputs == {"income": logged["income"], "channel": logged["channel"]}
    assert found.logged == {"score": logged["score"], "decision": str(logged["decision"])}
    assert found.predicted_at == logged["at"]
    assert found.agrees is True
    local = found.local
    assert (local.model, local.version, found.job) == ("loans", "1", job.id)
    assert local.output == pytest.approx(logged["score"])
    assert local.base + sum(one.contribution for one in local.reasons) == pytest.approx(
        local.output, abs=1e-12
    )
    assert local.immutable == ("channel",)
    assert {c.feature for one in local.counterfactuals for c in one.changes} == {"income"}
    assert [(one.kind, one.actor) for one in found.behind] == [("initial", "unknown")]
    lines = told(found)
    assert lines[-1] == NOT_LEGAL_ADVICE
    assert any(line.startswith("Nobody approved it through Trimtab") for line in lines)


def test_who_asked_and_who_agreed_is_told(desk: Desk) -> None:
    desk.trimtab.actions.ask(
        Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="better", actor="ann")
    )
    monitor = desk.trimtab._state.monitor("loans")
    found = behind(monitor, "2", state=desk.trimtab._state, ledger=desk.trimtab.ledger)
    assert [(one.kind, one.actor, one.reason) for one in found] == [("promote", "ann", "better")]
    assert found[0].ledger_seq is not None
    assert found[0].approvals
    assert behind(monitor, "9", state=desk.trimtab._state, ledger=desk.trimtab.ledger) == ()


def test_what_was_explained_is_not_asked_again_until_something_changes(
    desk: Desk, loaded: list[str], file
) -> None:
    first = desk.row(ROW)
    assert desk.row(ROW).id == first.id
    assert desk.row("7-0-4").id != first.id
    assert len(loaded) == 1, "one process loads a version once"
    desk.trimtab.watch(SPEC + "policy: default\n", reference=file(rows(-3, 3)))
    assert desk.row(ROW).id != first.id, "another reference, another background"


def test_jobs_and_file_names_do_not_tell_the_id(desk: Desk) -> None:
    job = desk.row(ROW)
    assert ROW not in f"{job.subject} {job.about} {job.result}"
    assert job.result == f"{PLACE}/{job.about['model_key']}/{row_digest(ROW)}-{job.id}.json"


def test_rows_that_were_explained_do_not_crowd_what_goes_on(desk: Desk) -> None:
    desk.row(ROW)
    report = desk.overall()
    waiting = desk.trimtab.explaining.ask("loans", "7-0-4", actor="ann")
    shown = desk.trimtab.activity_view(ActivityScope(model="loans")).jobs
    assert {one.id for one in shown} == {report.id, waiting.id}


def test_a_child_is_only_used_again_for_the_same_files(desk: Desk) -> None:
    job = desk.trimtab.explaining.ask("loans", ROW, actor="ann")
    work = desk.executor.waiting[job.id][0]
    assert work.task == "explain"
    assert work.time_limit_s == 60
    digest = (work.folder / KEEP).read_text()
    assert digest == desk.trimtab.manifests.registered("local", "loans", "1").digest


def test_what_is_gone_cannot_be_explained_and_the_error_says_so(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no-such") as before:
        desk.row("no-such")
    assert "erased cannot be explained" in str(before.value.hint)
    desk.row(ROW)
    job = desk.overall()
    desk.trimtab.keeping.erase("loans", [ROW], actor="ann")
    for ask in (desk.row, lambda row: desk.trimtab.explaining.explained("loans", row)):
        with pytest.raises(NotFound, match=ROW) as gone:
            ask(ROW)
        assert "(erasures of this model on record, without ids: 1)" in str(gone.value.hint)
    folder = desk.trimtab.settings.workspace.root / PLACE
    assert not [path for path in folder.rglob("*") if path.is_file()], "nor what is like it"
    assert desk.overall().id != job.id


def test_what_is_kept_outlives_all_but_an_erasure(desk: Desk, file) -> None:
    with pytest.raises(NotFound, match="explanation of row"):
        desk.trimtab.explaining.keep("loans", ROW, actor="ann")
    desk.row(ROW)
    kept = desk.trimtab.explaining.keep("loans", ROW, actor="ann")
    assert kept.kept_at == desk.clock.now()
    (entry,) = desk.trimtab._state.ledger.of_kind("explanation.kept")
    assert (entry.actor, entry.facts["version"]) == ("ann", "1")
    assert ROW not in str(entry.facts)
    desk.trimtab.watch(SPEC + "policy: default\n", reference=file(rows(-3, 3)))
    desk.clock.at += timedelta(days=1)
    desk.row(ROW)
    assert desk.trimtab.explaining.explained("loans", ROW) == kept, "as it was then"
    assert desk.trimtab.explaining.keep("loans", ROW, actor="bob") == kept
    desk.row("7-0-4")
    desk.trimtab.explaining.keep("loans", "7-0-4", actor="ann")
    receipt = desk.trimtab.keeping.erase("loans", [ROW], actor="ann")
    assert receipt.removed["explanations"] == 1
    assert receipt.mentioned_in == ()
    with pytest.raises(NotFound, match="row of loans"):
        desk.trimtab.explaining.explained("loans", ROW)
    assert desk.trimtab.explaining.explained("loans", "7-0-4").kept_at is not None, "another person's"


def test_what_is_kept_goes_when_its_time_is_over(desk: Desk) -> None:
    desk.row(ROW)
    desk.trimtab.explaining.keep("loans", ROW, actor="ann")
    desk.clock.at += timedelta(days=399)

    def explanations(**how: bool) -> Pruning:
        classes = desk.trimtab.keeping.prune(**how).classes
        return next(one for one in classes if one.kind == "explanations")

    assert (explanations().n, explanations().keep) == (0, "400d")
    desk.clock.at += timedelta(days=2)
    due = explanations(dry_run=True)
    assert due.n == 1
    assert due.n_bytes > 500
    assert explanations().n == 1
    assert explanations().n == 0
    with pytest.raises(NotFound):
        desk.trimtab.explaining.explained("loans", ROW)


def test_files_that_were_changed_explain_nothing(desk: Desk) -> None:
    desk.trimtab.manifests.take()
    (desk.files / "MLmodel").write_text("flavors: {other: {}}")
    with pytest.raises(Conflict, match="not those that were registered"):
        desk.row(ROW)
    assert not desk.trimtab.jobs.every()


def test_an_explanation_that_somebody_rewrote_counts_as_none(desk: Desk) -> None:
    job = desk.row(ROW)
    path = desk.trimtab.jobs.result(job.id)
    path.write_bytes(path.read_bytes().replace(b"income", b"weight"))
    with pytest.raises(NotFound, match="explanation of row"):
        desk.trimtab.explaining.explained("loans", ROW)
    assert desk.row(ROW).id != job.id


def test_a_version_without_files_cannot_be_explained(desk: Desk) -> None:
    del desk.registry.model_folders["loans", "1"]
    with pytest.raises(NotFound):
        desk.row(ROW)
    with pytest.raises(NotFound):
        desk.overall("9")


def test_the_files_are_fetched_once(desk: Desk) -> None:
    desk.row(ROW)
    desk.registry.down = True
    assert desk.row("7-0-5").status is JobStatus.DONE


def test_a_version_is_explained_by_many_rows(desk: Desk) -> None:
    job = desk.overall()
    assert (job.kind, job.subject, job.about["version"]) == ("importance", "version 1", "1")
    (found,) = desk.trimtab.explaining.overall("loans")
    assert (found.version, found.n_rows, found.rows_of) == ("1", 400, "current")
    assert found.measured_by == "roc_auc"
    assert [one.feature for one in found.permutation] == ["income", "channel"]
    assert desk.overall().id == job.id
    assert desk.trimtab.explaining.overall("loans", "2") == []


def test_the_page_sees_what_is_there_and_what_is_under_way(desk: Desk, file) -> None:
    scope = ExplainScope(model="loans")
    view = desk.trimtab.explaining.view(scope)
    assert (view.version, view.overall, view.job, view.immutable) == ("1", None, None, ("channel",))
    job = desk.trimtab.explaining.ask_overall("loans", actor="ann")
    assert desk.trimtab.explaining.view(scope).running
    desk.do(job)
    view = desk.trimtab.explaining.view(scope)
    assert (view.overall, view.stale, view.running) == (
        *desk.trimtab.explaining.overall("loans"),
        False,
        False,
    )
    desk.trimtab.ingest("loans", file(rows(1, 1)), kind="predictions")
    assert desk.trimtab.explaining.view(scope).stale
    desk.overall()
    assert len(desk.trimtab.explaining.view(scope).others) == 1, "what it leaned on before"
    failed = desk.trimtab.explaining.ask_overall("loans", "2", actor="ann")
    desk.trimtab.jobs.cancel(failed.id, actor="ann")
    other = desk.trimtab.explaining.view(ExplainScope(model="loans", version="2"))
    assert other.job is not None
    assert other.job.status is JobStatus.CANCELLED
    assert len(other.others) == 2


def test_rows_that_name_no_version_are_the_champions(desk: Desk, file) -> None:
    found = desk.registry.registered["loans"]
    desk.registry.registered["loans"] = replace(found, aliases={})
    nameless = SPEC.replace('version: "1"\n', "") + "policy: default\n"
    desk.trimtab.watch(nameless, reference=file(rows(-2, 2)))
    with pytest.raises(NotFound, match="champion"):
        desk.row(ROW)
    desk.registry.registered["loans"] = found
    desk.row(ROW)
    assert desk.trimtab.explaining.explained("loans", ROW).local.version == "1"


def test_a_column_that_is_no_feature_cannot_be_immutable(desk: Desk, file) -> None:
    assert parse_spec(SPEC + "immutable: [income]").immutable == ("income",)
    with pytest.raises(InvalidInput, match="The spec") as error:
        desk.trimtab.watch(SPEC + "immutable: [incom]\npolicy: default\n", reference=file(rows(-2, 2)))
    assert [(one.field, one.remedy) for one in error.value.problems] == [
        ("immutable", "did you mean 'income'?")
    ]
