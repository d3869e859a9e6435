"""A backup's archive: a zip file whose manifest names every file in it with its digest."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import IntegrityError

FORMAT = 1
MANIFEST = "manifest.json"
FILES = ("analytics.duckdb", "state.db", "mlflow.db", "trimtab.toml")
FOLDERS = ("artifacts", "keys")
_LARGEST_MANIFEST = 256 << 20
_PIECE = 1 << 20
_HINT = "Take another backup; this one was changed, or not written to its end."
# What reading a damaged zip file raises, depending on where the damage is.
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a backup: its SHA-256 and its size in bytes."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds, and who can read it.

    ``root`` is the folder of the workspace that was backed up; ``analytics_schema`` the number of its newest
    migration, ``state_schema`` its revision; ``versions`` those of the programs that wrote it.
    """

    created_at: datetime
    root: str
    analytics_schema: int
    state_schema: str
    versions: Mapping[str, str]
    files: Mapping[str, Entry]

    def text(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(
            {
                "format": FORMAT,
                "created_at": self.created_at.isoformat(),
                "root": self.root,
                "analytics_schema": self.analytics_schema,
                "state_schema": self.state_schema,
                "versions": dict(self.versions),
                "files": {
                    name: {"sha256": entry.sha256, "n_bytes": entry.n_bytes}
                    for name, entry in self.files.items()
                },
            },
            indent=1,
        )

    @classmethod
    def parse(cls, text: bytes, name: str) -> "Manifest":
        """Read a manifest.

        Raises
        ------
        IntegrityError
            It is none, is of a format that this Trimtab does not know, or names files that no backup holds.
        """
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                raise IntegrityError(
                    f"{name} is a backup of format {found['format']}, this Trimtab knows format {FORMAT}",
                    hint="Restore it with the Trimtab that wrote it, or a newer one.",
                )
            files = {
                str(path): Entry(sha256=str(entry["sha256"]), n_bytes=int(entry["n_bytes"]))
                for path, entry in found["files"].items()
            }
            manifest = cls(
                created_at=datetime.fromisoformat(found["created_at"]),
                root=str(found["root"]),
                analytics_schema=int(found["analytics_schema"]),
                state_schema=str(found["state_schema"]),
                versions={str(key): str(value) for key, value in found["versions"].items()},
                files=files,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IntegrityError(f"{name} has a manifest that cannot be read", hint=_HINT) from error
        strangers = sorted(path for path in files if not belongs(path))
        if strangers:
            raise IntegrityError(f"{name} names the file {strangers[0]!r}, which no backup holds", hint=_HINT)
        return manifest


def belongs(name: str) -> bool:
    r"""Say whether a path is one that a backup may hold: never one that leads out of the workspace.

    Examples
    --------
    >>> [belongs(name) for name in ("state.db", "keys/a.pem", "artifacts/1/model/MLmodel")]
    [True, True, True]
    >>> [belongs(name) for name in ("keys/../control.json", "/etc/passwd", "logs/a.log", "keys", "keys//a")]
    [False, False, False, False, False]
    >>> [belongs(name) for name in ("keys\\..\\a", "C:/keys/a", "keys/a\x00b", "artifacts/./a")]
    [False, False, False, False]
    """
    path = PurePosixPath(name)
    if "\\" in name or ":" in name or not name.isprintable() or path.as_posix() != name:
        return False
    if path.is_absolute() or ".." in path.parts or "//" in name:
        return False
    return name in FILES or (len(path.parts) > 1 and path.parts[0] in FOLDERS)


def write(target: Path, files: Mapping[str, Path], manifest: Manifest) -> Manifest:
    """Write an archive of these files, and return its manifest with their digests.

    A file that is gone by the time it is read (an artifact that was deleted) is left out.
    """
    entries: dict[str, Entry] = {}
    with zipfile.ZipFile(target, "x", compression=zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files.items():
            try:
                source = path.open("rb")
            except FileNotFoundError:
                continue
            with source:
                entries[name] = _add(archive, name, source)
        whole = Manifest(
            created_at=manifest.created_at,
            root=manifest.root,
            analytics_schema=manifest.analytics_schema,
            state_schema=manifest.state_schema,
            versions=manifest.versions,
            files=entries,
        )
        archive.writestr(MANIFEST, whole.text())
    return whole


def _add(archive: zipfile.ZipFile, name: str, source: IO[bytes]) -> Entry:
    member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    with archive.open(member, "w", force_zip64=True) as into:
        digest, n_bytes = _pour(source, into)
    return Entry(sha256=digest, n_bytes=n_bytes)


def _pour(source: IO[bytes], into: IO[bytes] | None) -> tuple[str, int]:
    digest, n_bytes = sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        n_bytes += len(piece)
        if into is not None:
            into.write(piece)
    return digest.hexdigest(), n_bytes


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open an archive and read its manifest; its members are exactly those that the manifest names.

    Raises
    ------
    IntegrityError
        The file is no backup, is damaged, or holds other files than it says.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise IntegrityError(f"{path.name} is no backup, or was cut off", hint=_HINT) from error
    with archive:
        names = archive.namelist()
        if MANIFEST not in names:
            raise IntegrityError(f"{path.name} is no backup: it has no manifest", hint=_HINT)
        with damage_told(path.name, MANIFEST):
            if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise ValueError(MANIFEST)
            text = archive.read(MANIFEST)
        manifest = Manifest.parse(text, path.name)
        if sorted(names) != sorted([MANIFEST, *manifest.files]):
            odd = sorted(set(names) ^ {MANIFEST, *manifest.files}) or ["one of its files twice"]
            raise IntegrityError(
                f"{path.name} does not hold the files that it says: {odd[0]} is missing or too much",
                hint=_HINT,
            )
        yield archive, manifest


def check(path: Path) -> Manifest:
    """Read an archive to its end and compare every file with the manifest; see :func:`unpack`."""
    with opened(path) as (archive, manifest):
        for name, entry in manifest.files.items():
            _checked(archive, path.name, name, entry, None)
    return manifest


def unpack(archive: zipfile.ZipFile, manifest: Manifest, name: str, folder: Path) -> None:
    """Write an archive's files into an empty folder, each compared with the manifest on its way.

    Raises
    ------
    IntegrityError
        A file is damaged or is not the one that was backed up.
    """
    for path, entry in manifest.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as into:
            target.chmod(0o600)
            _checked(archive, name, path, entry, into)


def _checked(
    archive: zipfile.ZipFile, archive_name: str, path: str, entry: Entry, into: IO[bytes] | None
) -> None:
    with damage_told(archive_name, path), archive.open(path) as source:
        # One that would unpack to more than was backed up must not fill the disk first.
        if archive.getinfo(path).file_size != entry.n_bytes:
            raise ValueError(path)
        found = _pour(source, into)
    if found != (entry.sha256, entry.n_bytes):
        raise IntegrityError(f"{archive_name} is damaged: {path} is not what was backed up", hint=_HINT)


@contextmanager
def damage_told(archive_name: str, path: str) -> Iterator[None]:
    """Turn what reading a damaged archive raises into :class:`core.errors.IntegrityError`."""
    import zlib

    try:
        yield
    except (*_DAMAGED, zlib.error) as error:
        if (
            isinstance(error, OSError)
            and not isinstance(error, zipfile.BadZipFile)
            and error.errno is not None
        ):
            raise  # the disk, not the archive
        raise IntegrityError(f"{archive_name} is damaged: {path} cannot be read", hint=_HINT) from error
