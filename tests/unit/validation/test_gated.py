"""No promotion without every fact, whoever asks: each one removed in turn, and what a waiver changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.action import ActionKind, ActionStatus
from core.actions import Asked
from core.candidate import Baseline
from core.domain import Task
from core.errors import Conflict, NotFound
from core.policy.gate_rules import Waivable
from core.policy.gates import judge_gates
from core.validation.manifests import manifest_of
from tests.fakes import FakeRegistry
from tests.loans import SPEC, rows
from tests.unit.validation.conftest import GATES, TOLD_LATER, Gated

BY_NAME = {one.id: one for one in GATES}
CONCERNED = {
    "loads", "files", "inputs", "evidence_age", "data_age", "ranking", "ranking_kept", "accuracy_kept",
    "calibration_kept", "parity_kept", "noise", "missing_values", "latency", "size",
}  # fmt: skip


def test_with_every_fact_a_version_is_promoted(gated: Gated) -> None:
    job = gated.validate("2")
    standing = gated.trimtab.gatekeeper.standing("loans", "2")
    assert {gate.rule for gate in standing.gates} == CONCERNED
    assert {gate.status for gate in standing.gates} == {"PASS"}
    assert standing.sentence == "loans 2: all gates pass, validated on 1,000 rows of the live traffic."
    done = gated.promote("2")
    assert gated.champion == "2", done.sentence
    assert {gate.rule for gate in done.gates} == CONCERNED
    assert done.evidence["validation job"] == job.id
    assert done.evidence["files digest"] == manifest_of(gated.files).digest
    assert done.evidence["validation digest"] == standing.findings_digest


def test_nothing_is_promoted_that_was_not_validated(gated: Gated) -> None:
    refused = gated.promote("2")
    assert (refused.status, gated.champion) == (ActionStatus.REFUSED, "1")
    assert gated.blocking("2") == CONCERNED
    assert refused.evidence["validation"] == "not validated"


def test_each_fact_removed_in_turn_refuses_the_promotion_and_only_a_waiver_of_it_lets_it_pass(
    gated: Gated,
) -> None:
    """Every gate whose fact is a finding, one version each, each against the champion before it."""
    found = [one for one in GATES if one.id in CONCERNED and one.metric[Task.BINARY] not in TOLD_LATER]
    assert len(found) == len(CONCERNED) - 3
    for number, gate in enumerate(found, start=2):
        version, champion = str(number), gated.champion
        metric = gate.metric[Task.BINARY]
        left = [
            one
            for one in gated.facts
            if (one.metric, one.baseline, one.condition) != (metric, gate.baseline, gate.condition)
        ]
        gated.validate(version, left)
        assert gated.blocking(version) == {gate.id}
        refused = gated.promote(version)
        assert refused.status is ActionStatus.REFUSED
        assert gated.champion == champion, gate.id
        assert "is not known: it was not validated: blocks." in refused.sentence
        if gate.waivable is Waivable.NEVER:
            with pytest.raises(Conflict, match="nobody may stand for it"):
                gated.waive(version, gate.id)
            continue
        gated.waive(version, gate.id)
        done = gated.promote(version)
        assert gated.champion == version, done.sentence
        assert [one.rule for one in done.gates if one.status == "WAIVED"] == [gate.id]
        (waived,) = [one for one in done.gates if one.status == "WAIVED"]
        assert "waived by bob until" in waived.sentence
    waivers = gated.records("gate.waived")
    assert [one.facts["gate"] for one in waivers] == [
        one.id for one in found if one.waivable is not Waivable.NEVER
    ]


def test_a_waiver_is_of_one_gate_of_one_version_and_ends(gated: Gated) -> None:
    left = [one for one in gated.facts if one.metric not in {"size", "latency_p95"}]
    for version in ("2", "3"):
        gated.validate(version, left)
    gated.waive("2", "size")
    assert (gated.blocking("2"), gated.blocking("3")) == ({"latency"}, {"latency", "size"})
    assert gated.promote("2").status is ActionStatus.REFUSED
    gated.waive("2", "latency", days=1)
    assert gated.blocking("2") == set()
    gated.clock.at += timedelta(days=1)
    assert gated.blocking("2") == {"latency"}
    assert gated.promote("2").status is ActionStatus.REFUSED
    assert gated.champion == "1"


def test_what_grows_old_blocks(gated: Gated) -> None:
    gated.validate("2")
    gated.clock.at += timedelta(days=7, seconds=1)
    assert gated.blocking("2") == {"evidence_age"}
    assert gated.promote("2").status is ActionStatus.REFUSED
    gated.waive("2", "evidence_age")
    assert gated.promote("2").status is not ActionStatus.REFUSED


def test_rows_without_a_time_have_no_age(gated: Gated) -> None:
    gated.validate("2", rows_until=None)
    assert gated.blocking("2") == {"data_age"}
    assert gated.promote("2").status is ActionStatus.REFUSED


@pytest.mark.parametrize("how", ["another file", "a file more", "gone", "down"])
def test_files_that_are_not_those_registered_cannot_be_waived(gated: Gated, how: str) -> None:
    """The registry's files are looked at anew when a promotion is asked for."""
    gated.validate("2")
    assert gated.blocking("2") == set()
    if how == "another file":
        (gated.files / "model.skops").write_bytes(b"others")
    elif how == "a file more":
        (gated.files / "conda.yaml").write_text("dependencies: []")
    elif how == "gone":
        del gated.registry.model_folders["loans", "2"]
    else:
        gated.registry.broken_at = "download"
    refused = gated.promote("2")
    assert (refused.status, gated.champion) == (ActionStatus.REFUSED, "1")
    assert gated.blocking("2") == {"files"}
    with pytest.raises(Conflict, match="nobody may stand"):
        gated.waive("2", "files")
    if how == "another file":
        assert "model.skops is not what was registered" in refused.sentence


def test_files_that_changed_before_they_were_scored_are_found_too(gated: Gated) -> None:
    gated.trimtab.manifests.registered("local", "loans", "2")
    (gated.files / "model.skops").write_bytes(b"others")
    gated.validate("2")
    assert "files" in gated.blocking("2")


def test_scored_files_that_are_not_what_is_there_now_block(gated: Gated) -> None:
    gated.validate("2", digest="0" * 64)
    assert gated.blocking("2") == {"files"}
    assert gated.promote("2").status is ActionStatus.REFUSED


def comparisons() -> set[str]:
    return {one.id for one in GATES if one.id in CONCERNED and one.baseline is Baseline.CHAMPION}


def test_a_comparison_with_another_than_the_champion_is_missing(gated: Gated) -> None:
    gated.validate("3")
    gated.validate("2")
    assert gated.promote("2").status is not ActionStatus.REFUSED
    assert gated.blocking("3") == comparisons()
    refused = gated.promote("3")
    assert (refused.status, gated.champion) == (ActionStatus.REFUSED, "2")
    assert "it was validated beside version 1, and the champion is version 2 now" in refused.sentence


def test_a_comparison_with_files_that_are_not_the_champions_is_missing(gated: Gated) -> None:
    gated.trimtab.manifests.registered("local", "loans", "1")
    gated.validate("2", against_digest="0" * 64)
    assert gated.blocking("2") == comparisons()
    assert gated.promote("2").status is ActionStatus.REFUSED


def test_findings_that_cannot_be_read_are_none(gated: Gated) -> None:
    job = gated.validate("2")
    gated.trimtab.jobs.result(job.id).write_bytes(b"{}")
    assert gated.blocking("2") == CONCERNED
    gated.trimtab.jobs.result(job.id).unlink()
    assert gated.blocking("2") == CONCERNED
    assert gated.promote("2").status is ActionStatus.REFUSED


def test_a_sensitive_feature_that_was_not_compared_blocks(gated: Gated) -> None:
    spec = replace(gated.trimtab._state.monitor("loans").spec, sensitive=("sex", "channel"))
    gates = judge_gates(GATES, gated.facts, spec, champion="1", waivers=(), now=gated.clock.now())
    (lost,) = [one for one in gates if one.rule == "parity_kept" and one.blocks]
    assert "by channel" in lost.sentence


def test_what_was_found_before_the_spec_changed_is_missing(gated: Gated, file) -> None:
    gated.validate("2")
    gated.clock.at += timedelta(hours=1)
    gated.trimtab.watch(SPEC.replace("risk: high", "risk: low"), reference=file(rows(-3, 3, n=100)))
    assert gated.blocking("2") == CONCERNED - {"files", "evidence_age", "data_age"}
    assert "changed since: validate it again" in gated.promote("2").sentence
    gated.validate("2")
    assert gated.blocking("2") == set()


def test_a_preview_says_what_a_promotion_would_and_changes_nothing(gated: Gated) -> None:
    asked = Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="", actor="ann")
    before = gated.trimtab.actions.preview(asked)
    assert {gate.rule for gate in before.gates if gate.blocks} == CONCERNED
    gated.validate("2")
    assert "nothing stands in its way" in gated.trimtab.actions.preview(asked).sentence
    assert gated.champion == "1"


def test_a_roll_back_has_no_gates(gated: Gated) -> None:
    gated.validate("2")
    gated.promote("2")
    asked = Asked(kind=ActionKind.ROLL_BACK, model="loans", version="1", reason="worse", actor="ann")
    assert gated.trimtab.actions.ask(asked).gates == ()
    assert gated.champion == "1"


def test_every_version_s_files_are_on_record_once(gated: Gated) -> None:
    gated.trimtab.manifests.take()
    gated.trimtab.manifests.take()
    entries = gated.records("version.registered")
    assert sorted(int(one.facts["version"]) for one in entries) == list(range(1, 30))
    assert {one.facts["digest"] for one in entries} == {manifest_of(gated.files).digest}


def test_a_waiver_is_in_the_ledger_with_what_it_rests_on(gated: Gated) -> None:
    gated.validate("2", [one for one in gated.facts if one.metric != "size"])
    standing = gated.trimtab.gatekeeper.standing("loans", "2")
    gated.waive("2", "size")
    (entry,) = gated.records("gate.waived")
    assert (entry.actor, entry.facts["gate"], entry.facts["version"]) == ("bob", "size", "2")
    assert entry.facts["findings_digest"] == standing.findings_digest != ""
    assert entry.facts["policy_digest"] == standing.policy_digest
    with pytest.raises(NotFound):
        gated.waive("2", "nowhere")
    assert len(gated.records("gate.waived")) == 1


def test_a_registry_that_comes_back_is_asked_again(gated: Gated) -> None:
    registry: FakeRegistry = gated.registry
    registry.broken_at = "download"
    gated.trimtab.manifests.take()
    assert gated.records("version.registered") == []
    registry.broken_at = None
    gated.trimtab.manifests.take()
    assert len(gated.records("version.registered")) == 29
