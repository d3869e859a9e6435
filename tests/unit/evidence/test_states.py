"""How items stand: green only on what is there, current and enough; never because something is absent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from core.evidence import states
from core.evidence.collectors import COLLECTORS
from core.evidence.desk import Answers
from core.evidence.facts import ModelFacts
from core.evidence.found import Found, Nothing, Standing
from core.evidence.pack import Acceptance, Item, Kind
from core.finding import Finding, Severity
from core.form import Form
from core.views.governance import ItemState
from tests.unit.evidence.made import ACTION, AGO, EMPTY, FULL, JUDGED, NOW, SPEC, VALIDATED

NO_JUDGED: Mapping[str, object] = {"judged": {}}
NOT_NOTED: Mapping[str, object] = {"noted": {}}
# Collector → its source taken away. A test holds that every collector stands here.
REMOVED: dict[str, Mapping[str, object]] = {
    "inventory": {"spec": None},
    "inputs": {"spec": None},
    "contacts": {"spec": None},
    "champion": {"champion": None},
    "training-data": {"trained": None},
    "training-record": {"trained": None},
    "reference": {"reference": None},
    "policy": {"policy": None},
    "gates": {"policy": None},
    "logging": {"logged": None},
    "outcomes": {"logged": None},
    "monitoring": NO_JUDGED,
    "data-quality": NO_JUDGED,
    "drift": NO_JUDGED,
    "performance": NO_JUDGED,
    "fairness": NO_JUDGED,
    "operations": NO_JUDGED,
    "validation": {"validation": None},
    "findings": {"validation": None},
    "explanations": {"importance_at": None},
    "reasons": NOT_NOTED,
    "change-control": {"move": None},
    "approval": {"action": None},
    "waivers": {"action": None},
    "fallback": {"n_champions": 1},
    "retraining": NOT_NOTED,
    "incidents": NO_JUDGED,
    "alerts": {"channels": ()},
    "ledger": {"signed": None},
    "retention": NOT_NOTED,
    "erasure": NOT_NOTED,
    "backup": NOT_NOTED,
    "access": {"team": False},
}


def item(source: str | None = None, **more: object) -> Item:
    known = {
        "id": "one",
        "title": "One",
        "asks": "What is asked.",
        "article": "Art. 1",
        "kind": Kind.HUMAN if source is None else Kind.AUTOMATIC,
        "source": source,
        "owner": "risk",
    }
    return Item(**{**known, **more})


def form(of: Item, facts: ModelFacts = FULL, **more: object) -> Form:
    """What somebody wrote and accepted while the facts were these."""
    known = {
        "model": "local/loans",
        "pack": "p",
        "item": of.id,
        "text": "" if of.kind is Kind.AUTOMATIC else "We looked at it.",
        "owner": None,
        "valid_until": None,
        "filled_at": AGO,
        "filled_by": "ann",
        "item_digest": of.digest,
        "accepted_at": AGO,
        "accepted_by": "bob",
        "rests": states.resting(of, Answers(facts)),
    }
    return Form(**{**known, **more})


def state(of: Item, facts: ModelFacts, given: Form | None = None) -> ItemState:
    return states.stand(of, Answers(facts), given, facts.now).state


def test_every_collector_has_its_source_taken_away() -> None:
    assert set(REMOVED) == set(COLLECTORS)


@pytest.mark.parametrize("name", COLLECTORS)
def test_with_everything_on_record_an_item_is_accepted(name: str) -> None:
    found = COLLECTORS[name].ask(FULL)
    assert isinstance(found, Found)
    assert found.standing is Standing.HOLDS, found.said
    assert state(item(name), FULL) is ItemState.ACCEPTED


@pytest.mark.parametrize("name", COLLECTORS)
def test_without_its_source_an_item_is_never_green(name: str) -> None:
    gone = replace(FULL, **REMOVED[name])
    assert state(item(name), gone) in {ItemState.MISSING, ItemState.STALE}
    by_person = item(name, accepted_by=Acceptance.PERSON)
    assert state(by_person, FULL, form(by_person)) is ItemState.ACCEPTED
    assert state(by_person, gone, form(by_person)) in {ItemState.MISSING, ItemState.STALE}
    human = item(rests_on=(name,))
    assert state(human, FULL, form(human)) is ItemState.ACCEPTED
    assert state(human, gone, form(human)) is ItemState.STALE


@pytest.mark.parametrize("name", COLLECTORS)
def test_of_a_model_of_which_nothing_is_known_nothing_is_found(name: str) -> None:
    found = COLLECTORS[name].ask(EMPTY)
    assert isinstance(found, Nothing)
    assert found.why.endswith(".")
    assert state(item(name), EMPTY) is ItemState.MISSING


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("validation", {"champion": replace(FULL.champion, version="3")}, ItemState.STALE),
        ("validation", {"validate_every": timedelta(days=1)}, ItemState.STALE),
        ("validation", {"changed_at": NOW}, ItemState.STALE),
        ("validation", {"validation": replace(VALIDATED, loads=False)}, ItemState.DRAFT),
        ("change-control", {"champion": replace(FULL.champion, version="3")}, ItemState.STALE),
        ("approval", {"action": replace(ACTION, approvals=())}, ItemState.DRAFT),
        ("ledger", {"signed": replace(FULL.signed, anchored=False)}, ItemState.DRAFT),
        ("alerts", {"alerted_at": None}, ItemState.DRAFT),
        ("inventory", {"spec": replace(SPEC, owner=None)}, ItemState.DRAFT),
        ("fairness", {"spec": replace(SPEC, sensitive=())}, ItemState.MISSING),
        ("performance", {"judged": {"performance": replace(JUDGED, n_failed=1)}}, ItemState.DRAFT),
        ("performance", {"judged": {"performance": replace(JUDGED, window=None)}}, ItemState.MISSING),
        ("monitoring", {"now": NOW + timedelta(days=30)}, ItemState.STALE),
        ("drift", {"now": NOW + timedelta(days=30)}, ItemState.STALE),
    ],
)
def test_what_is_there_is_not_always_enough(
    name: str, changes: Mapping[str, object], expected: ItemState
) -> None:
    assert state(item(name), replace(FULL, **changes)) is expected


def test_an_open_finding_keeps_a_validation_a_draft_and_an_overdue_one_keeps_findings_one() -> None:
    open_one = Finding(
        id="f1", registry="local", model="loans", version="2", check="c", severity=Severity.HIGH,
        title="worse for some", owner=None, opened_at=AGO, opened_by="trimtab",
        due_at=NOW + timedelta(days=1),
    )  # fmt: skip
    facts = replace(FULL, findings=(open_one,))
    assert state(item("validation"), facts) is ItemState.DRAFT
    assert state(item("findings"), facts) is ItemState.ACCEPTED
    late = replace(facts, findings=(replace(open_one, due_at=AGO),))
    assert state(item("findings"), late) is ItemState.DRAFT


def test_findings_on_another_version_say_nothing_of_the_champion() -> None:
    assert FULL.validation is not None
    other = replace(FULL, validation=replace(FULL.validation, version="7"))
    assert state(item("findings"), other) is ItemState.STALE
    assert state(item("findings"), replace(other, champion=None)) is ItemState.STALE


def test_a_source_that_is_too_old_is_stale() -> None:
    short = item("explanations", fresh_for=timedelta(days=1))
    stands = states.stand(short, Answers(FULL), None, NOW)
    assert stands.state is ItemState.STALE
    assert stands.until == AGO + timedelta(days=1)
    assert state(item("explanations", fresh_for=timedelta(days=3)), FULL) is ItemState.ACCEPTED


def test_a_form_is_missing_then_a_draft_then_accepted() -> None:
    human = item(rests_on=("champion",))
    assert state(human, FULL) is ItemState.MISSING
    assert states.bar(human, Answers(FULL), None, NOW) == "nobody has written it yet"
    written = form(human, accepted_at=None, accepted_by=None, rests={})
    assert state(human, FULL, written) is ItemState.DRAFT
    assert states.bar(human, Answers(FULL), written, NOW) == ""
    without = replace(FULL, champion=None)
    assert "champion (registry)" in states.bar(human, Answers(without), written, NOW)
    assert state(human, FULL, form(human)) is ItemState.ACCEPTED
    assert states.bar(human, Answers(FULL), form(human), NOW) == "it is accepted already"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"valid_until": AGO}, "It was good until"),
        ({"item_digest": "other"}, "The pack asks for something else"),
        ({"rests": {"champion": "other"}}, "What it rests on changed"),
        ({"rests": {}}, "What it rests on changed"),
        ({"accepted_at": NOW - timedelta(days=400)}, "It was good until"),
    ],
)
def test_an_acceptance_ends_with_its_day_its_question_or_its_ground(
    more: Mapping[str, object], why: str
) -> None:
    human = item(rests_on=("champion",), fresh_for=timedelta(days=365))
    stands = states.stand(human, Answers(FULL), form(human, **more), NOW)
    assert stands.state is ItemState.STALE
    assert stands.why.startswith(why)


def test_what_a_person_accepted_is_stale_once_it_changes() -> None:
    limits = item("policy", accepted_by=Acceptance.PERSON)
    assert state(limits, FULL) is ItemState.DRAFT
    looser = replace(FULL, policy=replace(FULL.policy, digest="other"))
    assert state(limits, FULL, form(limits)) is ItemState.ACCEPTED
    assert state(limits, looser, form(limits)) is ItemState.STALE
    assert states.bar(item("policy"), Answers(FULL), None, NOW) == "its source alone decides about it"
