"""Which incidents of several models share a cause, and what people see of them and do to them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Incident, IncidentStatus, Severity, Window
from core.errors import Conflict
from core.incidents import lifecycle
from core.incidents.shared import alike, as_one, decide, gather, join
from tests.unit.policy.builders import DAY, NOW, START

S = IncidentStatus


def incident(
    model: str,
    *faults: str,
    day: float = 0.0,
    lasts: float = 5.0,
    every: timedelta = DAY,
    rule: str = "quality",
    status: IncidentStatus = S.OPEN,
    **more: object,
) -> Incident:
    start = START + day * DAY
    closed = {} if status is not S.RESOLVED else {"resolution": "Closed by its rule: x", "resolved_at": NOW}
    named = faults or ("missing_rate:income",)
    return Incident(
        id=f"{model}-{day:g}-{rule}",
        model=model,
        status=status,
        opened_at=start + 2 * every,
        first_window=Window(index=0, start=start, end=start + every),
        last_window=Window(index=5, start=start + lasts * DAY, end=start + lasts * DAY + every),
        cause="Missing values",
        rule=rule,
        features=tuple(fault.partition(":")[2] for fault in named),
        verdicts=(f"v-{model}",),
        faults=named,
        **{"severity": Severity.WARNING, **closed, **more},
    )


def joined(incidents: Sequence[Incident], fresh: Sequence[Incident] | None = None) -> list[Incident]:
    changed = {one.id: one for one in join(incidents, {one.id for one in fresh or incidents})}
    return [changed.get(one.id, one) for one in incidents]


def groups(incidents: Sequence[Incident]) -> set[frozenset[str]]:
    return {frozenset(one.names) for one in gather(incidents, NOW)}


def test_one_broken_feed_is_one_incident_with_fourteen_names():
    found = joined([incident(f"model-{i:02d}", day=i / 20) for i in range(14)])
    (whole,) = gather(found, NOW)
    assert whole.id == "model-00-0-quality"
    assert whole.names == tuple(f"model-{i:02d}" for i in range(14))
    assert whole.cause == (
        "Missing values in income in 14 models since 01 Jan 2026: "
        "model-00, model-01, model-02, model-03 and 10 more"
    )
    assert len(whole.verdicts) == 14


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (incident("a"), incident("b"), True),
        (incident("a"), incident("a", day=1), False),  # one model's are grouped by its own windows
        (incident("a"), incident("b", "missing_rate:age"), False),
        (incident("a"), incident("b", "new_category_rate:income"), False),
        (incident("a", rule="drift"), incident("b"), False),
        (incident("a", "missing_rate:x", "missing_rate:y"), incident("b", "missing_rate:y"), True),
        (
            incident("a", *(f"missing_rate:{c}" for c in "xyz")),
            incident("b", *(f"missing_rate:{c}" for c in "zvw")),
            False,  # one of three in common
        ),
        (incident("a"), incident("b", day=1.5), True),  # within a window of each other
        (incident("a"), incident("b", day=3), False),
        (incident("a"), incident("b", day=6, every=7 * DAY), True),  # the longer window counts
        (incident("a", every=7 * DAY), incident("b", day=4), True),
        (incident("a", lasts=1), incident("b", day=1.5), True),
        (incident("a", lasts=0), incident("b", day=1.5), False),  # it was over before
        (incident("a", status=S.RESOLVED), incident("b"), True),  # its rule closed it: still one cause
        (incident("a", status=S.RESOLVED, resolution="mended", resolved_by="ada"), incident("b"), False),
    ],
)  # fmt: skip
def test_what_shares_a_cause(one: Incident, other: Incident, together: bool):
    assert (len(gather(joined([one, other]), NOW)) == 1) == together
    assert (len(gather(joined([other, one]), NOW)) == 1) == together


def test_windows_without_times_share_nothing():
    timeless = Window(index=0, start=None, end=None)
    one, other = (replace(incident(m), first_window=timeless, last_window=timeless) for m in "ab")
    assert not alike(one, other)
    assert joined([one, other]) == [one, other]


def test_models_that_share_columns_by_way_of_another_are_one_group():
    a, b = incident("a", "missing_rate:x"), incident("b", "missing_rate:y")
    assert groups(joined([a, b])) == {frozenset("a"), frozenset("b")}
    bridge = incident("c", "missing_rate:x", "missing_rate:y")
    assert groups(joined([a, b, bridge], [bridge])) == {frozenset("abc")}


def test_who_comes_later_joins_what_people_know_even_if_it_began_earlier():
    known = [incident("b", day=0.5)]
    early = incident("a")
    (whole,) = gather(joined([*known, early], [early]), NOW)
    assert (whole.id, whole.model) == (known[0].id, "b")


def test_a_fleet_in_flames_is_one_incident_per_broken_column():
    fleet = [incident(f"m{i:03d}", f"missing_rate:c{i % 40:02d}", day=i / 1000) for i in range(600)]
    found = joined(fleet)
    assert len(gather(found, NOW)) == 40
    late = incident("late", "missing_rate:c07", "missing_rate:c08")
    shown = {one.id: one.names for one in gather(joined([*found, late], [late]), NOW)}
    assert len(shown) == 39
    assert len(shown["m007-0.007-quality"]) == 31  # it reads two of the columns, and brings both together


BURSTS = st.lists(
    st.tuples(st.sampled_from("abcdefghij"), st.sampled_from((0, 20, 40)), st.sampled_from("xyz")),
    min_size=2,
    max_size=10,
    unique_by=lambda one: one[:2],
)


@given(burst=BURSTS, data=st.data())
def test_neither_order_nor_pace_changes_who_belongs_together(burst, data):
    incidents = [incident(model, f"missing_rate:{column}", day=day) for model, day, column in burst]
    shuffled = data.draw(st.permutations(incidents))
    at_once = joined(incidents)
    by_id = {one.id: one for one in joined(shuffled)}
    assert [by_id[one.id] for one in incidents] == at_once
    one_by_one: list[Incident] = []
    for fresh in shuffled:
        one_by_one = joined([*one_by_one, fresh], [fresh])
    assert groups(one_by_one) == groups(at_once)


@given(burst=BURSTS, data=st.data())
def test_the_id_stays_while_others_join_and_joining_again_changes_nothing(burst, data):
    arriving = data.draw(
        st.permutations([incident(m, f"missing_rate:{column}", day=day) for m, day, column in burst])
    )
    kept: list[Incident] = []
    seen: set[str] = set()
    for fresh in arriving:
        kept = joined([*kept, fresh], [fresh])
        shown = {one.id for one in gather(kept, NOW)}
        assert shown - seen <= {fresh.id}  # nobody gets another name than the one that was told
        seen |= shown
        assert join(kept, {one.id for one in kept}) == []
        there = {one.id: one for one in kept}
        assert all(there[one.part_of].part_of is None for one in kept if one.part_of)
    assert sorted(name for one in gather(kept, NOW) for name in one.verdicts) == sorted(
        name for one in kept for name in one.verdicts
    )


STATES = st.lists(st.sampled_from(("open", "by rule", "by person")), min_size=2, max_size=6)


@given(states=STATES)
def test_it_is_open_while_any_of_it_is(states: list[str]):
    members = joined([incident(f"m{i}") for i in range(len(states))])
    ended = []
    for one, state in zip(members, states, strict=True):
        if state == "by person":
            ended.append(lifecycle.resolve(one, "mended", "ada", NOW))
        elif state == "by rule":
            closed = replace(one, status=S.RESOLVED, resolved_at=NOW, resolution="Closed by its rule: x")
            ended.append(closed)
        else:
            ended.append(one)
    (whole,) = gather(ended, NOW)
    assert (whole.status is S.RESOLVED) == ("open" not in states)
    if "open" not in states:
        assert (whole.resolution == "mended") == ("by person" in states)
        assert (whole.resolved_by == "ada") == ("by person" in states)


def test_as_severe_as_the_worst_of_what_is_left():
    mild, severe = incident("a"), incident("b", severity=Severity.CRITICAL)
    assert gather(joined([mild, severe]), NOW)[0].severity is Severity.CRITICAL
    mended = replace(severe, status=S.RESOLVED, resolved_at=NOW, resolution="Closed by its rule: x")
    assert gather(joined([mild, mended]), NOW)[0].severity is Severity.WARNING


# ---------------------------------------------------------------- what people do


def act(members: list[Incident], change) -> tuple[Incident, list[Incident]]:
    whole, changed = decide(members[0], members[1:], change, NOW)
    after = {one.id: one for one in changed}
    return whole, [after.get(one.id, one) for one in members]


def acknowledging(one: Incident) -> Incident:
    return lifecycle.acknowledge(one, "ada", NOW)


def resolving(one: Incident) -> Incident:
    return lifecycle.resolve(one, "the feed", "ada", NOW)


def test_acknowledging_it_counts_for_those_that_join_later():
    whole, members = act(joined([incident("a"), incident("b")]), acknowledging)
    assert whole.status is S.ACKNOWLEDGED
    assert {one.status for one in members} == {S.ACKNOWLEDGED}
    late = incident("c")
    (now,) = gather(joined([*members, late], [late]), NOW)
    assert (now.status, now.acknowledged_by, len(now.names)) == (S.ACKNOWLEDGED, "ada", 3)


def test_resolving_it_resolves_all_that_is_open_and_leaves_what_was_resolved_before():
    members = joined([incident("a"), incident("b"), incident("c")])
    members[1] = lifecycle.resolve(members[1], "a typing error", "bob", NOW - DAY)
    whole, after = act(members, resolving)
    assert whole.status is S.RESOLVED
    assert [(one.resolution, one.resolved_by) for one in after] == [
        ("the feed", "ada"), ("a typing error", "bob"), ("the feed", "ada"),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="resolved already: the feed"):
        act(after, acknowledging)


def test_what_comes_after_it_was_resolved_is_another_incident():
    _, done = act(joined([incident("a"), incident("b")]), resolving)
    late = incident("c")
    assert groups(joined([*done, late], [late])) == {frozenset("ab"), frozenset("c")}


@pytest.mark.parametrize(
    ("change", "then", "later"),
    [
        (acknowledging, S.ACKNOWLEDGED, S.ACKNOWLEDGED),
        (lambda one: lifecycle.snooze(one, NOW + DAY, "ada", NOW), S.SNOOZED, S.ACKNOWLEDGED),
        (resolving, S.RESOLVED, S.RESOLVED),
    ],
)
def test_a_lead_that_closed_by_its_rule_still_speaks_for_the_rest(change, then, later):
    members = joined([incident("a"), incident("b")])
    members[0] = replace(members[0], status=S.RESOLVED, resolved_at=NOW, resolution="Closed by its rule: x")
    assert as_one(members, NOW).status is S.OPEN
    whole, after = act(members, change)
    assert whole.status is then
    assert gather(after, NOW)[0].status is then
    after_a_week: datetime = NOW + 7 * DAY
    assert gather(after, after_a_week)[0].status is later


def test_a_part_is_decided_on_alone():
    members = joined([incident("a"), incident("b")])
    whole, changed = decide(members[1], [], resolving, NOW)
    assert (whole.model, changed) == ("b", [whole])
    assert gather([members[0], whole], NOW)[0].status is S.OPEN


def test_a_part_without_its_lead_stands_for_itself():
    members = joined([incident("a"), incident("b")])
    assert gather(members[1:], NOW) == members[1:]
