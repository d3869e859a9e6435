"""The client's calls about explanations."""

from typing import cast
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.explain import Explained, GlobalExplanation
from core.job import Job
from core.views.explain import ExplainScope, ExplainView


class ExplanationCalls(Asker):
    """What :class:`core.client.Client` can ask about explanations."""

    def explain_view(self, scope: ExplainScope) -> ExplainView:
        """Return what a page shows of what a version leans on."""
        answer = self._send("GET", "views/explain", params=wire.parameters_of(scope))
        return wire.value_of(ExplainView, answer.content)

    def ask_explanation(self, model: str, row: str) -> Job:
        """Ask why a prediction came out as it did; the same job while what it explained holds."""
        answer = self._send("POST", f"models/{quote(model, safe='')}/explanation", params={"id": row})
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def explanation(self, model: str, row: str) -> Explained:
        """Return the latest explanation of a prediction; raises ``NotFound`` before there is one."""
        found = self._get(f"models/{quote(model, safe='')}/explanation", {"id": row})
        return wire.explained_of(cast("wire.ExplainedObject", found))

    def keep_explanation(self, model: str, row: str) -> Explained:
        """Keep the latest explanation of a prediction with the decision; one that is kept stays as it is."""
        answer = self._send("POST", f"models/{quote(model, safe='')}/explanation/keep", params={"id": row})
        return wire.explained_of(cast("wire.ExplainedObject", answer.json()))

    def ask_importance(self, model: str, version: str | None = None) -> Job:
        """Ask what a version, the champion by default, leans on."""
        asked = {} if version is None else {"version": version}
        answer = self._send("POST", f"models/{quote(model, safe='')}/importance", params=asked)
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def importance(self, model: str, version: str | None = None) -> list[GlobalExplanation]:
        """Return what versions of a model lean on, the latest first: of one version, or of all."""
        asked = {} if version is None else {"version": version}
        found = self._get(f"models/{quote(model, safe='')}/importance", asked)
        return [wire.importance_of(one) for one in cast("list[wire.ImportanceObject]", found)]
