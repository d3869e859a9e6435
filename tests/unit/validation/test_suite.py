"""Validations on record: once each, with findings that people close, and a day on which they fall due."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.access.person import Person
from core.access.roles import AccessRole
from core.candidate import Baseline, Fact
from core.domain import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.finding import Severity
from core.views.validation import Verdict
from tests.unit.validation.conftest import Gated
from tests.unit.validation.test_gate_calls import client, run

__all__ = ["client", "run"]
ANN = Person(name="ann", roles=frozenset({AccessRole.ADMIN}))
LEAK = Fact(
    metric="label_alone", value=0.999, n=1000, role=Role.OPERATIONS, note="income alone: ROC AUC 0.999"
)
DRIFTED = Fact(metric="psi", value=0.4, low=0.3, high=0.5, n=500, role=Role.FEATURE, feature="income",
               baseline=Baseline.REFERENCE)  # fmt: skip
WORST = Fact(metric="roc_auc", value=0.7, low=0.6, high=0.8, n=150, segment="channel = web")


def test_a_version_without_a_validation_is_not_validated_and_not_green(gated: Gated) -> None:
    view = gated.trimtab.suite.view("loans", "2")
    assert (view.verdict, view.sections, view.made_at) == (Verdict.NOT_VALIDATED, (), None)
    assert view.sentence == "loans v2 is not validated: nothing is known of it."
    with pytest.raises(NotFound):
        gated.trimtab.suite.view("loans", "99")
    job = gated.trimtab.validations.ask("loans", "2", actor="ann")
    assert gated.trimtab.suite.view("loans", "2").job == job.id


def test_a_validation_is_on_record_once_with_the_digests_of_what_it_rests_on(gated: Gated) -> None:
    job = gated.validate("2", policy_digest="p" * 64, rows_digest="r" * 64)
    for _ in range(2):
        gated.trimtab.suite.tend()
    (entry,) = gated.records("validation.made")
    view = gated.trimtab.suite.view("loans", "2")
    assert (view.verdict, view.findings) == (Verdict.PASSES, ())
    assert view.digests is not None
    assert (entry.facts["job"], entry.facts["version"]) == (job.id, "2")
    assert entry.facts["findings_digest"] == view.digests.findings == job.digest
    assert (view.digests.policy, view.digests.rows) == ("p" * 64, "r" * 64)
    assert view.due_at == view.made_at + timedelta(days=180), "the model's risk is high"


def test_a_failing_check_becomes_a_finding_once_and_its_end_is_on_record(gated: Gated) -> None:
    gated.validate("2", [*gated.facts, LEAK, DRIFTED, WORST])
    view = gated.trimtab.suite.view("loans", "2")
    assert view.verdict is Verdict.OPEN_FINDINGS
    assert view.sentence == "loans v2 has 2 open findings, on 1,000 rows."
    leak, drifted = sorted(view.findings, key=lambda one: one.check)
    assert (leak.check, leak.severity, leak.opened_by) == ("label_alone", Severity.HIGH, "trimtab")
    assert (drifted.check, drifted.severity) == ("population/income", Severity.MEDIUM)
    assert leak.due_at - leak.opened_at == timedelta(days=30)
    assert "income alone: ROC AUC 0.999): fails by 0.019" in leak.title
    gated.clock.at += timedelta(days=31)
    assert gated.trimtab.suite.view("loans", "2").sentence.endswith("1 of them overdue, on 1,000 rows.")
    for one in (leak, drifted):
        with pytest.raises(InvalidInput):
            gated.trimtab.closing.close(one.id, reason=" ", person=ANN)
        closed = gated.trimtab.closing.close(one.id, reason="income is known before", person=ANN)
        assert (closed.closed_by, closed.closed_why) == ("ann", "income is known before")
    with pytest.raises(Conflict, match="was closed by ann"):
        gated.trimtab.closing.close(leak.id, reason="again", person=ANN)
    assert [one.facts["finding"] for one in gated.records("finding.closed")] == [leak.id, drifted.id]
    assert gated.records("finding.closed")[0].facts["four_eyes"].endswith("not enforceable here")
    assert len(gated.records("finding.opened")) == 2
    gated.validate("2", [*gated.facts, LEAK])
    assert len(gated.trimtab.suite.findings("loans")) == 2, "what was closed is not opened again"
    assert gated.trimtab.suite.view("loans", "2").verdict is Verdict.PASSES


def test_sections_say_of_every_number_what_it_is_held_to(gated: Gated) -> None:
    gated.validate("2", [*gated.facts, LEAK, DRIFTED, WORST])
    sections = {one.title: one for one in gated.trimtab.suite.view("loans", "2").sections}
    assert list(sections) == [
        "Loads, speed and size", "Performance", "Segments", "Fairness", "Calibration", "Robustness",
        "Stability over seeds", "Leakage hints", "Drift against the live population", "Beside the champion",
    ]  # fmt: skip
    (leak,) = sections["Leakage hints"].lines
    assert (leak.status, leak.limit_high, leak.n) == ("FAIL", 0.98, 1000)
    (segment,) = sections["Segments"].lines
    assert segment.sentence == "ROC AUC of channel = web 0.700, 0.600 to 0.800 (95 %) (n = 150)."
    assert segment.status is None
    assert sections["Stability over seeds"].empty == "It was not refit."
    assert all(one.status for one in sections["Robustness"].lines)
    (drifted,) = sections["Drift against the live population"].lines
    assert drifted.sentence.startswith("PSI of income 0.400 > 0.250")


def test_a_difference_without_a_limit_is_told_with_what_it_starts_from(gated: Gated) -> None:
    gap = Fact(metric="brier", value=0.01, low=0.0, high=0.02, n=900, beside=0.2, baseline=Baseline.CHAMPION)
    gated.validate("2", [*gated.facts, gap])
    beside = gated.trimtab.suite.view("loans", "2").sections[-1]
    assert beside.lines[-1].sentence == (
        "Brier score less the champion's 0.200: 0.010, 0.000 to 0.020 (95 %) (n = 900)."
    )
    gated.validate("2", [*gated.facts, replace(gap, value=None, low=None, high=None, reason="it raises")])
    beside = gated.trimtab.suite.view("loans", "2").sections[-1]
    assert beside.lines[-1].sentence.endswith("is not known: it raises.")


def test_what_does_not_load_fails(gated: Gated) -> None:
    note = "model cannot be loaded (no such file)"
    gated.validate("2", [Fact(metric="loads", value=0.0, role=Role.OPERATIONS, note=note)])
    view = gated.trimtab.suite.view("loans", "2")
    assert view.verdict is Verdict.FAILS
    assert view.sentence == f"loans v2 fails: it does not answer rows: {note}."
    assert [one.check for one in view.findings] == ["loads"]


def test_what_was_found_before_a_change_of_the_spec_does_not_count(gated: Gated, file) -> None:
    from tests.loans import SPEC, rows

    gated.validate("2")
    gated.clock.at += timedelta(hours=1)
    gated.trimtab.watch(SPEC.replace("risk: high", "risk: low"), reference=file(rows(-3, 3, n=100)))
    view = gated.trimtab.suite.view("loans", "2")
    assert view.verdict is Verdict.NOT_VALIDATED
    assert "the spec or the policy changed since" in view.sentence


def test_what_is_in_production_falls_due_once(gated: Gated) -> None:
    gated.validate("1")
    gated.trimtab.suite.tend()
    gated.clock.at += timedelta(days=180, seconds=1)
    assert gated.trimtab.suite.view("loans", "1").overdue
    for _ in range(3):
        gated.trimtab.suite.tend()
    (due,) = gated.records("validation.due")
    assert due.facts["version"] == "1"
    gated.validate("1")
    assert not gated.trimtab.suite.view("loans", "1").overdue
    gated.trimtab.suite.tend()
    assert len(gated.records("validation.due")) == 1


def test_findings_that_were_edited_are_not_put_on_record(gated: Gated) -> None:
    job = gated.validate("2")
    gated.trimtab.jobs.result(job.id).write_bytes(b"{}")
    gated.trimtab.suite.tend()
    assert gated.records("validation.made") == []


def test_a_fact_of_the_suite_can_be_a_gate(gated: Gated, file) -> None:
    from tests.loans import SPEC, rows

    policy = (
        "policy: own\nextends: default\ngates:\n"
        "  leak: {metric: label_alone, max: 0.95}\n"
        "  moved: {metric: psi, baseline: reference, max: 0.2}\n"
    )
    gated.trimtab.watch(SPEC + "policy: own.yaml\n", reference=file(rows(-3, 3, n=100)), policy=policy)
    gated.clock.at += timedelta(minutes=1)
    gated.validate("2", [*gated.facts, replace(LEAK, value=0.6), replace(DRIFTED, value=0.1)])
    assert gated.blocking("2") == set()
    gated.validate("2", [*gated.facts, LEAK, DRIFTED])
    assert gated.blocking("2") == {"leak", "moved"}
    gated.validate("2")
    assert gated.blocking("2") == {"leak", "moved"}, "a fact that is missing blocks"


# ---------------------------------------------------------------- over the wire, and on the command line


def test_a_view_and_its_findings_survive_the_wire(gated: Gated, client) -> None:
    gated.validate("2", [*gated.facts, LEAK])
    assert client.validation("loans", "2") == gated.trimtab.suite.view("loans", "2")
    made = client.open_finding("loans", "2", severity=Severity.LOW, title="No data sheet", due="2026-12-01")
    assert (made.severity, made.check) == (Severity.LOW, "")
    assert client.findings("loans", version="2") == gated.trimtab.suite.findings("loans")
    assert client.close_finding(made.id, reason="written").closed_why == "written"
    assert len(client.findings("loans", open_only=True)) == 1
    with pytest.raises(NotFound):
        client.close_finding("nowhere", reason="x")
    with pytest.raises(InvalidInput):
        client.open_finding("loans", "2", severity=Severity.LOW, title=" ")


def test_the_commands_tell_what_was_found(gated: Gated, run, tmp_path) -> None:
    said = run("validate", "loans", "2", "--no-run", "--json")
    assert (said.exit_code, json.loads(said.stdout)["verdict"]) == (1, "not validated")
    gated.validate("2", [*gated.facts, replace(LEAK, note="<script>alert(1)</script>")])
    page, text = tmp_path / "v.html", tmp_path / "v.md"
    told = run("validate", "loans", "2", "--report", page)
    assert told.exit_code == 1
    assert "▲ loans v2 has 1 open finding" in told.stdout
    assert run("validate", "loans", "2", "--no-run", "--report", text).exit_code == 1
    assert "<script>" not in page.read_text()
    assert "&lt;script&gt;" in page.read_text()
    assert "Leakage hints" in text.read_text()
    assert "\\<script\\>" in text.read_text()
    assert run("validate", "loans", "2", "--no-run", "--report", tmp_path / "v.pdf").exit_code == 2
    listed = json.loads(run("finding", "list", "loans", "--json").stdout)
    (one,) = listed
    done = run("finding", "close", one["id"], "--reason", "looked at")
    assert done.exit_code == 0
    assert "closed" in done.stdout
    assert run("validate", "loans", "2", "--no-run").exit_code == 0
    opened = run("finding", "open", "loans", "2", "No data sheet", "--severity", "low")
    assert opened.exit_code == 0
