"""All that documents about one model are made of. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.evidence.facts import ModelFacts
from core.views.governance import EvidenceItem, EvidenceView, ItemState


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One verdict of the last window where its role is known; ``feature`` is a fairness's attribute."""

    role: str
    metric: str
    feature: str | None
    value: float
    low: float | None
    high: float | None
    n: int
    unit: str
    status: str
    window: int
    start: datetime | None
    end: datetime | None
    version: str

    @property
    def name(self) -> str:
        """The metric in words, with its attribute."""
        words = self.metric.replace("_", " ")
        return words if self.feature is None else f"{words} by {self.feature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One model as documents tell it: what is on record, its evidence, its latest numbers."""

    facts: ModelFacts
    evidence: EvidenceView
    numbers: tuple[Number, ...]

    @property
    def name(self) -> str:
        """The model's bare name."""
        return self.evidence.model

    @property
    def version(self) -> str:
        """The champion; "none" without one."""
        return self.evidence.version or "none"

    def said(self, items: Mapping[str, str]) -> tuple[tuple[str, EvidenceItem], ...]:
        """Return what people wrote about items (item → heading) and somebody accepted, in their order."""
        accepted = {
            one.item: one for one in self.evidence.items if one.text and one.state is ItemState.ACCEPTED
        }
        return tuple((heading, accepted[item]) for item, heading in items.items() if item in accepted)
