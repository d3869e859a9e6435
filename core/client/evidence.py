"""The client's calls about evidence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import cast
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.form import Inventoried
from core.job import Job
from core.views.governance import (
    EvidenceView,
    FleetEvidence,
    GovernanceScope,
    GovernanceView,
    PackNote,
    fleet_summed_up,
)


class EvidenceCalls(Asker):
    """What :class:`core.client.Client` can ask about evidence."""

    def packs(self) -> tuple[PackNote, ...]:
        """List the rule packs."""
        return wire.value_of(tuple[PackNote, ...], self._send("GET", "packs").content)

    def evidence(self, model: str, *, pack: str | None = None) -> EvidenceView:
        """Say how the evidence of a model stands, by one pack or by all that concern it by default."""
        asked = {} if pack is None else {"pack": pack}
        answer = self._send("GET", f"models/{quote(model, safe='')}/evidence", params=asked)
        return wire.value_of(EvidenceView, answer.content)

    def fleet_evidence(self, pack: str, *, said: Callable[[int, int], None] | None = None) -> FleetEvidence:
        """Say how the evidence of every model that a pack concerns stands, asking for some at a time.

        Parameters
        ----------
        said
            Is told after each answer how many models are known, and of how many.
        """
        views: list[EvidenceView] = []
        after: str | None = ""
        while True:
            asked = {"pack": pack, "after": after or ""}
            page = wire.value_of(FleetEvidence, self._send("GET", "evidence", params=asked).content)
            views += page.models
            if said is not None:
                said(len(views), page.n_models)
            after = page.following
            if after is None:
                summary = fleet_summed_up(views, page.inventory)
                return replace(page, models=tuple(views), summary=summary)

    def evidence_file(self, model: str, name: str, *, pack: str | None = None) -> bytes:
        """Return one document of a model, evidence.html or model-card.md say."""
        asked = {} if pack is None else {"pack": pack}
        path = f"models/{quote(model, safe='')}/evidence/files/{quote(name, safe='')}"
        return self._send("GET", path, params=asked).content

    def make_archive(self, model: str, *, pack: str | None = None) -> Job:
        """Ask for the ZIP of a model's evidence; the same one while nothing has changed since."""
        asked = {} if pack is None else {"pack": pack}
        answer = self._send("POST", f"models/{quote(model, safe='')}/evidence/archive", params=asked)
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def governance_view(self, scope: GovernanceScope) -> GovernanceView:
        """Return a part of the Governance page."""
        answer = self._send("GET", "views/governance", params=wire.parameters_of(scope))
        return wire.value_of(GovernanceView, answer.content)

    def fill_form(
        self,
        model: str,
        item: str,
        *,
        text: str,
        owner: str | None = None,
        until: datetime | str | None = None,
    ) -> EvidenceView:
        """Write down what a human item (pack/item) asks for; ``until`` is a time or a span from now."""
        ends = until if until is None or isinstance(until, str) else wire.moment(until)
        given = {"text": text, "owner": owner, "until": ends}
        return wire.value_of(EvidenceView, self._send("POST", _of(model, item), json=given).content)

    def accept_evidence(self, model: str, item: str) -> EvidenceView:
        """Stand for what an item (pack/item) says now."""
        return wire.value_of(EvidenceView, self._send("POST", f"{_of(model, item)}/accept").content)

    def inventory(self) -> tuple[Inventoried, ...]:
        """List the models that no registry holds."""
        return wire.value_of(tuple[Inventoried, ...], self._send("GET", "inventory").content)

    def add_to_inventory(
        self,
        name: str,
        *,
        kind: str,
        owner: str,
        risk: str = "medium",
        unit: str | None = None,
        use_case: str | None = None,
        vendor: str | None = None,
        note: str = "",
    ) -> Inventoried:
        """Put a model into the inventory, or change what is said of it."""
        wish = {
            "name": name,
            "kind": kind,
            "owner": owner,
            "risk": risk,
            "unit": unit,
            "use_case": use_case,
            "vendor": vendor,
            "note": note,
        }
        return wire.value_of(Inventoried, self._send("POST", "inventory", json=wish).content)

    def remove_from_inventory(self, name: str) -> tuple[Inventoried, ...]:
        """Take a model out of the inventory, and return those that are left."""
        answer = self._send("POST", f"inventory/{quote(name, safe='')}/remove")
        return wire.value_of(tuple[Inventoried, ...], answer.content)


def _of(model: str, item: str) -> str:
    pack, _, name = item.partition("/")
    return f"models/{quote(model, safe='')}/evidence/{quote(pack, safe='')}/{quote(name, safe='')}"
