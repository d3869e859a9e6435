"""A review held on a workspace: opened, decided, carried out, interrupted, closed, and opened again."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core import cli
from core.access.person import Person
from core.access.roles import AccessRole
from core.client import Client
from core.client.transports import InProcess
from core.domain import IncidentStatus
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.server.app import create_app
from core.views.review import Choice, ItemKind, Outcome, ReviewScope, Since
from core.views.words import day
from tests.unit.review.conftest import Room

DAY = timedelta(days=1)


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    """Decisions are carried out on other threads."""
    return tmp_path / "state.db"


@pytest.fixture
def client(room: Room) -> Iterator[Client]:
    room.clock.at = datetime.now(UTC)
    app = create_app(room.trimtab, token="t")
    with Client(InProcess(app, closing=lambda: None), token="t") as client:
        yield client


def test_the_agenda_is_what_changed_and_stays_as_it_was(room: Room) -> None:
    review = room.open(attendees=["ann", " bob ", "ann", ""])
    assert {one.kind for one in review.items} == {ItemKind.INCIDENT, ItemKind.CHANGE, ItemKind.VALIDATION}
    first = review.items[0]
    assert (first.kind, first.owner, first.registry) == (ItemKind.INCIDENT, "credit", "local")
    assert first.series is not None
    assert first.series.metric == "roc_auc"
    assert first.proposed == (
        "Roll back to the version before; then retrain on newer rows. Possible now: roll back or promote v3."
    )
    retrain = first.proposal(Choice.RETRAIN)
    assert retrain is not None
    assert (retrain.allowed, retrain.why_not != "") == (False, True), "the spec does not say how to train"
    assert review.attendees == ("ann", "bob")
    room.trimtab.resolve("inc1", "feed mended", "bob")
    again = room.trimtab.reviews.get(review.id)
    assert again == review, "what happens later does not change it"
    assert room.kinds() == ["review.opened"]
    head = room.trimtab.ledger.records(limit=None)[review.head_seq - 1].entry
    assert head.hash == review.head_hash


def test_the_same_key_opens_one_review_and_the_future_none(room: Room) -> None:
    assert room.open(key="k").id == room.open(key="k").id
    assert len(room.trimtab.reviews.every()) == 1
    with pytest.raises(InvalidInput, match="future"):
        room.open(since=room.clock.now() + DAY)
    with pytest.raises(InvalidInput, match="too many"):
        room.open(attendees=["x" * 101])
    with pytest.raises(NotFound):
        room.trimtab.reviews.get("nowhere")


def test_a_decision_becomes_the_roll_back_and_is_done_once(room: Room) -> None:
    review = room.open()
    decided = room.decide(review, Choice.ROLL_BACK, version="1", key="k", due_at=room.clock.now() + DAY)
    assert decided.outcome in {Outcome.UNDER_WAY, Outcome.DONE}, decided.sentence
    assert room.champion == "1"
    assert room.trimtab.actions.get(decided.receipt or "").reason == "because"
    assert room.decide(review, Choice.ROLL_BACK, version="1", key="k").id == decided.id
    with pytest.raises(Conflict, match="is decided: Roll back by ann"):
        room.decide(review, Choice.DEFER, due_at=room.clock.now() + DAY)
    with pytest.raises(Conflict, match="key was used for another decision"):
        room.decide(review, Choice.NOTE, key="k")
    assert room.decide(review, Choice.NOTE).outcome is Outcome.RECORDED
    assert room.kinds() == ["review.opened", "review.decided", "review.carried", "review.decided"]
    told = room.trimtab.ledger.records(kinds=["review.decided"], limit=None)
    assert told[0].entry.model == "local/loans"
    assert "because" not in told[0].entry.body, "what people write can be erased"
    assert room.trimtab.reviews.get(review.id).n_decided == 1


def test_what_a_guard_refuses_is_its_outcome_and_the_item_stays_open(room: Room) -> None:
    review = room.open()
    refused = room.decide(review, Choice.ROLL_BACK, version="3")
    assert refused.outcome is Outcome.REFUSED
    assert "v3 was never in production here" in refused.sentence
    viewer = Person(name="vic", roles=frozenset({AccessRole.DATA_SCIENTIST}))
    barred = room.decide(review, Choice.ROLL_BACK, person=viewer)
    assert barred.outcome is Outcome.REFUSED
    assert room.champion == "2"
    stale = room.decide(review, Choice.ROLL_BACK, version="1", generation=99)
    assert "look again before you decide" in stale.sentence
    room.registry.down = True
    down = room.decide(review, Choice.ROLL_BACK, version="1")
    assert (down.outcome, "Nothing was changed." in down.sentence) == (Outcome.REFUSED, True)
    room.registry.down = False
    assert room.decide(review, Choice.ROLL_BACK, version="1").outcome.stands


def test_an_accepted_risk_puts_the_incident_aside_until_its_end(room: Room) -> None:
    review = room.open()
    until = room.clock.now() + 14 * DAY
    accepted = room.decide(review, Choice.ACCEPT, until=until)
    assert (accepted.outcome, accepted.receipt) == (Outcome.DONE, "inc1")
    held = room.trimtab._state.incident("inc1")
    assert (held.status, held.snoozed_until) == (IncidentStatus.SNOOZED, until)
    on_paper = room.decide(review, Choice.ACCEPT, until=until, kind=ItemKind.VALIDATION)
    assert on_paper.sentence == f"The risk is accepted until {day(until)}."
    room.clock.at = until + DAY
    again = room.open()
    states = {one.item_title: one.state for one in again.earlier}
    assert states["Performance incident, loans"] is Since.ENDED
    assert "Aside" not in room.item(again).sentence


def test_who_may_record_and_who_may_have_it_done_are_two_questions(room: Room) -> None:
    review = room.open()
    viewer = Person(name="vic", roles=frozenset({AccessRole.VIEWER}))
    with pytest.raises(NotAllowed, match="vic may not record decisions"):
        room.decide(review, Choice.NOTE, person=viewer)
    approver = Person(name="bob", roles=frozenset({AccessRole.APPROVER}))
    assert room.decide(review, Choice.NOTE, person=approver).outcome is Outcome.RECORDED
    until = room.clock.now() + DAY
    refused = room.decide(review, Choice.ACCEPT, until=until, person=approver)
    assert (refused.outcome, "may not put incidents aside" in refused.sentence) == (Outcome.REFUSED, True)
    assert room.trimtab._state.incident("inc1").status is IncidentStatus.OPEN


def test_retraining_is_asked_of_its_desk(room: Room) -> None:
    review = room.open()
    asked = room.decide(review, Choice.RETRAIN)
    assert asked.outcome in {Outcome.UNDER_WAY, Outcome.REFUSED}
    assert asked.receipt is not None
    assert room.trimtab.training.get(asked.receipt).reason == "because"


def test_a_decision_that_was_cut_off_is_finished_or_undone(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    review, desk = room.open(), room.trimtab.reviews

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    # Before anything was asked for: nothing was changed, and the item can be decided anew.
    with monkeypatch.context() as patch:
        patch.setattr(desk._carrier, "carry", die)
        with pytest.raises(Killed):
            room.decide(review, Choice.ROLL_BACK, version="1", key="k1")
    assert desk.get(review.id).decisions[0].outcome is Outcome.PENDING
    desk.tend()
    assert desk.get(review.id).decisions[0].outcome is Outcome.UNDONE
    assert room.champion == "2"
    # After the action was asked for, before that was on record: the action stands, and is found by its key.
    with monkeypatch.context() as patch:
        patch.setattr(desk, "_settle", die)
        with pytest.raises(Killed):
            room.decide(review, Choice.ROLL_BACK, version="1", key="k2")
    assert room.champion == "1"
    same = room.decide(review, Choice.ROLL_BACK, version="1", key="k2")
    assert same.outcome in {Outcome.UNDER_WAY, Outcome.DONE}
    assert same.receipt is not None
    desk.tend()
    assert len(room.trimtab.actions.every(model="loans")) == 2, "the promotion, and one roll back"


def test_two_presses_at_once_decide_once(room: Room) -> None:
    review, told = room.open(), []

    def press() -> None:
        told.append(room.decide(review, Choice.ROLL_BACK, version="1", key="same").id)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(told) == 4
    assert len(set(told)) == 1
    assert len(room.trimtab.actions.every(model="loans")) == 2


def test_closing_freezes_the_minutes_and_the_ledger_has_their_digest(room: Room) -> None:
    room.clock.at += DAY
    review, desk = room.open(attendees=["ann"]), room.trimtab.reviews
    room.decide(review, Choice.DEFER, due_at=room.clock.now() + DAY)
    before = room.trimtab.ledger.newest()
    closed = desk.close(review.id, actor="ann")
    page = desk.minutes(review.id)
    entry = room.trimtab.ledger.newest()
    assert not closed.open
    assert entry is not None
    assert before is not None
    assert entry.facts["minutes"] == hashlib.sha256(page.encode()).hexdigest()
    assert before.hash in page, "stamped with the ledger's head"
    assert "ann" not in entry.body.replace("planned", "")
    for late in (
        lambda: room.decide(review, Choice.NOTE),
        lambda: desk.attend(review.id, ["zoe"]),
        lambda: desk.close(review.id, actor="ann"),
    ):
        with pytest.raises(Conflict, match="closed"):
            late()
    room.clock.at += 2 * DAY
    assert desk.minutes(review.id) == page
    again = room.open()
    assert again.since == review.opened_at
    assert [(one.state, one.decision.choice) for one in again.earlier] == [(Since.OVERDUE, Choice.DEFER)]
    assert ItemKind.CHANGE not in {one.kind for one in again.items}, "what was told is not told again"


def test_a_moved_alias_and_an_ending_waiver_are_on_the_agenda(room: Room) -> None:
    room.registry.set_alias("loans", "champion", "3")
    room.trimtab.refresh_registry()
    kinds = [one.kind for one in room.open().items]
    assert kinds[:2] == [ItemKind.INCIDENT, ItemKind.EXTERNAL]


# ---------------------------------------------------------------- over the wire, and on the command line


def test_a_review_survives_the_wire(room: Room, client: Client) -> None:
    room.trimtab._state.save_incidents(
        [replace(room.trimtab._state.incident("inc1"), opened_at=room.clock.now() - DAY)]
    )
    review = client.open_review(since="90d", attendees=["ann"], key="k")
    assert review == room.trimtab.reviews.get(review.id) == client.review(review.id)
    item = room.item(review)
    until = room.clock.now() + 30 * DAY
    done = client.decide(review.id, item.id, Choice.ACCEPT, reason="small", until=until, owner="zoe", key="d")
    assert (done.outcome, done.until, done.owner) == (Outcome.DONE, until, "zoe")
    assert client.attend(review.id, ["ann", "bob"]).attendees == ("ann", "bob")
    assert "Pre-read" in client.minutes(review.id)
    assert not client.close_review(review.id).open
    view = client.review_view(ReviewScope(review=review.id))
    assert view.reviews[0].n_decided == 1
    assert view.review is not None
    with pytest.raises(NotFound):
        client.review_view(ReviewScope(review="nowhere"))
    with pytest.raises(InvalidInput):
        client.open_review(since="soon")


def test_the_command_writes_the_page(
    room: Room, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("core.client.connect", lambda *_, **__: client)
    monkeypatch.setattr(client, "close", lambda: None)

    def run(*arguments: str) -> Any:
        root = str(room.trimtab.settings.workspace.root)
        said = CliRunner().invoke(cli.main, ["review", *arguments, "--workspace", root], prog_name="trimtab")
        assert said.exit_code == 0, said.output
        return said

    out = tmp_path / "deep" / "review.html"
    document = json.loads(run("--since", "90d", "--out", str(out), "--json").stdout)
    n_items = len(document["items"])
    assert n_items >= 3
    assert "Pre-read" in out.read_text(encoding="utf-8")
    said = run("--review", document["id"], "--attendee", "ann", "--close", "--out", str(out)).stdout
    assert f"closed): 0 of {n_items} items decided" in said
    assert "Minutes, closed" in out.read_text(encoding="utf-8")
