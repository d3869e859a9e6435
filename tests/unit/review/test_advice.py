"""What is proposed: by kind of incident, by how the model has answered since, by what guards allow."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.domain import Status
from core.policy.rules import Group
from core.review.advice import advised, answers_since
from core.views.review import Answers, Choice, Item, Proposal
from tests.unit.review.made import ITEM, SERIES, TOLD, incident

ALL = {
    Choice.ROLL_BACK: Proposal(choice=Choice.ROLL_BACK, version="1"),
    Choice.PROMOTE: Proposal(choice=Choice.PROMOTE, version="3"),
    Choice.RETRAIN: Proposal(choice=Choice.RETRAIN),
}


def of(rule: Group, answers: Answers = Answers.WAIT) -> Item:
    return replace(ITEM, rule=rule.value, answers=answers)


def refused(*choices: Choice) -> Mapping[Choice, Proposal]:
    return {choice: replace(one, allowed=choice not in choices) for choice, one in ALL.items()}


def test_every_kind_has_its_own_advice_and_what_is_told_has_none() -> None:
    told = [advised(of(group), ALL) for group in Group]
    assert all(told)
    assert len(set(told)) == len(Group)
    assert advised(TOLD, ALL) == ""
    assert advised(replace(ITEM, rule="of_another_release"), ALL) == ""


def test_drift_is_another_matter_where_the_answers_hold_are_worse_or_are_not_known_yet() -> None:
    told = {answers: advised(of(Group.DRIFT, answers), ALL) for answers in Answers}
    assert "retrain" in told[Answers.FAIL]
    assert "Accept" in told[Answers.HOLD]
    assert "Defer" in told[Answers.WAIT]


@pytest.mark.parametrize(
    ("not_allowed", "begins"),
    [
        ((), "Roll back to v1; then retrain"),
        ((Choice.ROLL_BACK,), "There is no way back. Compare the challenger v3"),
        ((Choice.ROLL_BACK, Choice.PROMOTE), "There is no earlier version to go back to: retrain"),
        ((Choice.ROLL_BACK, Choice.PROMOTE, Choice.RETRAIN), "No other version can answer now."),
    ],
)
def test_worse_answers_call_for_the_way_back_that_guards_leave(
    not_allowed: tuple[Choice, ...], begins: str
) -> None:
    assert advised(of(Group.PERFORMANCE), refused(*not_allowed)).startswith(begins)


def test_what_guards_allow_is_said_after_it() -> None:
    item = replace(of(Group.QUALITY), advice="Mend it.", proposals=(ALL[Choice.PROMOTE],))
    assert item.proposed == "Mend it. Possible now: promote v3."
    no = Proposal(choice=Choice.ROLL_BACK, allowed=False, why_not="No earlier version.")
    assert replace(item, proposals=(no,)).proposed == "Mend it. Accept the risk or defer. No earlier version."


@pytest.mark.parametrize(
    ("statuses", "answers"),
    [
        ((Status.FAIL, Status.PASS), Answers.FAIL),
        ((Status.PASS, Status.WARN), Answers.HOLD),
        ((Status.UNKNOWN,), Answers.WAIT),
        ((), Answers.WAIT),
    ],
)
def test_only_judged_windows_since_it_began_say_how_the_model_answers(
    statuses: tuple[Status, ...], answers: Answers
) -> None:
    before = replace(SERIES.measured[0], index=5, status=Status.FAIL)
    since = tuple(
        replace(SERIES.measured[0], index=6 + at, status=status) for at, status in enumerate(statuses)
    )
    assert answers_since(incident(), replace(SERIES, measured=(before, *since))) is answers
    assert answers_since(incident(), None) is Answers.WAIT
