"""What a page shows of what production runs: who put it there, what may be pressed, what became of it."""

from dataclasses import dataclass
from datetime import datetime

from core.action import Action, ActionKind, Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionScope:
    """Whose actions."""

    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A change that may be asked for, or that may not, and why; ``version`` None is chosen by the evidence.

    What is said here rests on the registry as last read: the dialog asks it anew.
    """

    kind: ActionKind
    version: str | None
    allowed: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsView:
    """A model's champions, the latest first, what was asked for, the latest first, and what may be."""

    as_of: datetime
    name: str
    registry: str
    champion: str | None
    offers: tuple[Offer, ...]
    stays: tuple[Stay, ...]
    asked: tuple[Action, ...]

    @property
    def open(self) -> bool:
        """Whether anything is under way, so that it is worth looking again."""
        return any(not action.status.over for action in self.asked)

    @property
    def latest(self) -> Action | None:
        """What was asked for last, refusals apart: the one that can be undone."""
        return next((one for one in self.asked if one.status.changed), None)
