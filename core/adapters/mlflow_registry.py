"""The registry port on MLflow: models, versions and aliases, signatures and evaluation data.

MLflow is imported on first use, in the thread that asks: it takes seconds, and most commands never do.
"""

import json
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from core.adapters.mlflow_candidates import registered
from core.adapters.mlflow_door import Door, named, open_door, pages, translated
from core.adapters.mlflow_files import MlflowFiles
from core.adapters.mlflow_runs import recorded
from core.domain import ModelVersion
from core.errors import Conflict, NotFound, Unavailable
from core.ports import Candidate, RegisteredModel, SignatureColumn, VersionRecord
from core.registry_settings import RegistrySettings

_USER = "mlflow.user"
_NUMERIC = ("integer", "long", "float", "double")
_CATEGORICAL = ("string", "boolean")


class MlflowRegistry(MlflowFiles):
    """One MLflow registry; implements :class:`core.ports.Registry`. Safe to share between threads.

    Parameters
    ----------
    settings
        Where it is, whether Trimtab may change it, which environment variables hold its secrets.
    artifacts
        Folder of the artifacts of runs that are logged into a registry of the workspace's own.
    """

    def __init__(self, settings: RegistrySettings, *, artifacts: Path) -> None:
        self._settings = settings
        self._artifacts = artifacts
        self._opening = threading.Lock()
        self._changing = threading.Lock()
        self._open: Door | None = None

    @property
    def name(self) -> str:
        """Short name of the registry in this workspace."""
        return self._settings.name

    @property
    def address(self) -> str:
        """Tracking URI without credentials, fit to be shown."""
        return self._settings.shown_uri

    @property
    def writable(self) -> bool:
        """Whether Trimtab may change it."""
        return self._settings.writable

    def state(self) -> str | None:
        """Return when the file of a SQLite registry was last written; None of any other registry."""
        file = sqlite_file(self._settings.uri)
        if file is None:
            return None
        # The log holds what was written last; in a registry without one the file itself does.
        written = [one.stat() for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
        return repr([(one.st_mtime_ns, one.st_size) for one in written])

    def models(self) -> Sequence[RegisteredModel]:
        """Return all registered models with their versions and aliases, by name.

        An own registry that was never written to is empty, and asking does not make it.

        Raises
        ------
        Unavailable
            The registry cannot be reached, or refuses.
        """
        file = self._missing_file()
        if file is not None:
            if self.writable:
                return []
            raise Unavailable(f"Registry '{self.name}'", f"there is no file {file}")
        door = self._door()
        with translated(self._settings):
            versions: dict[str, list[ModelVersion]] = {}
            for found in pages(door.models.search_model_versions):
                versions.setdefault(found.name, []).append(self._version(found))
            models = [self._model(found, versions) for found in pages(door.models.search_registered_models)]
        return sorted(models, key=lambda model: model.name)

    def ensure_model(self, name: str) -> None:
        """Register ``name`` if it is absent; raises ``Conflict`` where the registry is read-only."""
        self._refuse_read_only()
        door = self._door()
        try:
            with translated(self._settings):
                door.models.create_registered_model(name)
        except Conflict:
            # It is there already, or another process was quicker: either way it is registered.
            return

    def model(self, name: str) -> RegisteredModel:
        """Return one model as it is now.

        Raises
        ------
        NotFound
            The registry has no such model.
        Unavailable
            The registry cannot be reached.
        """
        if self._missing_file() is not None:
            raise NotFound("registered model", name, hint=f"Registry '{self.name}' does not have it.")
        door = self._door()
        with translated(self._settings, missing=("registered model", name)):
            found = door.models.get_registered_model(name)
            versions = pages(partial(door.models.search_model_versions, named(name)))
            own = [self._version(one) for one in versions if one.name == name]
            return self._model(found, {name: own})

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a version.

        Raises
        ------
        NotFound
            There is no such model or version.
        Conflict
            The registry is read-only here.
        Unavailable
            The registry cannot be reached; whether the alias was moved is not known then.
        """
        self._refuse_read_only()
        door = self._door()
        # MLflow's database store fails where two of its own transactions meet; one at a time they do not.
        with self._changing, translated(self._settings, missing=("model version", f"{name} {version}")):
            door.models.set_registered_model_alias(name, alias, version)

    def drop_alias(self, name: str, alias: str) -> None:
        """Take an alias away; nothing happens where there is none. Errors as of :meth:`set_alias`."""
        self._refuse_read_only()
        door = self._door()
        with self._changing, translated(self._settings, missing=("registered model", name)):
            door.models.delete_registered_model_alias(name, alias)

    def signature(self, name: str, version: str) -> Sequence[SignatureColumn] | None:
        """Return the input columns logged with a version, or None if it has no named columns.

        Times, arrays and objects are neither numeric nor categorical and are left out.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            The registry cannot be reached.
        """
        door = self._door()
        with translated(self._settings, missing=("model version", f"{name} {version}")):
            root = door.models.get_model_version_download_uri(name, version)
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "MLmodel"
                text = file.read_text(encoding="utf-8") if door.fetch(root, "MLmodel", file) else ""
        return _columns(text)

    def authors(self, name: str, version: str) -> frozenset[str]:
        """Return the accounts that trained or registered a version, empty where MLflow knows none.

        A run that was deleted has no author any more.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            The registry cannot be reached.
        """
        door = self._door()
        with translated(self._settings, missing=("model version", f"{name} {version}")):
            found = door.models.get_model_version(name, version)
        names = [getattr(found, "user_id", None), _texts(found.tags).get(_USER)]
        if found.run_id:
            with suppress(NotFound), translated(self._settings, missing=("run", found.run_id)):
                run = door.runs.get_run(found.run_id)
                names += [run.info.user_id, _texts(run.data.tags).get(_USER)]
        return frozenset(str(one) for one in names if one)

    def record(self, name: str, version: str) -> VersionRecord:
        """Return what was logged with a version's run, empty where it has none, or that was deleted.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            The registry cannot be reached.
        """
        door = self._door()
        with translated(self._settings, missing=("model version", f"{name} {version}")):
            run_id = door.models.get_model_version(name, version).run_id
        if not run_id:
            return VersionRecord()
        with suppress(NotFound), translated(self._settings, missing=("run", run_id)):
            return recorded(door.runs.get_run(run_id))
        return VersionRecord()

    def register(self, name: str, candidate: Candidate) -> str:
        """Make a candidate the model's next version; see :mod:`core.adapters.mlflow_candidates`.

        Raises
        ------
        Conflict
            The registry is read-only here.
        NotFound
            There is no such model.
        Unavailable
            The registry cannot be reached; asking again finishes what was begun.
        """
        self._refuse_read_only()
        door = self._door()
        with self._changing, translated(self._settings, missing=("registered model", name)):
            return registered(door, name, candidate)

    def _refuse_read_only(self) -> None:
        if not self.writable:
            raise Conflict(
                f"Registry '{self.name}' is read-only",
                hint=f"Set writable = true under [registries.{self.name}] in trimtab.toml to allow changes.",
            )

    def _door(self) -> Door:
        with self._opening:
            if self._open is None:
                self._open = open_door(self._settings, artifacts=self._artifacts)
            return self._open

    def _missing_file(self) -> Path | None:
        file = sqlite_file(self._settings.uri)
        return None if file is None or file.is_file() else file

    def _model(self, found: Any, versions: Mapping[str, list[ModelVersion]]) -> RegisteredModel:
        own = versions.get(found.name, [])
        return RegisteredModel(
            registry=self.name,
            name=found.name,
            aliases={str(alias): str(version) for alias, version in dict(found.aliases).items()},
            versions=tuple(sorted(own, key=lambda version: (len(version.version), version.version))),
            tags=_texts(found.tags),
            created_at=_time(found.creation_timestamp),
        )

    def _version(self, found: Any) -> ModelVersion:
        return ModelVersion(
            registry=self.name,
            model=found.name,
            version=str(found.version),
            created_at=_time(found.creation_timestamp),
            run_id=found.run_id or None,
            tags=_texts(found.tags),
        )


def sqlite_file(uri: str) -> Path | None:
    """Return the file of a SQLite registry, None of any other.

    Examples
    --------
    >>> sqlite_file("sqlite:////srv/mlflow.db?mode=ro"), sqlite_file("https://ml.example")
    (PosixPath('/srv/mlflow.db'), None)
    """
    scheme, _, rest = uri.partition(":///")
    path = rest.partition("?")[0]
    return Path(path) if scheme == "sqlite" and path and path != ":memory:" else None


def _texts(tags: Mapping[str, object] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in dict(tags or {}).items()}


def _time(milliseconds: int | None) -> datetime | None:
    return None if not milliseconds else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _columns(text: str) -> Sequence[SignatureColumn] | None:
    """Read the signature of an ``MLmodel`` file; None where there is none or it names no columns."""
    try:
        document = yaml.safe_load(text)
        inputs = json.loads(document["signature"]["inputs"])
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        return None
    columns = [column for column in inputs if isinstance(column, dict) and column.get("name")]
    found = [
        SignatureColumn(
            name=str(column["name"]), kind="numeric" if column["type"] in _NUMERIC else "categorical"
        )
        for column in columns
        if column.get("type") in (*_NUMERIC, *_CATEGORICAL)
    ]
    return found or None
