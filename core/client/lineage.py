"""The client's calls about lineage: the graph, and what a page shows of it."""

from collections.abc import Mapping, Sequence
from typing import cast

from core import wire
from core.client.asker import Asker
from core.receipts import IngestReceipt
from core.views.datasets import DatasetDrift, DatasetScope, DatasetsView
from core.views.lineage import LineageScope, LineageView
from core.views.runs import RunsScope, RunsView


class LineageCalls(Asker):
    """What :class:`core.client.Client` can ask about lineage."""

    def lineage_view(self, scope: LineageScope) -> LineageView:
        """Return what the Lineage page shows."""
        # What is not said takes the scope's default, which is one link: all of them go as 0.
        asked = wire.parameters_of(scope) | ({"hops": "0"} if scope.hops is None else {})
        return wire.value_of(LineageView, self._send("GET", "views/lineage", params=asked).content)

    def datasets_view(self, scope: DatasetScope) -> DatasetsView:
        """Return data sets and features with who uses them."""
        answer = self._send("GET", "views/datasets", params=wire.parameters_of(scope))
        return wire.value_of(DatasetsView, answer.content)

    def dataset_drift(self, before: str, after: str) -> DatasetDrift:
        """Return how far one version of a data set lies from another; each by ``name@digest`` or digest."""
        asked = {"before": before, "after": after}
        return wire.value_of(DatasetDrift, self._send("GET", "datasets/drift", params=asked).content)

    def send_lineage(self, events: Sequence[Mapping[str, object]]) -> IngestReceipt:
        """Send OpenLineage events."""
        answer = self._send("POST", "lineage", json=list(events))
        return wire.ingest_of(cast("wire.IngestObject", answer.json()))

    def runs_view(self, scope: RunsScope) -> RunsView:
        """Return what the Runs tab shows."""
        found = self._send("GET", "views/runs", params=wire.parameters_of(scope))
        return wire.value_of(RunsView, found.content)

    def lineage(self, model: str | None = None, *, impact: str | None = None, form: str = "json") -> str:
        """Return the graph of a model, or of what an object reaches, as text.

        ``form`` is json, openlineage or mermaid.
        """
        asked = {"model": model, "impact": impact, "format": form}
        given = {name: text for name, text in asked.items() if text is not None}
        return self._send("GET", "lineage", params=given).text
