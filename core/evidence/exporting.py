"""Evidence as files: each document of a model, and the ZIP of them all."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from core import wire
from core.errors import NotFound, suggestion
from core.evidence.exports.archive import write_pack
from core.evidence.exports.bom import ml_bom
from core.evidence.exports.card import model_card
from core.evidence.exports.dossier import Dossier, Number
from core.evidence.exports.page import evidence_page
from core.evidence.facts import ModelFacts
from core.ledger import Ledger
from core.lineage import written
from core.lineage.desk import Lineage
from core.store import AnalyticsStore, StoredMonitor, statement
from core.store.judgements import aware
from core.views.governance import EvidenceView

JSON, PAGE, CARD, BOM, LINEAGE = (
    "evidence.json",
    "evidence.html",
    "model-card.md",
    "ml-bom.cdx.json",
    "lineage.json",
)
KINDS: Mapping[str, str] = {
    JSON: "application/json",
    PAGE: "text/html",
    CARD: "text/markdown",
    BOM: "application/vnd.cyclonedx+json",
    LINEAGE: "application/json",
}
"""The files of a model's evidence, and what they are."""


class Exporting:
    """What :class:`core.evidence.desk.EvidenceDesk` hands out as files."""

    _store: AnalyticsStore
    _ledger: Ledger
    _lineage: Lineage

    def view(self, model: str, pack: str | None = None) -> EvidenceView:
        """Return how the evidence of one model stands; see the desk."""
        raise NotImplementedError

    def _facts(self, model: str) -> tuple[ModelFacts, StoredMonitor | None]:
        raise NotImplementedError

    def file(self, model: str, name: str, pack: str | None = None) -> bytes:
        """Return one document of a model; raises ``NotFound`` for another name, and as ``view`` does."""
        if name not in KINDS:
            raise NotFound("file of evidence", name, hint=suggestion(name, KINDS))
        view = self.view(model, pack)
        if name == JSON:
            return wire.value_json(view)
        if name == PAGE:
            return evidence_page(view).encode()
        if name == LINEAGE:
            found = self._lineage.asked(f"{view.registry}/{view.model}")
            graph = written.document(found.graph, found.live)
            return (json.dumps(graph, indent=1, sort_keys=True) + "\n").encode()
        return self._document(name, self._dossier(model, view))

    def files(self, model: str, pack: str | None = None) -> dict[str, bytes]:
        """Return every document of a model, name → content."""
        return {name: self.file(model, name, pack) for name in KINDS}

    def archive(self, model: str, target: Path, *, pack: str | None, actor: str) -> None:
        """Write the ZIP of a model's evidence; see :func:`core.evidence.exports.archive.write_pack`."""
        files = self.files(model, pack)
        facts, _ = self._facts(model)
        write_pack(target, files, model=facts.model, actor=actor, ledger=self._ledger, now=facts.now)

    def _document(self, name: str, dossier: Dossier) -> bytes:
        if name == CARD:
            return model_card(dossier).encode()
        return ml_bom(dossier, tool_version=version("trimtab")).encode()

    def _dossier(self, model: str, view: EvidenceView) -> Dossier:
        facts, monitor = self._facts(model)
        numbers = () if monitor is None else self._numbers(monitor.key)
        return Dossier(facts=facts, evidence=view, numbers=numbers)

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
