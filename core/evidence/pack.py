"""A rule pack as values: what is asked of a model, in whose rules, and where the answer comes from."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from core.chain.canonical import canonical
from core.domain import Risk
from core.spec import MonitorSpec


class Kind(StrEnum):
    """Who answers an item: a source that Trimtab keeps, or a person."""

    AUTOMATIC = "automatic"
    HUMAN = "human"


class Acceptance(StrEnum):
    """What makes an automatic item accepted: that its source holds, or a person who read it."""

    RULE = "rule"
    PERSON = "person"


class Has(StrEnum):
    """What a model can have that makes an item concern it."""

    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Which models a pack or an item concerns; what is empty leaves nobody out."""

    risks: tuple[Risk, ...] = ()
    use_cases: tuple[str, ...] = ()
    has: tuple[Has, ...] = ()

    def to(self, spec: MonitorSpec | None, *, risk: Risk | None = None, use_case: str | None = None) -> bool:
        """Tell whether a model is concerned; without a spec, ``risk`` and ``use_case`` speak for it.

        What is not known of a model leaves it in: a condition is never used to get out of an item.
        """
        if spec is not None:
            risk, use_case = spec.risk, spec.use_case
        if self.risks and risk is not None and risk not in self.risks:
            return False
        if self.use_cases and use_case is not None and use_case.casefold() not in self.use_cases:
            return False
        return Has.SENSITIVE not in self.has or spec is None or bool(spec.sensitive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a pack asks for.

    ``asks`` says in the pack's own words what is asked; ``article`` where the official text asks it.
    ``source`` names the collector (:mod:`core.evidence.collectors`) of an automatic item. A human item
    ``rests_on`` collectors: once what they found changes, what the person wrote must be looked at again.
    ``fresh_for`` is how long an answer holds, None for as long as nothing changes. ``owner`` is a role.
    """

    id: str
    title: str
    asks: str
    article: str
    kind: Kind
    source: str | None = None
    accepted_by: Acceptance = Acceptance.RULE
    rests_on: tuple[str, ...] = ()
    fresh_for: timedelta | None = None
    owner: str
    applies: Applies = Applies()

    @property
    def digest(self) -> str:
        """SHA-256 of what the item demands: where it differs, an answer was given to something else."""
        return _digest(self)


@lru_cache(maxsize=4096)
def _digest(item: Item) -> str:
    demand = {
        "asks": item.asks,
        "article": item.article,
        "kind": item.kind.value,
        "source": item.source,
        "accepted_by": item.accepted_by.value,
        "rests_on": list(item.rests_on),
        "fresh_for_s": None if item.fresh_for is None else int(item.fresh_for.total_seconds()),
    }
    return sha256(canonical(demand)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A day on which something of the rules begins to hold, to be checked against the official text."""

    what: str
    on: date
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A rule pack: what one body of rules asks of a model.

    ``check`` says against what articles and dates must be checked. A pack that is not ``by_default`` is only
    looked at where it is asked for by name.
    """

    name: str
    title: str
    version: str
    dated: date
    rules: str
    about: str
    check: str
    by_default: bool
    applies: Applies
    milestones: tuple[Milestone, ...]
    items: tuple[Item, ...]

    def items_for(
        self, spec: MonitorSpec | None, *, risk: Risk | None = None, use_case: str | None = None
    ) -> tuple[Item, ...]:
        """Return the items that concern a model, in their order."""
        return tuple(one for one in self.items if one.applies.to(spec, risk=risk, use_case=use_case))

    def digests(self) -> dict[str, str]:
        """Return item → digest."""
        return {one.id: one.digest for one in self.items}
