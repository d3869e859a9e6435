"""The one way into MLflow: stores per registry, each with its own credentials; its errors in our words.

MLflow's clients read tokens, passwords and certificates from environment variables that all registries
of a process would share, and its fluent calls use one tracking URI for the whole process. So the stores
beneath them are built here directly: each REST store is handed the credentials of its registry and
nothing else, and a database store is told where artifacts go instead of the current folder.
"""

import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from core.errors import Conflict, NotFound, TrimtabError, Unavailable
from core.registry_settings import Credentials, RegistrySettings

_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_NOT_ALLOWED = ("UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED")
_BUCKETS = ("s3", "r2", "b2", "gs", "wasbs", "abfss", "dbfs", "hdfs", "viewfs")
_LONGEST_CAUSE = 300
_PAGE = 1000
# What happens once in a process: MLflow is imported, and the tables of a database store are made.
_FIRST = threading.Lock()
# MLflow reports its use to its makers by default. Nothing of a workspace goes out that was not asked for.
_SILENCE = {"MLFLOW_DISABLE_TELEMETRY": "true"}
# MLflow's own defaults keep a caller waiting for minutes when a server is gone.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}


@dataclass(frozen=True, slots=True)
class Door:
    """An open registry: MLflow's model registry store and tracking store, and how to get its artifacts.

    ``host_creds`` is None unless the registry is a server that is asked over HTTP.
    """

    models: Any
    runs: Any
    host_creds: Any

    def fetch(self, root_uri: str, path: str, target: Path) -> bool:
        """Copy the file ``path`` below an artifact folder to ``target``; False if it is not there.

        Files of a server's own disk are out of reach and count as not there, and so do links.
        """
        if self.host_creds is not None:
            return _is_proxied(root_uri) and self._download(root_uri, path, target)
        folder = _local_folder(root_uri)
        if folder is not None:
            found = folder / path
            is_there = found.is_file() and not _has_link(found, folder)
            if is_there:
                shutil.copyfile(found, target)
            return is_there
        return _from_repository(root_uri, path, target)

    def fetch_all(self, root_uri: str, target: Path) -> int:
        """Copy everything below an artifact folder into ``target``, and return how many files that were.

        0 where there is nothing, or only files of a server's own disk. Links are not followed: whoever can
        write to the registry must not choose which files of this machine are read.
        """
        if self.host_creds is not None:
            return self._download_all(root_uri, target) if _is_proxied(root_uri) else 0
        folder = _local_folder(root_uri)
        if folder is None:
            return _all_from_repository(root_uri, target)
        found = [one for one in sorted(folder.rglob("*")) if one.is_file() and not _has_link(one, folder)]
        for file in found:
            to = target / file.relative_to(folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
        return len(found)

    def put_all(self, folder: Path, root_uri: str) -> None:
        """Copy everything in ``folder`` to an artifact folder; what is there is replaced, file by file."""
        if self.host_creds is not None and _is_proxied(root_uri):
            for file in sorted(one for one in folder.rglob("*") if one.is_file()):
                self._upload(file, f"{root_uri}/{file.relative_to(folder).as_posix()}")
            return
        target = _local_folder(root_uri)
        if target is None or self.host_creds is not None:
            from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

            get_artifact_repository(root_uri).log_artifacts(str(folder))
            return
        shutil.copytree(folder, target, dirs_exist_ok=True)

    def _upload(self, file: Path, uri: str) -> None:
        from mlflow.utils.rest_utils import http_request

        endpoint = f"{_ARTIFACTS}/{urlsplit(uri).path.strip('/')}"
        with file.open("rb") as content, http_request(self.host_creds, endpoint, "PUT", data=content) as done:
            done.raise_for_status()

    def _download_all(self, root_uri: str, target: Path, below: str = "") -> int:
        from mlflow.utils.rest_utils import http_request

        root = urlsplit(root_uri).path.strip("/")
        asked = {"path": f"{root}/{below}".rstrip("/")}
        with http_request(self.host_creds, _ARTIFACTS, "GET", params=asked) as response:
            response.raise_for_status()
            listed = response.json().get("files", [])
        n_files = 0
        for entry in listed:
            # A server says names; none of them may lead out of the folder.
            name = str(entry["path"]).rpartition("/")[2]
            if name in ("", ".", ".."):
                continue
            path = f"{below}/{name}".lstrip("/")
            if entry.get("is_dir"):
                n_files += self._download_all(root_uri, target, path)
                continue
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            n_files += self._download(root_uri, path, target / path)
        return n_files

    def _download(self, root_uri: str, path: str, target: Path) -> bool:
        from mlflow.utils.rest_utils import http_request

        endpoint = f"{_ARTIFACTS}/{urlsplit(root_uri).path.strip('/')}/{path}"
        with http_request(self.host_creds, endpoint, "GET", stream=True) as response:
            if response.status_code == 404:
                return False
            response.raise_for_status()
            with target.open("wb") as file:
                for chunk in response.iter_content(chunk_size=1 << 20):
                    file.write(chunk)
        return True


def open_door(settings: RegistrySettings, *, artifacts: Path) -> Door:
    """Connect to a registry; a SQLite file that is missing is made, with its tables, which takes seconds.

    Parameters
    ----------
    settings
        Where the registry is and which environment variables hold its secrets.
    artifacts
        Where runs logged through a database store put their artifacts.

    Raises
    ------
    Unavailable
        An environment variable is not set, or nothing answers at the address.
    """
    uri = settings.tracking_uri(os.environ)
    os.environ.update(_SILENCE)
    with translated(settings):
        scheme = urlsplit(uri).scheme
        if scheme in ("http", "https"):
            return _server(settings, uri)
        if re.match(r"(sqlite|postgresql|mysql|mssql)\b", scheme):
            return _database(uri, artifacts)
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        return Door(models=client, runs=client, host_creds=None)


def _server(settings: RegistrySettings, uri: str) -> Door:
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    from mlflow.store.model_registry.rest_store import RestStore as ModelStore
    from mlflow.store.tracking.rest_store import RestStore as RunStore
    from mlflow.utils.rest_utils import MlflowHostCreds

    parts = urlsplit(uri)
    shown = credentials_of(settings)
    creds = MlflowHostCreds(
        host=urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        username=shown.username or (unquote(parts.username) if parts.username else None),
        password=shown.password or (unquote(parts.password) if parts.password else None),
        token=shown.token,
        server_cert_path=None if settings.ca_bundle is None else str(settings.ca_bundle),
    )
    return Door(models=ModelStore(lambda: creds), runs=RunStore(lambda: creds), host_creds=creds)


def _database(uri: str, artifacts: Path) -> Door:
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as ModelStore
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as RunStore

    # That it makes tables is no news for the terminal of whoever asked.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    # Tables are made by Alembic, whose context is one for the whole process.
    with _FIRST:
        return Door(models=ModelStore(uri), runs=RunStore(uri, str(artifacts)), host_creds=None)


def pages(search: Callable[..., Any]) -> Iterator[Any]:
    """Yield everything that a search of MLflow's finds, page by page."""
    token = None
    while True:
        page = search(max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def named(model: str) -> str | None:
    """Return MLflow's filter on a model's name; None (all models) where its quotes cannot hold the name."""
    quote = next((one for one in "'\"" if one not in model), None)
    return None if quote is None else f"name = {quote}{model}{quote}"


def credentials_of(settings: RegistrySettings) -> Credentials:
    """Return what the registry's variables hold now; raises ``Unavailable`` naming an unset one."""
    return settings.credentials(os.environ)


@contextmanager
def translated(settings: RegistrySettings, *, missing: tuple[str, str] | None = None) -> Iterator[None]:
    """Turn MLflow's and its drivers' errors into ours, without the registry's secrets.

    Parameters
    ----------
    settings
        The registry that is being asked.
    missing
        Kind and name of what is looked for, for the error when it does not exist.
    """
    # Its modules import each other in circles: a thread that begins while another is half through finds
    # some of them without their names, and fails.
    with _FIRST:
        from mlflow.exceptions import MlflowException
    import requests
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except MlflowException as error:
        raise _in_our_words(settings, error, missing) from None
    except (SQLAlchemyError, requests.RequestException, OSError) as error:
        raise _unavailable(settings, str(error)) from None


def _in_our_words(settings: RegistrySettings, error: Any, missing: tuple[str, str] | None) -> TrimtabError:
    if error.error_code == "RESOURCE_DOES_NOT_EXIST" and missing is not None:
        return NotFound(*missing, hint=f"Registry '{settings.name}' does not have it.")
    if error.error_code == "RESOURCE_ALREADY_EXISTS":
        return Conflict(_scrubbed(settings, str(error.message)))
    return _unavailable(settings, str(error.message), refused=error.error_code in _NOT_ALLOWED)


def _unavailable(settings: RegistrySettings, cause: str, *, refused: bool = False) -> Unavailable:
    lowered = cause.lower()
    if refused:
        hint = "Check the registry's token_env, username_env and password_env in trimtab.toml."
    elif "certificate" in lowered or "ssl" in lowered:
        hint = "If a private authority signed the certificate, name its file as ca_bundle in trimtab.toml."
    elif "out-of-date database schema" in lowered:
        hint = "Take a backup of the registry's database, then run: mlflow db upgrade URI"
    else:
        hint = f"Check that {settings.shown_uri} answers from this machine."
    return Unavailable(f"Registry '{settings.name}'", _scrubbed(settings, cause), hint=hint)


def _scrubbed(settings: RegistrySettings, text: str) -> str:
    """Return the first line of an error without the secrets of its registry."""
    uri = settings.tracking_uri(os.environ)
    shown = credentials_of(settings)
    line = (text.strip().splitlines() or ["no reason given"])[0].replace(uri, settings.shown_uri)
    for secret in (shown.token, shown.password, urlsplit(uri).password):
        if secret:
            line = line.replace(secret, "***")
    return line[:_LONGEST_CAUSE]


def _is_proxied(root_uri: str) -> bool:
    return urlsplit(root_uri).scheme == "mlflow-artifacts"


def _has_link(file: Path, root: Path) -> bool:
    return any(one.is_symlink() for one in (file, *file.parents) if one != root and root in one.parents)


def _local_folder(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") and not parts.netloc else None


def _from_repository(root_uri: str, path: str, target: Path) -> bool:
    """Fetch from a bucket or another store that MLflow knows; its credentials are the machine's."""
    if urlsplit(root_uri).scheme not in _BUCKETS:
        return False
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    repository = get_artifact_repository(root_uri)
    folder, _, name = path.rpartition("/")
    if not any(entry.path.rpartition("/")[2] == name for entry in repository.list_artifacts(folder or None)):
        return False
    shutil.copyfile(repository.download_artifacts(path), target)
    return True


def _all_from_repository(root_uri: str, target: Path) -> int:
    if urlsplit(root_uri).scheme not in _BUCKETS:
        return 0
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    get_artifact_repository(root_uri).download_artifacts("", str(target))
    return sum(1 for one in target.rglob("*") if one.is_file())
