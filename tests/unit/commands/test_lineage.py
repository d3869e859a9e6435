"""The commands of lineage: what they print for people, and what they take in."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.domain import Health, Status
from core.receipts import IngestReceipt
from core.views.datasets import (
    Dataset,
    DatasetDrift,
    DatasetScope,
    DatasetsView,
    DatasetVersion,
    FeatureRow,
    FeatureUse,
)
from tests.app.made_lineage import dataset_drift

NODES = [
    {"id": "source:a", "kind": "source", "name": "core.payments", "detail": "dwh"},
    *({"id": f"feature:{i}", "kind": "feature", "name": f"f{i}", "detail": ""} for i in range(14)),
]
LIVE = [
    {"model": "credit", "version": "3", "owner": None, "decisions": ["Promote v3: done, ann, 1 Nov 2026"]}
]
VIEW = DatasetsView(
    at=datetime(2026, 11, 1, tzinfo=UTC),
    scope=DatasetScope(),
    datasets=(
        Dataset(
            name="train",
            models=("credit",),
            sources=(),
            versions=(
                DatasetVersion(
                    id="dataset:train@d1",
                    digest="d1",
                    n_rows=4000,
                    columns=(),
                    used_for="training",
                    at=None,
                    versions=("credit v3",),
                    live=(),
                    labels="column repaid",
                ),
            ),
            changes=("age came",),
        ),
    ),
    features=(
        FeatureRow(
            name="income",
            kind="numeric",
            uses=(
                FeatureUse(
                    model="credit", owner="risk", metric="psi", value=0.3, limit=0.2, status=Status.FAIL
                ),
                FeatureUse(model="fraud", owner=None),
            ),
            columns=("core.payments.amount",),
            health=Health.CRITICAL,
        ),
    ),
    n_datasets=1,
    n_features=1,
)


class FakeClient:
    """Answers with fixed values, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def lineage(self, model: str | None = None, *, impact: str | None = None, form: str = "json") -> str:
        live = LIVE if impact == "core.payments" else []
        return (
            "flowchart LR\n" if form == "mermaid" else json.dumps({"nodes": NODES, "edges": [], "live": live})
        )

    def datasets_view(self, scope: DatasetScope) -> DatasetsView:
        return VIEW

    def dataset_drift(self, before: str, after: str) -> DatasetDrift:
        return dataset_drift(before, after)

    def send_lineage(self, events: list[Any]) -> IngestReceipt:
        self.sent += events
        return IngestReceipt(accepted=len(events), quarantined=0, duplicate=0)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    made = FakeClient()
    monkeypatch.setattr("core.client.connect", lambda *_, **__: made)
    return made


def run(*words: str) -> Result:
    done = CliRunner().invoke(cli.main, list(words))
    assert done.exit_code in (0, 2), done.output
    return done


def test_lineage_is_told_layer_by_layer_and_whom_it_hits(client: FakeClient) -> None:
    said = run("lineage", "credit").stdout
    assert said.startswith("Sources (1)\n  core.payments (dwh)\nFeatures (14)\n  f0\n")
    assert "… and 2 more" in said
    hit = run("lineage", "--impact", "core.payments").stdout
    assert hit.endswith("credit version 3, owner not said\n    Promote v3: done, ann, 1 Nov 2026\n")
    assert "No model in production is known to hang on core.x." in run("lineage", "--impact", "core.x").stdout


def test_documents_are_printed_as_they_come(client: FakeClient) -> None:
    assert run("lineage", "credit", "--format", "mermaid").stdout == "flowchart LR\n"
    plain, as_json = (
        run("lineage", "credit", "--format", "json").stdout,
        run("lineage", "credit", "--json").stdout,
    )
    assert json.loads(plain) == json.loads(as_json) == {"nodes": NODES, "edges": [], "live": []}


def test_data_sets_and_features_are_told(client: FakeClient) -> None:
    assert run("datasets").stdout == (
        "train: credit\n  d1 for training, 4,000 rows, read for credit v3; labels: column repaid\n"
        "  changed: age came\n"
    )
    assert run("features").stdout == (
        "income (numeric) from core.payments.amount\n  credit: FAIL psi 0.300, limit 0.2\n"
        "  fraud: no drift judged yet\n"
    )
    assert json.loads(run("features", "--json").stdout)[0]["name"] == "income"


def test_two_versions_are_told_column_by_column(client: FakeClient) -> None:
    told = run("datasets", "--drift", "train@77aa10", "9f2c61").stdout
    assert told.startswith("train@77aa10: 4,000 rows\n9f2c61: 3,000 rows; the file is not what was logged\n")
    assert "  income (numeric): FAIL; mean 4.12e+04 before, mean 5.29e+04, 2.0% missing now\n" in told
    assert "    FAIL psi 0.310 (0.280 to 0.340), limit 0.2\n" in told
    assert told.endswith("Not in both files: age.\nNo features of lending: id.\n")
    as_json = json.loads(run("datasets", "--drift", "a", "b", "--json").stdout)
    assert as_json["columns"][0]["distances"][0]["status"] == "FAIL"


def test_a_feast_registry_is_taken_in_first(client: FakeClient, tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    file.write_text(json.dumps({"project": "p", "featureViews": [{"spec": {"name": "spend"}}]}))
    done = run("features", "--feast", str(file))
    assert "1 feature views taken in" in done.stderr
    assert client.sent[0]["job"] == {"namespace": "feast://p", "name": "spend", "facets": {}}
    file.write_text("{")
    assert "registry-dump" in run("features", "--feast", str(file)).stderr
