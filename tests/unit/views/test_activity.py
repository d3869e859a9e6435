"""The Activity page's view, from real incidents, actions and ledger entries."""

from datetime import timedelta

import pytest

from core.action import ActionKind
from core.actions import Asked
from core.chain.canonical import Json
from core.chain.entries import Draft
from core.domain import ModelVersion, Severity
from core.ports import RegisteredModel
from core.views.activity import ActivityScope
from tests.loans import SPEC, UNGATED, rows

EVERY = ActivityScope()


@pytest.fixture
def loans(trimtab, registry, file):
    """Loans whose income moved from day 3 on, with two versions."""
    registry.registered["loans"] = RegisteredModel(
        registry="local",
        name="loans",
        aliases={"champion": "1"},
        versions=tuple(ModelVersion(registry="local", model="loans", version=str(i)) for i in (1, 2)),
    )
    trimtab.watch(SPEC, reference=file(rows(-10, 10)), policy=UNGATED, actor="ann")
    for day in range(6):
        trimtab.ingest("loans", file(rows(day, 1, shift=0.0 if day < 3 else 3.0)), kind="predictions")
    trimtab.monitor()
    return trimtab


def test_incidents_come_worst_first_with_whom_they_concern(loans):
    view = loans.activity_view(EVERY)
    assert view.unresolved
    assert view.n_critical == sum(one.incident.severity is Severity.CRITICAL for one in view.unresolved)
    severities = [one.incident.severity is not Severity.CRITICAL for one in view.unresolved]
    assert severities == sorted(severities)
    assert all(not one.past for one in view.unresolved)


def test_one_like_it_that_a_person_resolved_is_named_and_one_that_its_rule_closed_is_not(loans, clock):
    (first, *_) = loans.activity_view(EVERY).unresolved
    like = loans._state.incident(first.incident.id)
    from dataclasses import replace

    clock.at += timedelta(days=1)
    loans.resolve(first.incident.id, "another currency", actor="bob")
    again = replace(like, id="again", opened_at=clock.at)
    by_rule = replace(
        like, id="closed", status=loans._state.incident(first.incident.id).status,
        resolution="Closed by its rule: fewer failures", resolved_at=clock.at,
    )  # fmt: skip
    loans._state.save_incidents([again, by_rule])
    found = {one.incident.id: one for one in loans.activity_view(EVERY).unresolved}
    assert [(past.resolution, past.resolved_by) for past in found["again"].past] == [
        ("another currency", "bob")
    ]


def test_the_timeline_tells_decisions_in_sentences_the_latest_first(loans, clock):
    loans.refresh_registry()
    clock.at += timedelta(hours=1)
    loans.actions.ask(
        Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="thin files", actor="ann")
    )
    (first, *_) = loans.activity_view(EVERY).unresolved
    loans.resolve(first.incident.id, "another currency", actor="bob")
    view = loans.activity_view(EVERY)
    told = [one.sentence for one in view.events]
    assert told[0] == f"Incident {first.incident.id} ({first.incident.rule}) was resolved: another currency."
    assert "Promote from v1 to v2: thin files." in told
    assert "'champion' was first seen on v1." in told
    assert "Monitoring began." in told
    assert [one.seq for one in view.events] == sorted((one.seq for one in view.events), reverse=True)
    assert view.under_way[0].to_version == "2"
    assert view.busy


def test_reasons_that_were_erased_leave_the_decision(loans):
    loans.refresh_registry()
    loans.actions.ask(
        Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="as Zoe said", actor="ann")
    )
    seqs = [seq for seq, content in loans.ledger.private_parts("local/loans") if "Zoe" in content]
    loans.ledger.erase(seqs, actor="ann")
    told = [one.sentence for one in loans.activity_view(EVERY).events]
    assert "Promote from v1 to v2." in told
    assert not any("Zoe" in sentence for sentence in told)


def test_every_kind_of_entry_has_a_sentence(loans):
    loans.ledger.append(Draft(kind="something_new", actor="ann"))
    assert loans.activity_view(EVERY).events[0].sentence == "Something new."


ENTRIES: list[tuple[str, dict[str, Json], dict[str, str | None] | None, str]] = [
    ("version.registered", {"version": "3"}, None, "Version 3 was registered."),
    ("validation.made", {"version": "vega"}, None, "Version vega was validated."),
    ("finding.opened", {"version": "3", "severity": "major"}, {"title": "Worse for the young."},
     "A finding (major) about v3 was opened: Worse for the young."),
    ("finding.closed", {"version": "3", "severity": "major"}, {"title": "Worse", "reason": "Fitted anew"},
     "A finding (major) about v3 was closed: Worse. Fitted anew."),
    ("finding.closed", {"version": "3", "severity": "major"}, None, "A finding (major) about v3 was closed."),
    ("gate.waived", {"version": "3", "gate": "fair_enough", "until": "2026-12-01T00:00:00Z"}, None,
     "The gate 'fair enough' was waived for v3 until 2026-12-01T00:00:00Z."),
    ("retrain.challenger", {"to": "4"}, None, "Version 4 became challenger."),
    ("inventory.added", {"name": "scorecard"}, None,
     "scorecard was added to the inventory of models elsewhere."),
]  # fmt: skip


def test_entries_name_what_they_are_about(loans):
    for kind, facts, private, _ in ENTRIES:
        loans.ledger.append(Draft(kind=kind, actor="ann", facts=facts, private=private))
    told = [one.sentence for one in loans.activity_view(EVERY).events[: len(ENTRIES)]]
    assert told[::-1] == [sentence for *_, sentence in ENTRIES]


def test_of_another_model_nothing_is_shown(loans):
    view = loans.activity_view(ActivityScope(model="nobody"))
    assert (view.unresolved, view.under_way, view.jobs, view.events) == ((), (), (), ())
    assert not view.busy
