"""A candidate in a real MLflow registry: one run and one version, however often it is registered."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.adapters import mlflow_candidates
from core.adapters.mlflow_registry import MlflowRegistry
from core.errors import Conflict, NotFound
from core.ports import Candidate, DataFile
from core.retrain import TAG


@pytest.fixture
def candidate(registry, tmp_path: Path) -> Candidate:
    registry.download("credit", "1", tmp_path / "files")
    snapshot = tmp_path / "snapshot.parquet"
    snapshot.write_bytes(b"rows")
    return Candidate(
        id="c0ffee",
        author="ann",
        folder=tmp_path / "files",
        data=(
            DataFile(name="snapshot", context="training", path=snapshot, digest="d1", n_rows=7, copied=False),
            DataFile(name="held-out", context="evaluation", path=snapshot, digest="d2", n_rows=2),
        ),
        params={"C": "1.0"},
        metrics={"roc_auc": 0.8},
        tags={"trimtab.from_version": "1"},
    )


@pytest.fixture
def model(publisher, request) -> str:
    name = f"retrained-{request.node.name.replace('[', '-').strip(']')}"
    publisher.add_models([name])
    return name


def runs_of(registry: MlflowRegistry, model: str) -> list:
    door = registry._door()
    experiment = door.runs.get_experiment_by_name(model)
    from mlflow.entities import ViewType

    return list(door.runs.search_runs([experiment.experiment_id], "", ViewType.ALL))


def test_version_run_data_and_files(registry, candidate, model, tmp_path) -> None:
    version = registry.register(model, candidate)
    assert version == "2"
    found = next(one for one in registry.model(model).versions if one.version == version)
    assert found.tags[TAG] == "c0ffee"
    assert found.tags["trimtab.from_version"] == "1"
    (run,) = runs_of(registry, model)
    assert run.info.status == "FINISHED"
    assert (run.data.params, run.data.metrics) == ({"C": "1.0"}, {"roc_auc": 0.8})
    inputs = {one.dataset.name: one for one in run.inputs.dataset_inputs}
    assert candidate.data[0].path.as_uri() in inputs["snapshot"].dataset.source
    assert [tag.value for tag in inputs["snapshot"].tags] == ["training"]
    assert not list(Path(run.info.artifact_uri).rglob("snapshot.parquet")), "rows are not copied"
    assert list(Path(run.info.artifact_uri).rglob("held-out.parquet"))
    registry.download(model, version, tmp_path / "back")
    assert (tmp_path / "back" / "MLmodel").read_bytes() == (candidate.folder / "MLmodel").read_bytes()
    assert registry.signature(model, version) is not None
    assert "ann" in registry.authors(model, version)


def test_the_same_again_is_the_same_version(registry, candidate, model) -> None:
    assert [registry.register(model, candidate) for _ in range(2)] == ["2", "2"]
    assert registry.register(model, replace(candidate, id="other")) == "3"


@pytest.mark.parametrize("cut_off_at", ["log_inputs", "finish", "create_model_version"])
def test_what_was_cut_off_is_finished_by_asking_again(
    registry, candidate, model, monkeypatch, cut_off_at
) -> None:
    class Died(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as broken:
        target = (
            registry._door().models if cut_off_at == "create_model_version" else mlflow_candidates.mlflow_runs
        )
        broken.setattr(target, cut_off_at, dies)
        with pytest.raises(Died):
            registry.register(model, candidate)
    assert len(registry.model(model).versions) == 1, "no half candidate"
    assert registry.register(model, candidate) == "2"
    (run,) = runs_of(registry, model)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"roc_auc": 0.8}
    assert len(run.inputs.dataset_inputs) == 2


def test_a_read_only_registry_and_an_unknown_model(registry, candidate) -> None:
    guarded = MlflowRegistry(replace(registry._settings, writable=False), artifacts=registry._artifacts)
    with pytest.raises(Conflict, match="read-only"):
        guarded.register("credit", candidate)
    with pytest.raises(NotFound, match="nobody"):
        registry.register("nobody", candidate)
