"""The part of the fake client that answers with made lineages and runs."""

from core.views.datasets import DatasetDrift, DatasetScope, DatasetsView
from core.views.lineage import LineageScope, LineageView
from core.views.runs import RunsScope, RunsView

from .made_lineage import dataset_drift, datasets_view, lineage_view
from .made_runs import runs_view


class FakeLineage:
    """Answers about lineage and runs; see :class:`tests.app.fake_client.FakeClient`."""

    n_models: int
    n_objects: int
    runs: RunsView | None

    def _check(self, model: str | None) -> None:
        raise NotImplementedError

    def datasets_view(self, scope: DatasetScope) -> DatasetsView:
        """Return data sets and features of a model that uses one of each."""
        self._check(None)
        return datasets_view(scope)

    def dataset_drift(self, before: str, after: str) -> DatasetDrift:
        """Return two versions, one column of which has moved."""
        self._check(None)
        return dataset_drift(before, after)

    def lineage_view(self, scope: LineageScope) -> LineageView:
        """Return what a model is made of."""
        self._check(None)
        return lineage_view(scope, n=self.n_objects, n_models=self.n_models)

    def runs_view(self, scope: RunsScope) -> RunsView:
        """Return the runs of a model's experiments."""
        self._check(scope.model)
        return self.runs or runs_view(scope)
