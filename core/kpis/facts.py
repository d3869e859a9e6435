"""What figures are computed from: plain values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.action import Move
from core.domain import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version that became champion by a promotion: when it was made, where the registry says, and when."""

    registry: str
    model: str
    version: str
    made_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the fleet as figures see it.

    ``validated``: its champion has a validation that passes and is not past its day. ``documented``: no item
    of its evidence is missing or stale; None where no rule asks for any. ``delay_s`` is the median delay of
    its labels, None where none came late.
    """

    registry: str
    name: str
    owner: str | None = None
    unit: str | None = None
    region: str | None = None
    champion: str | None = None
    monitored: bool = False
    validated: bool = False
    documented: bool | None = None
    delay_s: float | None = None
    n_overdue_findings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything since a time: models, promotions, all moves of champions, incidents.

    ``recorded_since`` is the ledger's first entry: before it nothing was counted. ``n_reviews`` counts
    reviews that were closed in the last 90 days.
    """

    since: datetime
    now: datetime
    models: Sequence[Model]
    releases: Sequence[Release] = ()
    moves: Sequence[Move] = ()
    incidents: Sequence[Incident] = ()
    n_reviews: int = 0
    recorded_since: datetime | None = None

    def of(self, models: Sequence[Model]) -> "Facts":
        """Return the facts of some of the models alone."""
        keys = {(one.registry, one.name) for one in models}
        names = {one.name for one in models}
        return replace(
            self,
            models=models,
            releases=[one for one in self.releases if (one.registry, one.model) in keys],
            moves=[one for one in self.moves if (one.registry, one.model) in keys],
            incidents=[one for one in self.incidents if names & set(one.names)],
        )
