"""What the Governance page shows: evidence by item, the ledger, policies, decisions. Frozen values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.action import Action
from core.chain.verify import Proof
from core.form import Inventoried
from core.views.activity import Event

_GROUP = re.compile(r"\s*[,:;(]")


class ItemState(StrEnum):
    """How an item of evidence stands."""

    MISSING = "missing"
    DRAFT = "draft"
    STALE = "stale"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """One item of one model: what is asked, how it stands, why, on what, by whom, until when.

    ``id`` is pack/item. ``digest`` is of what is shown, None where there is nothing. ``text`` is what a
    person wrote. ``rests_on`` names sources of a human item; ``bar`` says why it cannot be accepted now,
    empty where it can.
    """

    id: str
    pack: str
    item: str
    title: str
    asks: str
    article: str
    kind: str
    state: ItemState
    why: str
    source: str
    digest: str | None
    owner: str
    valid_until: datetime | None = None
    text: str = ""
    filled_by: str | None = None
    filled_at: datetime | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    rests_on: tuple[str, ...] = ()
    bar: str = ""

    @property
    def group(self) -> str:
        """The article under which lists put it, without its paragraphs.

        Examples
        --------
        >>> _GROUP.split("Art. 9 (2), (5)")[0], _GROUP.split("Governance: change")[0]
        ('Art. 9', 'Governance')
        """
        return _GROUP.split(self.article)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackNote:
    """A rule pack as lists name it; ``reopens`` is what its latest version opened again, as sentences."""

    name: str
    title: str
    version: str
    dated: str
    rules: str
    about: str
    check: str
    n_items: int
    by_default: bool
    milestones: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    reopens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """The evidence of one model by the packs that were asked for, or that concern it.

    ``summary`` counts by name: "31 of 36 complete, 4 stale, 1 missing: …".
    """

    as_of: datetime
    model: str
    registry: str
    version: str | None
    packs: tuple[PackNote, ...]
    items: tuple[EvidenceItem, ...]
    summary: str

    def of_pack(self, name: str) -> tuple[EvidenceItem, ...]:
        """Return the items of one pack."""
        return tuple(one for one in self.items if one.pack == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetEvidence:
    """The evidence of models that a pack concerns, those that no registry holds among them.

    ``n_models`` counts all that it concerns; ``following`` is the full name after which the next ones come,
    None where ``models`` holds the last.
    """

    as_of: datetime
    pack: PackNote
    models: tuple[EvidenceView, ...]
    inventory: tuple[Inventoried, ...]
    summary: str
    n_models: int
    following: str | None = None


def fleet_summed_up(views: Sequence[EvidenceView], inventory: Sequence[Inventoried]) -> str:
    """Return how a fleet stands by one pack, the models that are not complete by name."""
    items = [one for view in views for one in view.items]
    if not items and not inventory:
        return "The pack concerns no model."
    n = sum(one.state is ItemState.ACCEPTED for one in items)
    short = [view.model for view in views if any(one.state is not ItemState.ACCEPTED for one in view.items)]
    said = f"{len(views)} models, {n} of {len(items)} items complete"
    said += f"; not complete: {', '.join(short)}" if short else ""
    outside = (
        f" Inventoried without evidence: {', '.join(one.name for one in inventory)}." if inventory else ""
    )
    return f"{said}.{outside}"


def summed_up(items: tuple[EvidenceItem, ...]) -> str:
    """Return how items stand, those that are not complete by name.

    Examples
    --------
    >>> summed_up(())
    'No item concerns this model.'
    """
    if not items:
        return "No item concerns this model."
    by_state = {state: [one for one in items if one.state is state] for state in ItemState}
    said = f"{len(by_state[ItemState.ACCEPTED])} of {len(items)} complete"
    rest = [state for state in (ItemState.STALE, ItemState.DRAFT, ItemState.MISSING) if by_state[state]]
    said += "".join(f", {len(by_state[state])} {state.value}" for state in rest)
    listed = "; ".join(f"{state.value}: {', '.join(one.title for one in by_state[state])}" for state in rest)
    return f"{said}: {listed}." if listed else f"{said}."


class Part(StrEnum):
    """The parts of the Governance page: one is read at a time."""

    EVIDENCE = "Evidence"
    LEDGER = "Ledger"
    POLICIES = "Policies"
    DECISIONS = "Decisions"
    KPIS = "KPIs"


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceScope:
    """Which part of the page, of which model, by which pack."""

    part: Part = Part.EVIDENCE
    model: str | None = None
    pack: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNote:
    """How the ledger stands.

    ``proof`` is None where it is too long to be walked for a page: then it is verified on demand.
    ``n_unsigned`` counts entries after the newest checkpoint; ``anchored`` says whether checkpoints are kept
    elsewhere too.
    """

    rows: int
    head: str
    signed_seq: int
    signed_at: datetime | None
    n_unsigned: int
    anchored: bool
    proof: Proof | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """A policy at a risk tier, and the models that it judges."""

    name: str
    risk: str
    digest: str
    n_rules: int
    n_gates: int
    n_approvals: int
    validate_every_days: int
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceView:
    """The Governance page: what its open part shows, and what the reader may do.

    ``why_not_fill`` and ``why_not_accept`` are empty where the reader may. ``packs`` are those that concern
    the model, ``evidence`` is by the one that is shown.
    """

    as_of: datetime
    scope: GovernanceScope
    models: tuple[str, ...]
    why_not_fill: str = ""
    why_not_accept: str = ""
    packs: tuple[PackNote, ...] = ()
    evidence: EvidenceView | None = None
    ledger: LedgerNote | None = None
    policies: tuple[PolicyRow, ...] = ()
    decisions: tuple[Action, ...] = ()
