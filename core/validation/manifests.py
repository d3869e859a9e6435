"""Files of versions: hashed when they are first seen, and again before they go into production."""

import logging
import tempfile
import time
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path

from core.candidate import Manifest
from core.chain.entries import Draft
from core.errors import NotFound, TrimtabError
from core.keyed import OneAtATime
from core.ledger import Ledger
from core.ledger.desk import SYSTEM
from core.ports import Registry
from core.store import AnalyticsStore, StateStore, registry_mirror

REMEMBERED_S = 600.0
"""How long files that were hashed are taken to be the same, where nothing is decided by them."""

_Key = tuple[str, str, str]
_log = logging.getLogger("trimtab.validation")


def manifest_of(folder: Path) -> Manifest:
    """Hash all files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {}
    for path in files:
        with path.open("rb") as file:
            digests[path.relative_to(folder).as_posix()] = file_digest(file, "sha256").hexdigest()
    return Manifest(files=digests, n_bytes=sum(path.stat().st_size for path in files))


class Manifests:
    """Knows the files of versions as they were registered.

    Parameters
    ----------
    store, state
        Where the mirror and the manifests are.
    ledger
        Is told of every version's files when they are first seen.
    registries
        Short name → registry.
    scratch
        A folder for files that are only hashed.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        registries: Mapping[str, Registry],
        scratch: Path,
    ) -> None:
        self._store = store
        self._state = state
        self._ledger = ledger
        self._registries = registries
        self._scratch = scratch
        self._without: set[_Key] = set()
        self._seen: dict[_Key, tuple[float, Manifest]] = {}
        self._hashing = OneAtATime()
        self._looked_at: object = None

    def take(self) -> None:
        """Put the files of every version of a monitored model on record that are not yet.

        A registry that does not answer is asked again the next time.
        """
        monitored = {(one.spec.registry, one.spec.model) for one in self._state.list_monitors()}
        with self._store.reading() as cursor:
            readings = registry_mirror.readings(cursor)
            if (monitored, readings) == self._looked_at:
                return
            mirrored = registry_mirror.models(cursor)
        known = self._state.candidates.with_manifest() | self._without
        missing = (
            (found.registry, found.name, one.version)
            for found in mirrored
            for one in found.versions
            if (found.registry, found.name) in monitored and found.registry in self._registries
        )
        if all(self._took(key) for key in missing if key not in known):
            self._looked_at = monitored, readings

    def _took(self, key: _Key) -> bool:
        """Put one version's files on record; False where the registry has to be asked again."""
        try:
            self.registered(*key)
        except NotFound:
            self._without.add(key)
        except TrimtabError as error:
            _log.warning("manifest.failed model=%s/%s version=%s cause=%s", *key, error)
            return False
        return True

    def registered(
        self, registry: str, model: str, version: str, *, here: Manifest | None = None
    ) -> Manifest:
        """Return a version's files as they were first seen, which is now where they never were.

        Parameters
        ----------
        here
            Its files, where they were fetched a moment ago.

        Raises
        ------
        NotFound
            There is no such version, or it has no files.
        Unavailable
            The registry does not answer.
        """
        known = self._state.candidates.manifest(registry, model, version)
        if known is not None:
            return known
        found = here or self.lately(registry, model, version)
        draft = Draft(
            kind="version.registered",
            actor=SYSTEM,
            model=f"{registry}/{model}",
            facts={
                "registry": registry,
                "model": model,
                "version": version,
                "digest": found.digest,
                "n_files": len(found.files),
                "n_bytes": found.n_bytes,
            },
        )
        with self._state.together():
            if self._state.candidates.add_manifest(registry, model, version, found):
                self._ledger.append(draft)
        return self._state.candidates.manifest(registry, model, version) or found

    def now(self, registry: str, model: str, version: str) -> Manifest:
        """Return a version's files as the registry has them now; errors as of :meth:`registered`."""
        self._seen.pop((registry, model, version), None)
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            self._registries[registry].download(model, version, Path(folder) / "files")
            found = manifest_of(Path(folder) / "files")
        self.remember(registry, model, version, found)
        return found

    def lately(self, registry: str, model: str, version: str) -> Manifest:
        """Return a version's files as hashed a moment ago, else now; several who ask share one look.

        Nothing may go into production on the strength of it: see :meth:`now`.
        """
        key = registry, model, version
        with self._hashing.under("/".join(key)):
            seen = self._seen.get(key)
            if seen is not None and time.monotonic() - seen[0] < REMEMBERED_S:
                return seen[1]
            return self.now(*key)

    def remember(self, registry: str, model: str, version: str, found: Manifest) -> None:
        """Take note of files that were hashed just now."""
        self._seen[registry, model, version] = time.monotonic(), found
