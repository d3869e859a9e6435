"""The registry port on a real MLflow registry in SQLite."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.adapters.mlflow_registry import MlflowRegistry, _columns
from core.adapters.system_clock import SystemClock
from core.errors import Conflict, NotFound, Unavailable
from core.ports import Registry, SignatureColumn
from core.registry_settings import RegistrySettings
from tests.unit.adapters.conftest import training


def test_models_come_with_versions_aliases_and_tags(registry):
    credit = next(model for model in registry.models() if model.name == "credit")
    assert [version.version for version in credit.versions[:2]] == ["1", "2"]
    assert credit.aliases == {"champion": "1", "challenger": "2"}
    assert credit.registry == "local"
    assert credit.versions[0].run_id
    assert datetime.now(UTC) - credit.versions[0].created_at < timedelta(minutes=10)


def test_the_signature_names_its_columns(registry):
    assert registry.signature("credit", "1") == [
        SignatureColumn(name="income", kind="numeric"),
        SignatureColumn(name="age", kind="numeric"),
        SignatureColumn(name="channel", kind="categorical"),
    ]


def test_the_evaluation_data_is_copied(registry, tmp_path):
    path = registry.evaluation_data("credit", "1", tmp_path / "spool")
    assert path is not None
    assert path.is_relative_to(tmp_path / "spool")
    assert pq.read_table(path).num_rows == 40


def test_who_trained_a_version_is_known_by_its_run_and_a_registered_one_by_nobody(registry, publisher):
    run_id = next(one for one in registry.models() if one.name == "credit").versions[0].run_id
    from mlflow.entities import RunTag

    publisher._door.runs.set_tag(run_id, RunTag("mlflow.user", "tess"))
    assert "tess" in registry.authors("credit", "1")
    publisher.add_models(["orphan"])
    assert registry.authors("orphan", "1") <= {publisher._door.runs.get_run(run_id).info.user_id}
    with pytest.raises(NotFound):
        registry.authors("credit", "99")


def test_a_version_without_a_run_has_neither(registry, publisher, tmp_path):
    publisher.add_models(["elsewhere"])
    assert registry.signature("elsewhere", "1") is None
    assert registry.evaluation_data("elsewhere", "1", tmp_path) is None


def test_training_data_is_no_evaluation_data(registry, publisher, tmp_path):
    given = training(tmp_path, model="no-evaluation")
    given = replace(given, data=[replace(given.data[0], context="training")])
    version = publisher.publish(given)
    assert registry.evaluation_data("no-evaluation", version, tmp_path) is None


def test_evaluation_data_outside_the_run_is_not_followed(registry, publisher, tmp_path):
    secret = tmp_path / "secret.parquet"
    secret.write_bytes(b"rows of somebody else")
    given = training(tmp_path, model="pointing-elsewhere")
    version = publisher.publish(given)
    run_id = next(m for m in registry.models() if m.name == "pointing-elsewhere").versions[0].run_id
    from mlflow.entities import Dataset, DatasetInput, InputTag

    runs = publisher._door.runs
    root = runs.get_run(run_id).info.artifact_uri
    for digest, uri in [
        ("o1", str(secret)),
        ("o2", f"{root}/data/../../../x.parquet"),
        ("o3", "http://h/x.parquet"),
    ]:
        pointing = Dataset("outside", digest, "local", f'{{"uri": "{uri}"}}')
        runs.log_inputs(run_id, [DatasetInput(pointing, [InputTag("mlflow.data.context", "eval")])])
    found = registry.evaluation_data("pointing-elsewhere", version, tmp_path)
    assert found is not None
    assert pq.read_table(found).num_rows == 40


@pytest.mark.parametrize("name", ["credit", "nobody"])
def test_what_is_not_there_is_not_found(registry, tmp_path, name):
    with pytest.raises(NotFound, match=f"{name} 99"):
        registry.signature(name, "99")
    with pytest.raises(NotFound, match=f"{name} 99"):
        registry.evaluation_data(name, "99", tmp_path)


def test_a_model_is_registered_once(registry):
    registry.ensure_model("fresh")
    registry.ensure_model("fresh")
    assert [model.name for model in registry.models()].count("fresh") == 1


def test_a_read_only_registry_is_not_changed(settings, registry):
    reader = MlflowRegistry(replace(settings, writable=False), artifacts=Path("unused"))
    with pytest.raises(Conflict, match="read-only"):
        reader.ensure_model("nothing")
    assert "nothing" not in [model.name for model in registry.models()]


def test_an_own_registry_that_was_never_made_is_empty_and_stays_unmade(tmp_path):
    own = RegistrySettings(name="local", uri=f"sqlite:///{tmp_path}/mlflow.db", writable=True)
    assert MlflowRegistry(own, artifacts=tmp_path / "artifacts").models() == []
    assert list(tmp_path.iterdir()) == []


def test_another_registrys_missing_file_is_an_error_and_stays_missing(tmp_path):
    other = RegistrySettings(name="prod", uri=f"sqlite:///{tmp_path}/gone.db")
    with pytest.raises(Unavailable, match=r"'prod'.*gone\.db"):
        MlflowRegistry(other, artifacts=tmp_path).models()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"not a database at all" * 100)
    bad = RegistrySettings(name="bad", uri=f"sqlite:///{tmp_path}/bad.db")
    with pytest.raises(Unavailable, match="Registry 'bad'"):
        MlflowRegistry(bad, artifacts=tmp_path).models()


def test_an_unset_variable_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    closed = RegistrySettings(name="prod", uri="http://127.0.0.1:9", token_env="NO_SUCH_TOKEN")
    with pytest.raises(Unavailable, match="NO_SUCH_TOKEN"):
        MlflowRegistry(closed, artifacts=tmp_path).models()


def test_an_address_shows_no_credentials(tmp_path):
    entry = RegistrySettings(name="prod", uri="https://ann:${PW}@ml.example:8443/base")
    assert MlflowRegistry(entry, artifacts=tmp_path).address == "https://ml.example:8443/base"


@pytest.mark.slow
def test_nothing_is_written_to_the_current_folder(settings, registry, tmp_path):
    script = (
        "from pathlib import Path\n"
        "from core.adapters.mlflow_registry import MlflowRegistry\n"
        "from core.registry_settings import RegistrySettings\n"
        f"entry = RegistrySettings(name='local', uri={settings.uri!r})\n"
        f"print(len(MlflowRegistry(entry, artifacts=Path({str(tmp_path / 'artifacts')!r})).models()) > 0)\n"
    )
    here = tmp_path / "here"
    here.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"
    assert list(here.iterdir()) == []


def test_making_one_is_cheap_and_imports_no_mlflow():
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from core.adapters.mlflow_registry import MlflowRegistry\n"
        "from core.registry_settings import RegistrySettings\n"
        "MlflowRegistry(RegistrySettings(name='l', uri='sqlite:///x.db'), artifacts=Path('a'))\n"
        "print('mlflow' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_it_is_a_registry(registry):
    port: Registry = registry
    assert (port.name, port.writable) == ("local", True)


@pytest.mark.parametrize(
    "text",
    ["", "{", "signature: null", "signature: {inputs: null}", "signature: {inputs: 'no json'}", "[]", "1"],
)
def test_a_model_file_without_a_readable_signature_has_none(text):
    assert _columns(text) is None


def test_tensors_and_times_are_no_columns():
    assert _columns("""signature: {inputs: '[{"type": "tensor", "tensor-spec": {}}]'}""") is None
    kept = _columns(
        """signature: {inputs: '[{"type": "datetime", "name": "at"}, {"type": "boolean", "name": "b"},"""
        """ {"type": "long", "name": "n"}, {"type": "array", "name": "a"}]'}"""
    )
    assert kept == [
        SignatureColumn(name="b", kind="categorical"),
        SignatureColumn(name="n", kind="numeric"),
    ]


def test_the_clock_is_in_utc():
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


def test_an_alias_is_set_read_back_and_taken_away(registry, publisher):
    publisher.add_models(["moving"])
    registry.set_alias("moving", "champion", "1")
    assert registry.model("moving").aliases == {"champion": "1"}
    assert [one.version for one in registry.model("moving").versions] == ["1"]
    registry.drop_alias("moving", "champion")
    registry.drop_alias("moving", "champion")
    assert registry.model("moving").aliases == {}


def test_an_alias_goes_to_versions_that_exist_only(registry, publisher):
    publisher.add_models(["moving"])
    with pytest.raises(NotFound, match="moving 7"):
        registry.set_alias("moving", "champion", "7")
    with pytest.raises(NotFound, match="nobody"):
        registry.model("nobody")


@pytest.mark.parametrize("name", ["o'neill", 'the "best"', """both ' and \""""])
def test_a_model_with_quotes_in_its_name_is_found(registry, publisher, name):
    publisher.add_models([name])
    assert [one.version for one in registry.model(name).versions] == ["1"]


def test_a_read_only_registry_moves_no_alias(registry):
    guarded = MlflowRegistry(replace(registry._settings, writable=False), artifacts=registry._artifacts)
    with pytest.raises(Conflict, match="read-only"):
        guarded.set_alias("credit", "champion", "2")
    with pytest.raises(Conflict, match="read-only"):
        guarded.drop_alias("credit", "champion")


def test_model_files_are_copied_and_can_be_loaded(registry, tmp_path):
    from core.children import model_files

    registry.download("credit", "1", tmp_path / "model")
    loaded = model_files.load(tmp_path / "model")
    assert list(loaded.inputs) == ["income", "age", "channel"]
    rows = pq.read_table(registry.evaluation_data("credit", "1", tmp_path / "spool")).to_pandas()
    answers = loaded.predict(rows)
    assert len(answers.prediction) == 40
    assert set(answers.scores) == {"0", "1"}


def test_links_among_model_files_are_not_followed(registry, publisher, tmp_path):
    version = publisher.publish(training(tmp_path, model="with-links"))
    root = Path(registry._door().models.get_model_version_download_uri("with-links", version))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("of somebody else")
    (root / "secret").symlink_to(tmp_path / "elsewhere" / "secret")
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    registry.download("with-links", version, tmp_path / "model")
    names = {one.name for one in (tmp_path / "model").rglob("*")}
    assert "MLmodel" in names
    assert "secret" not in names


def test_links_in_place_of_single_files_are_not_followed(registry, publisher, tmp_path):
    version = publisher.publish(training(tmp_path, model="with-linked-files"))
    root = Path(registry._door().models.get_model_version_download_uri("with-linked-files", version))
    assert registry.signature("with-linked-files", version)
    data = next((root.parent / "data").iterdir())
    for file in (root / "MLmodel", data):
        file.replace(tmp_path / file.name)
        file.symlink_to(tmp_path / file.name)
    assert registry.signature("with-linked-files", version) is None
    assert registry.evaluation_data("with-linked-files", version, tmp_path / "spool") is None


def test_a_version_without_model_files_says_so(registry, publisher, tmp_path):
    publisher.add_models(["elsewhere"])
    with pytest.raises(NotFound, match="model files of"):
        registry.download("elsewhere", "1", tmp_path)
    with pytest.raises(NotFound, match="credit 99"):
        registry.download("credit", "99", tmp_path)


def test_what_was_logged_beside_a_version_is_read(registry, publisher, tmp_path):
    given = training(tmp_path, model="beside")
    both = [replace(given.data[0], name="fitted", context="training"), given.data[0]]
    version = publisher.publish(replace(given, data=both))
    again = publisher.publish(replace(given, run_name="second", metrics={"roc_auc": 0.8}, data=both))
    # MLflow names the first run's file as the source of the same data: the second has a copy of its own.
    assert set(registry.logged_data("beside", again, tmp_path / "again")) == {"training", "evaluation"}
    found = registry.logged_data("beside", version, tmp_path / "logged")
    assert {name: pq.read_table(file).num_rows for name, file in found.items()} == {
        "training": 40,
        "evaluation": 40,
    }
    environment = registry.environment("beside", version)
    assert environment.python.count(".") == 2
    assert {one.partition("==")[0] for one in environment.packages} >= {"scikit-learn", "pandas"}
    run = registry.run(registry.model("beside").versions[0].run_id)
    assert run is not None
    runs = registry.experiment_runs([run.experiment_id], since=None, most=10)
    assert [one.name for one in runs] == ["second", "first"]
    assert runs[1] == run
    assert registry.experiment_runs([run.experiment_id], since=None, most=1) == runs[:1]
    assert registry.experiment_runs([run.experiment_id], since=datetime(2200, 1, 1, tzinfo=UTC), most=9) == []
    assert again == "2"


def test_of_a_version_without_files_nothing_is_known(registry, publisher, tmp_path):
    publisher.add_models(["bare"])
    assert registry.environment("bare", "1").packages == ()
    assert registry.logged_data("bare", "1", tmp_path) == {}
    with pytest.raises(NotFound):
        registry.environment("bare", "99")


_TOGETHER = """
import sys, threading
from pathlib import Path
from core.adapters.mlflow_registry import MlflowRegistry
from core.registry_settings import RegistrySettings

folder, failed, begin = Path(sys.argv[1]), [], threading.Barrier(2)

def read(name, ask):
    own = RegistrySettings(name=name, uri=f"sqlite:///{folder}/{name}.db", writable=True)
    registry = MlflowRegistry(own, artifacts=folder)
    begin.wait()
    try:
        ask(registry)
    except Exception as error:
        failed.append(repr(error))

asks = [
    lambda one: one.ensure_model("m"),
    lambda one: one.experiment_runs(["0"], since=None, most=1),
]
threads = [threading.Thread(target=read, args=(f"r{i}", ask)) for i, ask in enumerate(asks)]
[one.start() for one in threads]
[one.join() for one in threads]
sys.exit("\\n".join(failed) or 0)
"""


@pytest.mark.slow
def test_threads_that_ask_first_at_the_same_moment_all_get_answers(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _TOGETHER, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
