"""Four eyes on a candidate: an approval stands on its files and its findings, and falls with them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.access.person import Person, Via
from core.access.roles import AccessRole
from core.action import ActionStatus
from core.config import Workspace, create_workspace
from core.errors import Refused, Unavailable
from core.identity_settings import IdentityMode, IdentitySettings
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.validation.manifests import manifest_of
from tests.unit.validation.conftest import Gated

BOB = Person(name="bob", roles=frozenset({AccessRole.APPROVER}), via=Via.TOKEN)


@pytest.fixture
def trimtab(tmp_path, registry, clock, executor, state_file) -> Iterator[Trimtab]:
    """A workspace in which people sign in."""
    settings = create_workspace(Workspace(tmp_path / "workspace"), {})
    opened = Trimtab(
        settings=replace(settings, identity=IdentitySettings(mode=IdentityMode.PROXY)),
        store=AnalyticsStore.open(None),
        state=StateStore.open(state_file),
        registries={"local": registry},
        executor=executor,
        clock=clock,
    )
    yield opened
    opened.close()


def test_an_approval_stands_on_files_and_findings_and_is_void_with_new_ones(gated: Gated) -> None:
    job = gated.validate("2")
    standing = gated.trimtab.gatekeeper.standing("loans", "2")
    waits = gated.promote("2")
    assert waits.status is ActionStatus.WAITING_APPROVAL
    assert waits.binding is not None
    assert waits.binding.version_digest == manifest_of(gated.files).digest
    assert waits.binding.evidence_digest == standing.findings_digest
    assert waits.binding.policy_digest == standing.policy_digest
    gated.trimtab.approvals.tend()
    assert gated.trimtab.actions.get(waits.id).status is ActionStatus.WAITING_APPROVAL
    gated.rewrite(job, gated.findings("2", n_rows=999))
    gated.trimtab.approvals.tend()
    void = gated.trimtab.actions.get(waits.id)
    assert void.status is not ActionStatus.WAITING_APPROVAL
    assert "the evidence changed" in void.sentence
    assert gated.champion == "1"


def test_what_was_approved_is_held_to_its_gates_once_more(gated: Gated) -> None:
    gated.validate("2")
    waits = gated.promote("2")
    (gated.files / "model.skops").write_bytes(b"others")
    refused = gated.trimtab.approvals.approve(waits.id, BOB, "looked at the gates")
    assert refused.status is ActionStatus.REFUSED
    assert "is not what was registered" in refused.sentence
    assert gated.champion == "1"


def test_with_all_in_place_an_approval_promotes(gated: Gated) -> None:
    gated.validate("2")
    waits = gated.promote("2")
    done = gated.trimtab.approvals.approve(waits.id, BOB, "looked at the gates")
    assert gated.champion == "2", done.sentence


def test_what_gates_refuse_waits_for_nobody(gated: Gated) -> None:
    assert gated.promote("2").status is ActionStatus.REFUSED


# ---------------------------------------------------------------- waivers


def failing(gated: Gated, version: str, megabytes: float = 9999.0) -> None:
    facts = [replace(one, value=megabytes) if one.metric == "size" else one for one in gated.facts]
    gated.validate(version, facts)


def named(name: str) -> Person:
    return Person(name=name, roles=frozenset({AccessRole.ADMIN}))


def test_nobody_waives_gates_of_what_they_trained_asked_for_or_edited(gated: Gated) -> None:
    gated.registry.trained_by = {("loans", "2"): "cleo"}
    failing(gated, "2")
    with pytest.raises(Refused, match=r"cleo@example\.com trained this version"):
        gated.waive("2", "size", by=named("cleo@example.com"))
    with pytest.raises(Refused, match="trimtab edited the spec"):
        gated.waive("2", "size", by=named("trimtab"))
    gated.validate("3")
    assert gated.promote("3").status is ActionStatus.WAITING_APPROVAL
    with pytest.raises(Refused, match="ann asked for this change"):
        gated.waive("3", "size", by=named("ann"))
    assert gated.records("gate.waived") == []
    gated.waive("2", "size", by=named("dora"))
    (entry,) = gated.records("gate.waived")
    assert entry.facts["four_eyes"].startswith("by somebody who neither asked")
    assert entry.facts["covers"] == [{"feature": None, "held": "9999.0", "reach": "10798.9"}]
    assert gated.promote("2").status is ActionStatus.WAITING_APPROVAL


def test_a_waiver_by_who_asks_later_does_not_count(gated: Gated) -> None:
    failing(gated, "2")
    gated.waive("2", "size", by=named("ann"))
    refused = gated.promote("2", actor="ann@example.com")
    assert refused.status is ActionStatus.REFUSED
    assert "Waived by ann, who asked for this change, trained the version or edited" in refused.sentence
    assert gated.promote("2", actor="eve").status is ActionStatus.WAITING_APPROVAL


def test_a_waiver_takes_a_fresh_sign_in(gated: Gated) -> None:
    failing(gated, "2")
    with pytest.raises(Refused, match="sign in again"):
        gated.waive("2", "size", by=replace(named("dora"), needs_fresh=True))


def test_a_registry_that_does_not_say_who_trained_decides_nothing(gated: Gated) -> None:
    failing(gated, "2")
    gated.registry.broken_at = "authors"
    with pytest.raises(Unavailable):
        gated.waive("2", "size", by=named("dora"))
    assert gated.records("gate.waived") == []


def test_nobody_closes_findings_on_what_they_trained(gated: Gated) -> None:
    gated.registry.trained_by = {("loans", "2"): "cleo"}
    gated.validate("2", [*gated.facts, replace(gated.facts[0], metric="label_alone", value=1.0)])
    (finding,) = gated.trimtab.suite.findings("loans")
    closing = gated.trimtab.closing
    with pytest.raises(Refused, match="cannot be closed by cleo: cleo trained this version"):
        closing.close(finding.id, reason="fine", person=named("cleo"))
    assert gated.records("finding.closed") == []
    gated.registry.broken_at = "authors"
    with pytest.raises(Unavailable):
        closing.close(finding.id, reason="fine", person=named("dora"))
    gated.registry.broken_at = None
    assert closing.close(finding.id, reason="known before", person=named("dora")).closed_by == "dora"
    (entry,) = gated.records("finding.closed")
    assert entry.facts["four_eyes"].startswith("by somebody who neither asked")
