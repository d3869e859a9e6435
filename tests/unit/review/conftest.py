"""A monitored model whose champion was promoted, with an open incident: something to talk about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.access.person import Person
from core.access.roles import AccessRole
from core.action import ActionKind
from core.actions import Asked
from core.domain import ModelVersion
from core.ports import RegisteredModel
from core.review import Wish
from core.trimtab import Trimtab
from core.views.review import Choice, Decision, Item, ItemKind, Review
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import SPEC, UNGATED, rows
from tests.unit.review.made import incident

ANN = Person(name="ann", roles=frozenset({AccessRole.MODEL_OWNER}))


@dataclass
class Room:
    """A workspace in which a review is held."""

    trimtab: Trimtab
    registry: FakeRegistry
    clock: FixedClock

    @property
    def champion(self) -> str | None:
        return self.registry.registered["loans"].aliases.get("champion")

    def open(self, **more: object) -> Review:
        return self.trimtab.reviews.open(actor="ann", **more)  # type: ignore[arg-type]

    def item(self, review: Review, kind: ItemKind = ItemKind.INCIDENT) -> Item:
        return next(one for one in review.items if one.kind is kind)

    def decide(self, review: Review, choice: Choice, **more: object) -> Decision:
        fields: dict[str, object] = {"reason": "because", "person": ANN, "kind": ItemKind.INCIDENT, **more}
        item = self.item(review, fields.pop("kind"))  # type: ignore[arg-type]
        wish = Wish(review=review.id, item=item.id, choice=choice, **fields)  # type: ignore[arg-type]
        return self.trimtab.reviews.decide(wish)

    def kinds(self) -> list[str]:
        every = self.trimtab.ledger.records(limit=None)
        return [one.entry.kind for one in every if one.entry.kind.startswith("review.")]


@pytest.fixture
def room(trimtab: Trimtab, registry: FakeRegistry, clock: FixedClock, file: Callable) -> Room:
    registry.registered["loans"] = RegisteredModel(
        registry="local",
        name="loans",
        aliases={"champion": "1", "challenger": "3"},
        versions=tuple(ModelVersion(registry="local", model="loans", version=str(i)) for i in (1, 2, 3)),
    )
    trimtab.refresh_registry()
    trimtab.watch(SPEC + "owner: credit\n", reference=file(rows(-3, 3, n=100)), policy=UNGATED)
    trimtab.ingest("loans", file(rows(0, 3, n=100)), kind="predictions")
    trimtab.monitor()
    promote = Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="better", actor="ann")
    trimtab.actions.ask(promote)
    trimtab._state.save_incidents([incident(opened_at=clock.now() - timedelta(days=2))])
    return Room(trimtab, registry, clock)
