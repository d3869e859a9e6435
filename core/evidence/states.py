"""How an item stands: missing, draft, stale or accepted. Pure.

Green is only what is there, current, and enough: nothing becomes accepted because something is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.evidence.collectors import COLLECTORS, Answer, digest, expired
from core.evidence.found import Found, Nothing, Standing
from core.evidence.pack import Acceptance, Item, Kind
from core.form import Form
from core.views.governance import ItemState


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How an item stands, why, with which digest, until when."""

    state: ItemState
    why: str
    digest: str | None = None
    until: datetime | None = None


def stand(item: Item, answers: Mapping[str, Answer], form: Form | None, now: datetime) -> Stand:
    """Return how an item stands.

    Parameters
    ----------
    answers
        Collector → what it found; of every collector that the item names.
    form
        What people put on record about the item, None where nobody did.
    """
    if item.kind is Kind.HUMAN:
        return _human(item, answers, form, now)
    return _automatic(item, answers[str(item.source)], form, now)


def resting(item: Item, answers: Mapping[str, Answer]) -> dict[str, str]:
    """Return collector → digest of what an acceptance of the item stands on now; absent ones are left out."""
    named = item.rests_on if item.kind is Kind.HUMAN else (str(item.source),)
    return {name: digest(found.content) for name in named if isinstance(found := answers[name], Found)}


def bar(item: Item, answers: Mapping[str, Answer], form: Form | None, now: datetime) -> str:
    """Return why an item cannot be accepted now, empty where it can."""
    if item.kind is Kind.AUTOMATIC and item.accepted_by is Acceptance.RULE:
        return "its source alone decides about it"
    if item.kind is Kind.HUMAN and (form is None or not form.text):
        return "nobody has written it yet"
    named = item.rests_on if item.kind is Kind.HUMAN else (str(item.source),)
    for name in named:
        found = answers[name]
        if isinstance(found, Nothing):
            return f"it rests on what is missing: {_named([name])}"
        if item.kind is Kind.AUTOMATIC and found.standing is not Standing.HOLDS:
            return found.said.rstrip(".").lower()[:1] + found.said.rstrip(".")[1:]
    if form is not None and form.valid_until is not None and now > form.valid_until:
        return f"what was written was good until {form.valid_until:%d %b %Y}"
    stands = stand(item, answers, form, now)
    return "it is accepted already" if stands.state is ItemState.ACCEPTED else ""


def _automatic(item: Item, found: Answer, form: Form | None, now: datetime) -> Stand:
    if isinstance(found, Nothing):
        return Stand(state=ItemState.MISSING, why=found.why)
    made = digest(found.content)
    until = _earliest(found.until, _end(found.at, item.fresh_for))
    fresh_for_s = None if item.fresh_for is None else item.fresh_for.total_seconds()
    if found.standing is Standing.OUTDATED:
        return Stand(state=ItemState.STALE, why=found.said, digest=made, until=until)
    if expired(found, fresh_for_s, now) or (found.until is not None and now > found.until):
        return Stand(
            state=ItemState.STALE, why=f"{found.said} That is too long ago.", digest=made, until=until
        )
    if found.standing is Standing.SHORT:
        return Stand(state=ItemState.DRAFT, why=found.said, digest=made, until=until)
    if item.accepted_by is Acceptance.RULE:
        return Stand(state=ItemState.ACCEPTED, why=found.said, digest=made, until=until)
    return _by_person(item, found, made, form, now)


def _by_person(item: Item, found: Found, made: str, form: Form | None, now: datetime) -> Stand:
    if form is None or form.accepted_at is None:
        why = f"{found.said} It waits for somebody to accept it."
        return Stand(state=ItemState.DRAFT, why=why, digest=made)
    lost = _no_longer(item, {str(item.source): made}, form, now)
    if lost:
        return Stand(state=ItemState.STALE, why=f"{found.said} {lost}", digest=made, until=_until(item, form))
    return Stand(state=ItemState.ACCEPTED, why=found.said, digest=made, until=_until(item, form))


def _human(item: Item, answers: Mapping[str, Answer], form: Form | None, now: datetime) -> Stand:
    if form is None or not form.text:
        return Stand(state=ItemState.MISSING, why="Nobody has written it yet.")
    absent = [name for name in item.rests_on if isinstance(answers[name], Nothing)]
    until = _until(item, form)
    if form.accepted_at is None:
        beside = f" It rests on what is missing: {_named(absent)}." if absent else ""
        why = f"Written by {form.filled_by}; it waits for somebody to accept it.{beside}"
        return Stand(state=ItemState.DRAFT, why=why, digest=form.digest, until=until)
    lost = _no_longer(item, resting(item, answers), form, now)
    if lost:
        return Stand(state=ItemState.STALE, why=lost, digest=form.digest, until=until)
    why = f"Accepted by {form.accepted_by} on {form.accepted_at:%d %b %Y}."
    return Stand(state=ItemState.ACCEPTED, why=why, digest=form.digest, until=until)


def _no_longer(item: Item, rests: Mapping[str, str], form: Form, now: datetime) -> str:
    """Return why an acceptance does not hold any more, empty where it does."""
    until = _until(item, form)
    if form.item_digest != item.digest:
        return "The pack asks for something else since it was accepted."
    if until is not None and now > until:
        return f"It was good until {until:%d %b %Y}."
    moved = [name for name, was in form.rests.items() if rests.get(name) != was]
    moved += [name for name in rests if name not in form.rests]
    if moved:
        return f"What it rests on changed since it was accepted: {_named(moved)}."
    return ""


def _until(item: Item, form: Form) -> datetime | None:
    return _earliest(form.valid_until, _end(form.accepted_at, item.fresh_for))


def _end(at: datetime | None, fresh_for: timedelta | None) -> datetime | None:
    return None if at is None or fresh_for is None else at + fresh_for


def _earliest(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)


def _named(collectors: list[str]) -> str:
    return ", ".join(f"{name} ({COLLECTORS[name].reads.value})" for name in collectors)
