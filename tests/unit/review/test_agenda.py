"""What is talked about, in which order, and what became of earlier decisions: on values alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.action import Move, MoveKind
from core.candidate import Waiver
from core.domain import Health, IncidentStatus, Risk, Severity
from core.errors import Conflict, InvalidInput
from core.finding import Finding
from core.finding import Severity as FindingSeverity
from core.review import agenda
from core.review.agenda import Stale, Subject, Trouble, Unvalidated
from core.review.choices import LONGEST, check
from core.review.earlier import earlier
from core.review.stale import KEPT, Standing
from core.views.governance import EvidenceItem, EvidenceView, ItemState
from core.views.review import Choice, Decision, ItemKind, Outcome, Proposal, Since
from tests.unit.review.conftest import Room
from tests.unit.review.made import DAY, ITEM, NOW, REVIEW, TOLD, decision, incident

SUBJECT = Subject(registry="local", model="loans", owner="credit", risk=Risk.HIGH, rows_a_day=100.0)
MOVE = Move(
    registry="local", model="loans", alias="champion", from_version="1", to_version="2", at=NOW,
    kind=MoveKind.PROMOTE, actor="ann", reason="better", generation=2, evidence=None,
)  # fmt: skip


def of(one: object, consequence: float = 1.0) -> agenda.Ranked:
    trouble = Trouble(incident=one, consequence=consequence)  # type: ignore[arg-type]
    return agenda.of_incident(SUBJECT, trouble, since=NOW - 5 * DAY, now=NOW)


def finding(**changes: object) -> Finding:
    fields: dict[str, object] = {
        "id": "f1", "registry": "local", "model": "loans", "version": "2", "check": "size",
        "severity": FindingSeverity.LOW, "title": "Too large", "owner": None, "opened_at": NOW - 9 * DAY,
        "opened_by": "ann", "due_at": NOW + DAY,
    }  # fmt: skip
    return Finding(**{**fields, **changes})  # type: ignore[arg-type]


def test_an_open_incident_is_one_sentence_and_its_reason_another() -> None:
    item = of(incident()).item
    assert item.sentence.startswith("ROC AUC outside the limits since window 6: 0.700, limit 0.780. New")
    assert item.detail == "Why, in window 6: it fell."
    assert (item.kind, item.status, item.owner) == (ItemKind.INCIDENT, Health.CRITICAL, "credit")
    assert of(incident(rule="fairness")).item.kind is ItemKind.FAIRNESS
    assert "Still open" in of(incident(opened_at=NOW - 9 * DAY)).item.sentence


def test_what_is_aside_or_resolved_says_so_and_comes_later() -> None:
    aside = incident(status=IncidentStatus.SNOOZED, snoozed_until=NOW + DAY, acknowledged_by="bob")
    over = incident(
        status=IncidentStatus.RESOLVED, resolved_at=NOW, resolved_by="bob", resolution="feed mended"
    )
    items = agenda.ordered([of(over, 9.0), of(aside, 9.0), of(incident(), 1.0)])
    assert [one.status for one in items] == [Health.CRITICAL, Health.CRITICAL, Health.HEALTHY]
    assert "Aside until 19 Nov 2026, by bob." in items[1].sentence
    assert "Resolved 18 Nov 2026 by bob: feed mended." in items[2].sentence
    assert items[2].tells


def test_moves_past_trimtab_are_items_of_their_own_and_ours_are_one() -> None:
    moves = [MOVE, replace(MOVE, kind=MoveKind.EXTERNAL, generation=3), replace(MOVE, generation=4)]
    external, ours = (one.item for one in agenda.of_moves(SUBJECT, moves))
    assert (external.kind, external.status) == (ItemKind.EXTERNAL, Health.WATCH)
    assert "moved past Trimtab from v1 to v2; by whom is unknown" in external.sentence
    assert "Promoted from v1 to v2 on 18 Nov 2026 by ann: better. 1 change before it." in ours.sentence
    assert ours.tells


def test_duties_are_items_and_failures_come_before_them() -> None:
    waiver = Waiver(
        id="w1", registry="local", model="loans", version="2", gate="size", stood_for="FAIL", covers=(),
        reason="looked at", actor="bob", at=NOW - DAY, until=NOW + DAY,
    )  # fmt: skip
    found = [
        agenda.of_waiver(SUBJECT, waiver, now=NOW),
        agenda.of_evidence(SUBJECT, Stale(model="loans", item="card", sentence="The card is stale")),
        agenda.of_validation(SUBJECT, Unvalidated(version="2", failed=True, sentence="It fails.")),
        agenda.of_findings(SUBJECT, [finding(), finding(id="f2", severity=FindingSeverity.HIGH)], now=NOW),
    ]
    items = agenda.ordered(found)
    assert items[0].kind is ItemKind.VALIDATION
    assert {one.kind for one in items[1:]} == {ItemKind.WAIVER, ItemKind.EVIDENCE, ItemKind.FINDINGS}
    told = {one.kind: one.sentence for one in items}
    assert told[ItemKind.WAIVER] == "bob's waiver of gate size for v2 ends 19 Nov 2026: looked at."
    assert told[ItemKind.FINDINGS].startswith("2 open findings. The gravest (high")
    late = agenda.of_findings(SUBJECT, [finding(due_at=NOW - DAY)], now=NOW)
    assert "1 of them overdue" in late.item.sentence
    assert agenda.ordered([*found, late])[0].kind in {ItemKind.FINDINGS, ItemKind.VALIDATION}


@given(st.permutations(range(6)), st.lists(st.floats(0, 1e6), min_size=6, max_size=6))
def test_the_order_is_total_and_does_not_depend_on_how_it_was_gathered(
    order: list[int], weights: list[float]
) -> None:
    severities = (Severity.CRITICAL, Severity.WARNING)
    found = [of(incident(id=f"i{i}", severity=severities[i % 2]), weights[i]) for i in range(6)]
    items = agenda.ordered([found[i] for i in order])
    assert items == agenda.ordered(found)
    critical = [one.status is Health.CRITICAL for one in items]
    assert critical == sorted(critical, reverse=True)
    for grave in (True, False):
        weighed = [one.consequence for one in items if (one.status is Health.CRITICAL) is grave]
        assert weighed == sorted(weighed, reverse=True)


# ---------------------------------------------------------------- what may be recorded


def test_an_accepted_risk_has_an_end_that_is_not_far() -> None:
    def problem(choice: Choice, **days: float | None) -> str:
        due, until = (None if days.get(one) is None else NOW + days[one] * DAY for one in ("due", "until"))
        with pytest.raises(InvalidInput) as told:
            check(ITEM, choice, reason="r", due_at=due, until=until, now=NOW)
        return str(told.value)

    assert "an accepted risk has an end" in problem(Choice.ACCEPT)
    assert "not in the future" in problem(Choice.ACCEPT, until=-1.0)
    assert "more than 90 days away" in problem(Choice.ACCEPT, until=LONGEST.days + 1.0)
    assert "say by when it is decided" in problem(Choice.DEFER)
    assert "not in the future" in problem(Choice.ROLL_BACK, due=-1.0)
    with pytest.raises(InvalidInput, match=r"reason.*due"):
        check(ITEM, Choice.DEFER, reason=" ", due_at=None, until=None, now=NOW)
    told = replace(TOLD, proposals=(Proposal(choice=Choice.NOTE),))
    with pytest.raises(Conflict, match="does not offer Promote"):
        check(told, Choice.PROMOTE, reason="r", due_at=None, until=None, now=NOW)
    check(ITEM, Choice.ACCEPT, reason="r", due_at=None, until=NOW + LONGEST, now=NOW)


def test_what_is_proposed_is_what_guards_allow() -> None:
    assert ITEM.proposed == "Roll back, promote or retrain."
    version = Proposal(choice=Choice.PROMOTE, version="3")
    assert replace(ITEM, proposals=(version,)).proposed == "Promote v3."
    no = Proposal(choice=Choice.ROLL_BACK, allowed=False, why_not="No earlier version.")
    assert replace(ITEM, proposals=(no,)).proposed == "Accept the risk or defer. No earlier version."


# ---------------------------------------------------------------- decisions and what became of them


def test_a_note_decides_only_what_is_told() -> None:
    note = decision(Choice.NOTE, Outcome.RECORDED)
    review = replace(REVIEW, decisions=(note, replace(note, id="d2", item="item2")))
    assert review.decided(ITEM) is None
    assert review.decided(TOLD) is not None
    assert review.n_decided == 1
    assert review.about(ITEM) == (note,)
    refused = replace(REVIEW, decisions=(decision(Choice.PROMOTE, Outcome.REFUSED),))
    assert refused.decided(ITEM) is None


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (decision(Choice.ROLL_BACK), Since.DONE),
        (decision(Choice.ROLL_BACK, Outcome.WAITING), Since.WAITING),
        (decision(Choice.ROLL_BACK, Outcome.WAITING, due_at=NOW - DAY), Since.OVERDUE),
        (decision(Choice.ACCEPT, until=NOW + DAY), Since.STANDS),
        (decision(Choice.ACCEPT, until=NOW - DAY), Since.ENDED),
        (decision(Choice.DEFER, Outcome.RECORDED, due_at=NOW + DAY), Since.WAITING),
        (decision(Choice.DEFER, Outcome.RECORDED, due_at=NOW - DAY), Since.OVERDUE),
    ],
)
def test_the_next_review_opens_with_what_became_of_decisions(one: Decision, state: Since) -> None:
    before = replace(REVIEW, decisions=(one,))
    (told,) = earlier([before], lambda each: each, {}, now=NOW)
    assert told.state is state
    older = earlier([REVIEW, before], lambda each: each, {}, now=NOW)
    assert bool(older) == (state in {Since.WAITING, Since.OVERDUE}), "settled ones are told once"


def test_what_was_deferred_is_done_when_its_incident_is_resolved() -> None:
    before = replace(REVIEW, decisions=(decision(Choice.DEFER, Outcome.RECORDED, due_at=NOW - DAY),))
    over = incident(status=IncidentStatus.RESOLVED, resolution="feed mended")
    (told,) = earlier([before], lambda each: each, {"inc1": over}, now=NOW)
    assert (told.state, told.sentence) == (Since.DONE, "The incident is resolved: feed mended")


# ---------------------------------------------------------------- evidence


def test_evidence_is_looked_up_again_when_something_was_recorded_or_it_is_old(room: Room) -> None:
    asked, state = [], [ItemState.STALE]

    def view(name: str) -> EvidenceView:
        asked.append(name)
        item = EvidenceItem(
            id="p a", pack="p", item="a", title="Data sheet", asks="", article="", kind="form",
            state=state[0], why="its day is over", source="", digest=None, owner="ann",
        )  # fmt: skip
        return EvidenceView(
            as_of=NOW, model="loans", registry="local", version="1", packs=(), items=(item,), summary=""
        )

    trimtab = room.trimtab
    standing = Standing(view, state=trimtab._state, ledger=trimtab.ledger, clock=room.clock)
    (told,) = standing.stale()
    assert told.sentence == "1 item of its evidence went stale: Data sheet (its day is over)."
    assert standing.documented("local/loans") is False
    assert asked == ["local/loans"], "looked up once"
    state[0] = ItemState.ACCEPTED
    room.clock.at += KEPT
    assert standing.documented("local/loans") is True
    trimtab.acknowledge("inc1", "bob")
    assert not standing.stale()
    assert len(asked) == 3, "anything recorded of the model counts"
