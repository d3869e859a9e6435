"""An erased person's id goes out of what was said in a review; the ledger has what it is then."""

import hashlib
import json
from datetime import timedelta

from core.keeping.redact import INSTEAD, Redaction
from core.views.review import Choice
from tests.unit.review.conftest import Room

PERSON = "Zoe<&>-4711"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_id_goes_out_of_reasons_agendas_and_minutes(room: Room) -> None:
    trimtab, table = room.trimtab, room.trimtab._state.reviews
    first = room.open(title=f"About {PERSON}", attendees=["ann"])
    by = room.clock.now() + timedelta(days=7)
    room.decide(first, Choice.DEFER, reason=f"{PERSON} complained on 4711", due_at=by)
    trimtab.reviews.close(first.id, actor="ann")
    second = room.open()
    assert PERSON in table.get(second.id).agenda, "it opens with what became of the first"
    before = trimtab.reviews.get(second.id)
    receipt = trimtab.keeping.erase("loans", [PERSON], actor="bea")
    assert (receipt.removed["reviews"], receipt.removed["ledger"] >= 3) == (3, True)
    kept = [table.get(one.id) for one in (first, second)]
    for text in (*(one.title + one.agenda + (one.minutes or "") for one in kept), str(table.decisions())):
        assert "Zoe" not in text
    assert f"{INSTEAD} complained on 4711" in trimtab.reviews.minutes(first.id)
    after = trimtab.reviews.get(second.id)
    assert [one.id for one in after.items] == [one.id for one in before.items]
    told = {
        str(one.entry.facts["review"]): one.entry.facts
        for one in trimtab.ledger.records(limit=None)
        if one.entry.kind == "review.redacted"
    }
    for one in kept:
        assert told[one.id]["agenda"] == digest(one.agenda)
        assert told[one.id]["minutes"] == (None if one.minutes is None else digest(one.minutes))
    assert trimtab.ledger.verify().ok
    again = trimtab.keeping.erase("loans", [PERSON], actor="bea")
    assert (again.removed["reviews"], again.removed["ledger"]) == (0, 0)


def test_numbers_names_and_markup_stay() -> None:
    redaction = Redaction(["2026", "none", "42"])
    agenda = json.dumps([{"id": "none", "n": 2026, "reason": "none of 42 in 2026-11", "at": "2026"}])
    assert json.loads(redaction.document(agenda)) == [
        {"id": "none", "n": 2026, "reason": f"{INSTEAD} of 42 in 2026-11", "at": "2026"}
    ]
    untouched = '[{"reason": "nobody"}]'
    assert redaction.document(untouched) == untouched
    page = "<style>.none{}</style><p class=none>none</p>"
    assert redaction.page(page) == f"<style>.none{{}}</style><p class=none>{INSTEAD}</p>"
