"""A review meeting as a value: a frozen agenda, what was decided about it, and what became of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain import Health
from core.views.series import Series
from core.views.words import day


class ItemKind(StrEnum):
    """What an item of the agenda is about."""

    INCIDENT = "incident"
    FAIRNESS = "fairness"
    EXTERNAL = "external change"
    VALIDATION = "validation"
    FINDINGS = "findings"
    WAIVER = "waiver"
    EVIDENCE = "evidence"
    CHANGE = "change"
    RESOLVED = "resolved"


class Choice(StrEnum):
    """What can be decided about an item.

    ``accept``: live with it until a day. ``defer``: decide by a day. ``note``: what was said, no decision.
    """

    ROLL_BACK = "roll_back"
    PROMOTE = "promote"
    RETRAIN = "retrain"
    ACCEPT = "accept"
    DEFER = "defer"
    NOTE = "note"

    @property
    def words(self) -> str:
        """The choice as a button or a sentence begins."""
        return "Accept risk" if self is Choice.ACCEPT else self.value.replace("_", " ").capitalize()


class Outcome(StrEnum):
    """What a decision has come to.

    ``pending``: recorded, and being carried out. ``recorded``: it asks for no action. ``under way``: the
    action began. ``undone``: it was cut off before the action was asked for, and nothing was changed.
    """

    PENDING = "pending"
    RECORDED = "recorded"
    DONE = "done"
    WAITING = "waiting for approval"
    UNDER_WAY = "under way"
    REFUSED = "refused"
    UNDONE = "undone"

    @property
    def stands(self) -> bool:
        """Whether the item is decided by it; else it may be decided anew."""
        return self not in {Outcome.REFUSED, Outcome.UNDONE}


class Since(StrEnum):
    """What became of a decision of an earlier review."""

    DONE = "done"
    WAITING = "still waiting"
    OVERDUE = "overdue"
    STANDS = "stands"
    ENDED = "ended"
    REFUSED = "refused"


class Answers(StrEnum):
    """How a model has answered since an incident began, as far as labels have come."""

    WAIT = "not known yet"
    HOLD = "hold"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One choice for an item, as guards saw it when the agenda was frozen; ``why_not`` where they refuse."""

    choice: Choice
    allowed: bool = True
    why_not: str = ""
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the agenda, frozen: what happened, what may be done, and the numbers behind it.

    Parameters
    ----------
    models
        All models that it concerns; ``model`` is the first of them.
    subject
        What exactly is meant: an incident, a waiver, a version.
    detail
        What is known of the reason, where something is.
    gate
        The gate of a waiver.
    series
        The metric of the concern; None where no number belongs to it.
    tells
        Whether there is nothing to decide: it is told, and noted.
    consequence
        Affected rows a day weighted by risk, for the order alone.
    rule, answers
        Of an incident: the kind of rules that failed, and how the model has answered since.
    advice
        What is usually done about such an incident first, empty where nothing is known of that.
    """

    id: str
    kind: ItemKind
    model: str
    registry: str
    models: tuple[str, ...]
    owner: str | None
    status: Health
    title: str
    sentence: str
    subject: str
    detail: str = ""
    at: datetime | None = None
    version: str | None = None
    gate: str | None = None
    proposals: tuple[Proposal, ...] = ()
    series: Series | None = None
    tells: bool = False
    consequence: float = 0.0
    rule: str = ""
    answers: Answers = Answers.WAIT
    advice: str = ""

    @property
    def proposed(self) -> str:
        """What is usually done first, where that is known; what may be done, or why nothing may."""
        if self.advice and self._offers:
            return f"{self.advice} Possible now: {_one_of(self._offers)}."
        return f"{self.advice} {self._possible}".strip()

    @property
    def _possible(self) -> str:
        if self.tells:
            return "Nothing to decide: take note, or undo it." if self._offers else "Nothing to decide."
        if self._offers:
            first = _one_of(self._offers)
            return f"{first[:1].upper()}{first[1:]}."
        why_not = next((one.why_not for one in self.proposals if one.why_not), "")
        return f"Accept the risk or defer. {why_not}".strip()

    @property
    def _offers(self) -> tuple[Proposal, ...]:
        acting = (Choice.ROLL_BACK, Choice.PROMOTE, Choice.RETRAIN)
        return tuple(one for one in self.proposals if one.allowed and one.choice in acting)

    def proposal(self, choice: Choice) -> Proposal | None:
        """Return how a choice stood, None where the item does not offer it."""
        return next((one for one in self.proposals if one.choice is choice), None)


def _one_of(offers: Sequence[Proposal]) -> str:
    words = [_words(one) for one in offers]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _words(one: Proposal) -> str:
    if one.choice is Choice.PROMOTE and one.version is not None:
        return f"promote {f'v{one.version}' if one.version.isdecimal() else one.version}"
    return "roll back" if one.choice is Choice.ROLL_BACK else one.choice.words.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about an item: by whom, why, who sees to it by when, and what came of it.

    ``until`` is the end of an accepted risk. ``receipt`` is the action, retraining, incident or waiver that
    it became. ``ledger_seq`` is the entry that has it.
    """

    id: str
    review: str
    item: str
    model: str
    choice: Choice
    actor: str
    at: datetime
    reason: str
    owner: str | None
    due_at: datetime | None = None
    until: datetime | None = None
    version: str | None = None
    outcome: Outcome = Outcome.PENDING
    receipt: str | None = None
    sentence: str = ""
    ledger_seq: int | None = None

    @property
    def tells_end(self) -> bool:
        """Whether the sentence names the end of the accepted risk: then nothing else need say it."""
        return self.until is not None and day(self.until) in self.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A decision of an earlier review, and what had become of it when this one opened."""

    decision: Decision
    review_title: str
    item_title: str
    state: Since
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review: its agenda does not change after it opened; decisions are added until it closes.

    ``head_seq`` and ``head_hash`` are the ledger's newest entry when the agenda was frozen, ``since`` is
    from when on changes were gathered, ``n_more`` counts items that were left out for their number.
    """

    id: str
    title: str
    opened_at: datetime
    opened_by: str
    since: datetime
    head_seq: int
    head_hash: str
    items: tuple[Item, ...]
    earlier: tuple[Earlier, ...] = ()
    n_more: int = 0
    attendees: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether decisions can still be recorded."""
        return self.closed_at is None

    def decided(self, item: Item) -> Decision | None:
        """Return the decision that stands for an item; a note stands only where there is nothing else."""
        found = [one for one in self.decisions if one.item == item.id and one.outcome.stands]
        if not item.tells:
            found = [one for one in found if one.choice is not Choice.NOTE]
        return found[-1] if found else None

    def about(self, item: Item) -> tuple[Decision, ...]:
        """Return all that was recorded about an item, oldest first."""
        return tuple(one for one in self.decisions if one.item == item.id)

    @property
    def n_decided(self) -> int:
        """How many items are decided."""
        return sum(self.decided(item) is not None for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One review in the list of all."""

    id: str
    title: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    n_items: int
    n_decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewScope:
    """Which review is shown, None for the list of all."""

    review: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """The Review page: all reviews, the latest first, and the one that the link names.

    ``since`` is from when on the next review would gather.
    """

    as_of: datetime
    reviews: tuple[ReviewLine, ...]
    review: Review | None
    since: datetime
