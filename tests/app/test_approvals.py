"""What waits for approval on the Activity page: who may press what, with a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.action import ActionStatus, Gate, Pending
from core.errors import Refused

from .fake_client import FakeClient
from .made_actions import DONE
from .made_fleet import NOW
from .test_pages import Show, show, text

__all__ = ["show"]
WAITS = replace(
    DONE,
    id="w1",
    to_version="18",
    status=ActionStatus.WAITING_APPROVAL,
    actor="a_n*n",
    sentence="Promote lending from v17 to v18 waits for 1 approver, until 28 Nov 2026 09:00 UTC.",
    evidence={"v18 roc_auc": "0.912"},
)
PENDING = Pending(
    action=WAITS, expires_at=NOW + timedelta(hours=70), needed=1, given=0, allowed=True, rejectable=True
)


def test_what_waits_says_who_asked_why_and_how_many_agreed(show: Show) -> None:
    said = text(show("activity", FakeClient(pending=(PENDING,))))
    assert "Waiting for approval" in said
    assert "waits for 1 approver, until 28 Nov 2026 09:00 UTC" in said
    assert "asked by a_n*n" in said, "a name is no Markdown"
    assert "0 of 1 approved" in said


def test_nothing_is_shown_where_nothing_waits(show: Show) -> None:
    assert "Waiting for approval" not in text(show("activity", FakeClient()))
    other = text(show("activity", FakeClient(pending=(PENDING,)), model="readmission"))
    assert "Waiting for approval" not in other


def test_gates_are_shown_as_before_the_promotion_and_digests_by_themselves(show: Show) -> None:
    gate = Gate(rule="parity_kept", status="PASS", sentence="0.175 ≥ −0.050: passes.")
    waits = replace(WAITS, gates=(gate,), evidence={"v18 roc_auc": "0.912", "files digest": "6dcb"})
    test = show("activity", FakeClient(pending=(replace(PENDING, action=waits),)))
    test.button(key="approve_w1").click().run()
    folded = {one.label: one for one in test.expander}
    assert "parity kept" in folded["All 1 gates pass"].markdown[0].value
    assert "6dcb" in folded["An approval holds for these alone"].caption[0].value


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_decision_needs_a_reason(show: Show, verb: str) -> None:
    client = FakeClient(pending=(PENDING,))
    test = show("activity", client)
    test.button(key=f"{verb}_w1").click().run()
    assert "v18 roc_auc: 0.912" in text(test)
    assert test.button(key="confirm_opinion").disabled
    test.text_area(key="opinion").set_value("looked at it").run()
    test.button(key="confirm_opinion").click().run()
    assert (verb, ("w1", "looked at it")) in client.asked
    assert "Waiting for approval" not in text(test)


def test_who_may_not_approve_is_told_why_and_may_withdraw_their_own(show: Show) -> None:
    own = replace(PENDING, allowed=False, why_not="ann asked for this change.", own=True)
    test = show("activity", FakeClient(pending=(own,)))
    assert test.button(key="approve_w1").disabled
    assert test.button(key="approve_w1").help == "ann asked for this change\\."
    assert test.button(key="reject_w1").label == "Withdraw change"


def test_a_refusal_is_told(show: Show) -> None:
    refuses = Refused("bob trained this version")
    test = show("activity", FakeClient(pending=(PENDING,), refuses=refuses))
    test.button(key="approve_w1").click().run()
    test.text_area(key="opinion").set_value("fine").run()
    test.button(key="confirm_opinion").click().run()
    assert "Could not approve it" in text(test)
    assert "bob trained this version" in text(test)
