"""The client's calls about validations: how versions stand, documents, findings."""

from typing import cast
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.finding import Finding, Severity
from core.views.validation import ValidationView


class ValidationCalls(Asker):
    """What :class:`core.client.Client` can ask about validations."""

    def validation(self, model: str, version: str) -> ValidationView:
        """Say how a version stands after its latest validation."""
        answer = self._send("GET", f"{_of(model, version)}/validation")
        return wire.value_of(ValidationView, answer.content)

    def validation_report(self, model: str, version: str, *, form: str = "html") -> str:
        """Return a version's validation as a document: ``html`` or ``md``."""
        return self._send("GET", f"{_of(model, version)}/validation/report", params={"format": form}).text

    def findings(self, model: str, *, version: str | None = None, open_only: bool = False) -> list[Finding]:
        """List a model's findings, the open ones first."""
        asked = {"open": str(open_only).lower(), **({} if version is None else {"version": version})}
        found = self._get(f"models/{quote(model, safe='')}/findings", asked)
        return [wire.finding_of(one) for one in cast("list[wire.FindingObject]", found)]

    def open_finding(
        self,
        model: str,
        version: str,
        *,
        severity: Severity,
        title: str,
        owner: str | None = None,
        due: str | None = None,
    ) -> Finding:
        """Write down what is wrong with a version that no check found; ``due`` is a time or a span."""
        wish = {"severity": severity.value, "title": title, "owner": owner, "due": due}
        answer = self._send("POST", f"{_of(model, version)}/findings", json=wish)
        return wire.finding_of(cast("wire.FindingObject", answer.json()))

    def close_finding(self, identity: str, *, reason: str) -> Finding:
        """Close a finding."""
        answer = self._send("POST", f"findings/{quote(identity, safe='')}/close", json={"reason": reason})
        return wire.finding_of(cast("wire.FindingObject", answer.json()))


def _of(model: str, version: str) -> str:
    return f"models/{quote(model, safe='')}/versions/{quote(version, safe='')}"
