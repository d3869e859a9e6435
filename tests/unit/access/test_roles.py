"""The table of roles: every role, act and state, against a table written down on its own."""

from itertools import combinations, product

import pytest

from core.access.independence import Makers, objection, same_person
from core.access.roles import RIGHTS, AccessRole, Decision, Right, allows, allows_act, holders
from core.action import ActionKind, ActionStatus

# One line a role: which rights it has, by their first letters as in COLUMNS.
COLUMNS = {
    "rd": Right.READ, "in": Right.INGEST, "mo": Right.MONITOR, "wa": Right.WATCH, "lo": Right.LOOK_AFTER,
    "rt": Right.RETRAIN, "pr": Right.PROMOTE, "rb": Right.ROLL_BACK, "re": Right.RETIRE, "ap": Right.APPROVE,
    "do": Right.DOCUMENT, "ex": Right.EXPORT, "ke": Right.KEEP, "ad": Right.ADMINISTER,
}  # fmt: skip
EXPECTED = """
viewer          rd
data scientist  rd    mo wa lo rt pr          do
model owner     rd    mo wa lo rt pr rb re    do
approver        rd                         ap
on call         rd    mo    lo       rb
auditor         rd                            ex
admin           rd in mo wa lo rt pr rb re ap do ex ke ad
service         rd in mo       rt pr
"""


def expected() -> dict[str, set[Right]]:
    lines = [line for line in EXPECTED.splitlines() if line]
    return {line[:16].strip(): {COLUMNS[code] for code in line[16:].split()} for line in lines}


def test_every_role_and_right_stands_in_the_table() -> None:
    assert set(expected()) == {role.value for role in AccessRole} == {role.value for role in RIGHTS}
    assert set(COLUMNS.values()) == set(Right)


@pytest.mark.parametrize(("role", "right"), list(product(AccessRole, Right)))
def test_a_role_allows_what_the_table_says_and_nothing_else(role: AccessRole, right: Right) -> None:
    assert allows({role}, right) == (right in expected()[role.value])


ASKS = {ActionKind.PROMOTE: "pr", ActionKind.ROLL_BACK: "rb", ActionKind.RETIRE: "re"}
STATES = (None, *ActionStatus)


@pytest.mark.parametrize(
    ("role", "act", "state"), list(product(AccessRole, (*ActionKind, *Decision), STATES))
)
def test_every_role_act_and_state(
    role: AccessRole, act: ActionKind | Decision, state: ActionStatus | None
) -> None:
    rights = expected()[role.value]
    if isinstance(act, Decision):
        right_moment, right = state is ActionStatus.WAITING_APPROVAL, COLUMNS["ap"]
    else:
        right_moment, right = state is None, COLUMNS[ASKS[act]]
    assert allows_act({role}, act, state) == (right_moment and right in rights)


def test_several_roles_allow_what_any_of_them_does() -> None:
    for one, other in combinations(AccessRole, 2):
        both = {right for right in Right if allows({one, other}, right)}
        assert both == expected()[one.value] | expected()[other.value]
    assert not any(allows((), right) for right in Right)


def test_nobody_who_changes_production_approves_by_the_same_role_but_the_admin() -> None:
    asking = {Right.PROMOTE, Right.RETRAIN, Right.WATCH}
    both = [role for role in AccessRole if Right.APPROVE in RIGHTS[role] and asking & RIGHTS[role]]
    assert both == [AccessRole.ADMIN]
    assert holders(Right.KEEP) == "admin"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ann", "ANN ", True),
        ("ann", "ann@example.com", True),
        ("ann@example.com", "ann@example.org", False),
        ("ann", "anna", False),
        ("", "", False),
        ("ann", "", False),
    ],
)
def test_names_of_one_person(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same


def test_each_hand_in_a_change_is_an_objection() -> None:
    makers = Makers(asked=frozenset({"ann"}), trained=frozenset({"bob"}), edited=frozenset({"cleo"}))
    assert objection({"ann"}, makers) == "ann asked for this change"
    assert objection({"bob@example.com"}, makers) == "bob@example.com trained this version"
    assert objection({"a token", "cleo"}, makers) == "cleo edited the spec by which it is judged"
    assert objection({"dora"}, makers) is None
