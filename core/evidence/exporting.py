"""Evidence as files: each document of a model; :mod:`core.evidence.archives` has them all in one ZIP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version

from core import wire
from core.errors import NotFound, suggestion
from core.evidence.exports.bom import ml_bom
from core.evidence.exports.card import model_card
from core.evidence.exports.dossier import Dossier, Number
from core.evidence.exports.page import evidence_page
from core.evidence.facts import ModelFacts
from core.lineage import exported, written
from core.lineage.desk import Answer, Lineage
from core.lineage.graph import Graph
from core.store import AnalyticsStore, StoredMonitor, statement
from core.store.judgements import aware
from core.views.governance import EvidenceView

JSON, PAGE, CARD, BOM, LINEAGE, EVENTS, DRAWING = (
    "evidence.json",
    "evidence.html",
    "model-card.md",
    "ml-bom.cdx.json",
    "lineage.json",
    "openlineage.json",
    "lineage.mmd",
)
KINDS: Mapping[str, str] = {
    JSON: "application/json",
    PAGE: "text/html",
    CARD: "text/markdown",
    BOM: "application/vnd.cyclonedx+json",
    LINEAGE: "application/json",
    EVENTS: "application/json",
    DRAWING: "text/plain",
}
"""The files of a model's evidence, and what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Every document of a model, name → content, as of ``made_at``; ``model`` is its full name."""

    model: str
    made_at: datetime
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """SHA-256 of all of them together, as 64 hex digits."""
        named = {name: sha256(content).hexdigest() for name, content in self.files.items()}
        return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


class Exporting:
    """What :class:`core.evidence.desk.EvidenceDesk` hands out as files."""

    _store: AnalyticsStore
    _lineage: Lineage

    def view(self, model: str, pack: str | None = None, *, signed: bool = True) -> EvidenceView:
        """Return how the evidence of one model stands; see the desk."""
        raise NotImplementedError

    def _facts(self, model: str) -> tuple[ModelFacts, StoredMonitor | None]:
        raise NotImplementedError

    def file(self, model: str, name: str, pack: str | None = None) -> bytes:
        """Return one document of a model; raises ``NotFound`` for another name, and as ``view`` does."""
        if name not in KINDS:
            raise NotFound("file of evidence", name, hint=suggestion(name, KINDS))
        return _Writing(self, self.view(model, pack)).file(name)

    def documents(self, model: str, pack: str | None = None, *, at: datetime | None = None) -> Documents:
        """Return every document of a model; raises as ``view`` does.

        Parameters
        ----------
        at
            Written into them as the time at which they were made, with nothing said of the ledger's newest
            signature: so equal documents are of equal content. None for the time that it is.
        """
        view = self.view(model, pack, signed=at is None)
        writing = _Writing(self, view if at is None else replace(view, as_of=at))
        files = {name: writing.file(name) for name in KINDS}
        return Documents(model=f"{view.registry}/{view.model}", made_at=view.as_of, files=files)

    def dossier(self, view: EvidenceView) -> Dossier:
        """Return all that documents about the model of a view are made of, as of that view."""
        facts, monitor = self._facts(f"{view.registry}/{view.model}")
        numbers = () if monitor is None else self._numbers(monitor.key)
        return Dossier(facts=replace(facts, now=view.as_of), evidence=view, numbers=numbers)

    def lineage(self, view: EvidenceView) -> Answer:
        """Return what the model of a view is made of: nothing, of one that has no version and no monitor."""
        try:
            return self._lineage.asked(f"{view.registry}/{view.model}")
        except NotFound:
            return Answer(graph=Graph((), ()), live=())

    def _numbers(self, key: str) -> tuple[Number, ...]:
        with self._store.reading() as cursor:
            rows = cursor.execute(statement("evidence_numbers"), {"model_key": key}).fetchall()
        return tuple(
            Number(
                role=role,
                metric=metric,
                feature=feature,
                value=value,
                low=low,
                high=high,
                n=n,
                unit=unit,
                status=status,
                window=window,
                start=aware(start),
                end=aware(end),
                version=of,
            )
            for role, metric, feature, value, low, high, n, unit, status, window, start, end, of in rows
        )


class _Writing:
    """Writes documents of one model, reading what it needs once."""

    def __init__(self, source: Exporting, view: EvidenceView) -> None:
        self._source = source
        self._view = view

    def file(self, name: str) -> bytes:
        match name:
            case "evidence.json":
                return wire.value_json(self._view)
            case "evidence.html":
                return evidence_page(self._view).encode()
            case "model-card.md":
                return model_card(self._dossier).encode()
            case "ml-bom.cdx.json":
                return ml_bom(self._dossier, tool_version=version("trimtab")).encode()
            case "openlineage.json":
                return _json(exported.openlineage(self._drawn.graph, now=self._view.as_of))
            case "lineage.mmd":
                return written.mermaid(self._drawn.graph).encode()
            case _:
                return _json(written.document(self._drawn.graph, self._drawn.live))

    @cached_property
    def _dossier(self) -> Dossier:
        return self._source.dossier(self._view)

    @cached_property
    def _drawn(self) -> Answer:
        return self._source.lineage(self._view)


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
