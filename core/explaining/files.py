"""Files of versions, kept for a while by their digest, so that explaining a row does not fetch them anew."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from core.errors import Conflict
from core.ports import Registry
from core.validation import Manifests
from core.validation.manifests import manifest_of

_MOST = 3


class VersionFiles:
    """Knows the files of the versions that were explained last.

    Parameters
    ----------
    folder
        Where they are kept.
    registries
        Short name → registry.
    manifests
        Knows the versions' files as they were registered.
    """

    def __init__(self, folder: Path, *, registries: Mapping[str, Registry], manifests: Manifests) -> None:
        self._folder = folder
        self._registries = registries
        self._manifests = manifests

    def digest(self, registry: str, model: str, version: str) -> str:
        """Return the SHA-256 of a version's files as they were registered; errors as of :meth:`put`."""
        return self._manifests.registered(registry, model, version).digest

    def put(self, registry: str, model: str, version: str, into: Path) -> None:
        """Lay the files of a version down in ``into``, as they were registered.

        Raises
        ------
        NotFound
            There is no such version, or it has no files.
        Conflict
            The registry has other files under it now.
        Unavailable
            The registry does not answer.
        """
        digest = self.digest(registry, model, version)
        kept = self._folder / digest
        if not kept.is_dir():
            self._fetch(registry, model, version, digest)
        os.utime(kept)
        shutil.copytree(kept, into, copy_function=_linked)
        self._let_go()

    def _fetch(self, registry: str, model: str, version: str, digest: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        aside = self._folder / f".{token_hex(6)}"
        try:
            self._registries[registry].download(model, version, aside)
            if manifest_of(aside).digest != digest:
                raise Conflict(
                    f"The files of {model} {version} are not those that were registered",
                    hint="What other files answer explains nothing; see trimtab gate.",
                )
            aside.rename(self._folder / digest)
        except OSError:
            # Somebody else may have put the same files there meanwhile.
            if not (self._folder / digest).is_dir():
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _let_go(self) -> None:
        kept = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[_MOST:]:
            shutil.rmtree(path, ignore_errors=True)


def _linked(source: str, target: str) -> None:
    """Give a file another name; where that cannot be, copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
