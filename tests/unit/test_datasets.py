"""Drift between versions of data sets: what is at hand is compared, and nothing else is read."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.action import ActionStatus
from core.config import Workspace, create_workspace
from core.datasets import files
from core.domain import ModelVersion, Status
from core.errors import Conflict, InvalidInput, NotFound
from core.lineage.desk import Drawn
from core.lineage.graph import Graph
from core.logs.upload import sniff
from core.ports import RegisteredModel, RunInput, RunRecord
from core.retrain import Retrain
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.datasets import ColumnDrift, DatasetScope
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows


def written(file: Path, table: pa.Table) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file)
    return file


def logged(file: Path, *, name: str = "train", digest: str | None = None) -> RunInput:
    found = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return RunInput(
        name=name, digest=digest or found, context="training", source=f"file://{quote(str(file))}"
    )


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunInput]:
    """Two versions of one data set with incomes moved, and files that nobody may read."""
    folder = tmp_path_factory.mktemp("datasets")
    place = folder / "w" / "artifacts" / "1" / "a run"
    before = rows(0, 2, n=1500)
    before = before.drop_columns(["score", "decision"]).append_column("batch", pa.array(["x"] * 3000))
    after = (
        rows(5, 2, n=1500, shift=1.5).drop_columns(["score"]).append_column("batch", pa.array(["y"] * 3000))
    )
    first = written(place / "first.parquet", before)
    secret = written(folder / "secret.parquet", before)
    link = place / "link.parquet"
    link.symlink_to(secret)
    in_root = written(folder / "w" / "spool" / "rows.parquet", before)
    broken = place / "broken.parquet"
    broken.write_bytes(b"PAR1 no more")
    return {
        "first": logged(first),
        "second": logged(written(place / "second.parquet", after)),
        "changed": logged(first, name="changed", digest="00" * 8),
        "short": logged(first, name="short", digest="1a2b3c4d"),
        "outside": logged(secret, name="outside", digest="a0" * 8),
        "link": logged(link, name="link", digest="a1" * 8),
        "spool": logged(in_root, name="spool", digest="a2" * 8),
        "climbing": replace(
            logged(secret, name="climbing", digest="a3" * 8), source=f"{place}/../../../../secret.parquet"
        ),
        "remote": RunInput(name="remote", digest="a4" * 8, source="s3://lake/train.parquet"),
        "gone": RunInput(name="gone", digest="a5" * 8, source=str(place / "gone.parquet")),
        "broken": logged(broken, name="broken", digest="a6" * 8),
        "stranger": logged(first, name="stranger", digest="a7" * 8),
    }


@pytest.fixture(scope="module")
def trimtab(inputs: dict[str, RunInput]) -> Iterator[Trimtab]:
    root = Path(inputs["gone"].source).parents[3]
    ours = tuple(one for name, one in inputs.items() if name != "stranger")
    registry = FakeRegistry(
        runs={
            "r1": RunRecord(registry="local", run_id="r1", ended_at=DAY_0, inputs=ours),
            "r2": RunRecord(registry="local", run_id="r2", ended_at=DAY_0, inputs=(inputs["stranger"],)),
        }
    )
    for model, run in (("loans", "r1"), ("unwatched", "r2")):
        version = ModelVersion(registry="local", model=model, version="1", run_id=run)
        registry.registered[model] = RegisteredModel(
            registry="local", name=model, aliases={"champion": "1"}, versions=[version]
        )
    opened = Trimtab(
        settings=create_workspace(Workspace(root), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(root / "state.db"),
        registries={"local": registry},
        clock=FixedClock(DAY_0 + timedelta(days=12)),
    )
    opened.refresh_registry()
    opened.watch(SPEC, reference=sniff(written(root.parent / "reference.parquet", rows(-8, 8))))
    opened.lineage.runs.take()
    yield opened
    opened.close()


def ref(one: RunInput) -> str:
    return f"{one.name}@{one.digest}"


def test_the_column_that_moved_is_found_with_the_models_limits(
    trimtab: Trimtab, inputs: dict[str, RunInput]
) -> None:
    found = trimtab.datasets.drift(ref(inputs["first"]), inputs["second"].digest)
    columns: dict[str, ColumnDrift] = {one.name: one for one in found.columns}
    assert [one.name for one in found.columns] == ["income", "channel"], "the worst first, features only"
    assert columns["income"].status is Status.FAIL
    assert columns["channel"].status is Status.PASS
    psi = next(one for one in columns["income"].distances if one.metric == "psi")
    assert (psi.n, psi.n_reference, psi.status) == (3000, 3000, Status.FAIL)
    assert psi.value is not None
    assert psi.limit_high is not None
    assert psi.value > psi.limit_high
    assert columns["income"].before.mean == pytest.approx(0.0, abs=0.1)
    assert columns["income"].after.mean == pytest.approx(1.5, abs=0.1)
    assert columns["channel"].before.commonest in {"web", "branch", "phone"}
    assert (found.model, found.before.n_rows, found.before.note, found.after.note) == ("loans", 3000, "", "")
    assert set(found.beside) == {"id", "at", "sex", "repaid", "batch"}


def test_a_version_lies_nowhere_from_itself(trimtab: Trimtab, inputs: dict[str, RunInput]) -> None:
    found = trimtab.datasets.drift(ref(inputs["first"]), ref(inputs["first"]))
    assert {one.value for column in found.columns for one in column.distances if one.metric == "psi"} == {0.0}


def test_a_file_that_is_not_what_was_logged_is_said_to_be_so(
    trimtab: Trimtab, inputs: dict[str, RunInput]
) -> None:
    found = trimtab.datasets.drift("changed", "short")
    assert found.before.note.startswith("the file is not what was logged: its SHA-256 begins")
    assert "cannot be told" in found.after.note
    assert found.before.sha256.startswith(inputs["first"].digest)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("outside", "outside the workspace's artifacts"),
        ("link", "outside the workspace's artifacts"),
        ("spool", "outside the workspace's artifacts"),
        ("climbing", "outside the workspace's artifacts"),
        ("remote", "it lies at s3://lake/train.parquet"),
        ("gone", "its file is gone"),
    ],
)
def test_nothing_is_read_but_the_workspaces_own_artifacts(
    trimtab: Trimtab, inputs: dict[str, RunInput], name: str, why: str
) -> None:
    with pytest.raises(Conflict, match=why):
        trimtab.datasets.drift(ref(inputs["first"]), ref(inputs[name]))
    told = {one.ref: one.missing for one in trimtab.datasets_view(DatasetScope()).files}
    assert why in told[ref(inputs[name])]
    assert told[ref(inputs["first"])] == ""


def test_what_cannot_be_asked_says_why(trimtab: Trimtab, inputs: dict[str, RunInput]) -> None:
    first = ref(inputs["first"])
    for unknown in ("train@ffffffff", inputs["gone"].source, "../secret.parquet", first[:8]):
        with pytest.raises(NotFound):
            trimtab.datasets.drift(first, unknown)
    with pytest.raises(InvalidInput, match="names several"):
        trimtab.datasets.drift(first, "train")
    with pytest.raises(Conflict, match="No watched model was made of both"):
        trimtab.datasets.drift(first, "stranger")
    with pytest.raises(InvalidInput, match="cannot be read as Parquet"):
        trimtab.datasets.drift(first, "broken")


def test_a_file_of_too_many_rows_is_refused_before_it_is_read(
    trimtab: Trimtab, inputs: dict[str, RunInput], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.datasets.desk.MOST_ROWS", 2999)
    with pytest.raises(InvalidInput, match=r"has 3,000 rows; up to 2,999 are compared .*trimtab compare"):
        trimtab.datasets.drift(ref(inputs["first"]), ref(inputs["second"]))


def test_a_retraining_keeps_its_snapshot_and_what_it_held_out(trimtab: Trimtab) -> None:
    root = trimtab.settings.workspace.root
    table = rows(0, 1)
    snapshot = written(root / "retrains" / "r7" / "snapshot.parquet", table)
    written(root / "retrains" / "r7" / "evaluation.parquet", table.slice(0, 100))
    digest = hashlib.sha256(snapshot.read_bytes()).hexdigest()
    asked = Retrain(
        id="r7",
        registry="local",
        model="loans",
        from_version="1",
        generation=0,
        status=ActionStatus.DONE,
        reason="new branch",
        actor="ann",
        asked_at=DAY_0,
        evidence={"snapshot": f"sha256:{digest}"},
    )
    none = Drawn(stamp=None, graph=Graph((), ()), runs={})
    held_out, kept = files.kept(none, [asked], trimtab.settings.workspace)
    assert (held_out.ref, held_out.missing) == ("loans-held-out-r7", "")
    assert kept.ref == f"loans-snapshot-r7@{digest[:36]}"
    assert kept.models == {"loans", "local/loans"}
    assert files.note(kept, digest) == ""
    assert files.named([held_out, kept], digest[:8]) is kept
    snapshot.unlink()
    assert "gone" in files.kept(none, [asked], trimtab.settings.workspace)[1].missing
