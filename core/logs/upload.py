"""Files that people send: which format they are in, and a safe place for them while they are read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Literal, get_args
from uuid import uuid4

from core.errors import InvalidInput, Problem

Format = Literal["csv", "json", "jsonl", "parquet", "arrow"]
_BY_SUFFIX: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".arrows": "arrow",
    ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip
_BY_TYPE: dict[str, Format] = {
    "text/csv": "csv", "text/tab-separated-values": "csv", "application/csv": "csv",
    "application/json": "json", "application/x-ndjson": "jsonl", "application/ndjson": "jsonl",
    "application/jsonl": "jsonl", "application/json-lines": "jsonl", "application/x-jsonlines": "jsonl",
    "application/vnd.apache.parquet": "parquet", "application/x-parquet": "parquet",
    "application/vnd.apache.arrow.stream": "arrow", "application/vnd.apache.arrow.file": "arrow",
}  # fmt: skip
_UNREADABLE = {
    b"\x1f\x8b": ("is compressed with gzip", "unpack it first"),
    b"PK\x03\x04": ("is a zip archive or a spreadsheet", "export it as CSV or Parquet"),
    b"\x28\xb5\x2f\xfd": ("is compressed with zstd", "unpack it first"),
    b"\xff\xfe": ("is UTF-16 text", "save it as UTF-8"),
    b"\xfe\xff": ("is UTF-16 text", "save it as UTF-8"),
}
_BOM = b"\xef\xbb\xbf"
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of rows on this machine: where it is, how it is written, what its sender calls it."""

    path: Path
    format: Format
    name: str

    def digest(self) -> str:
        """Return 32 hex digits that identify the file's bytes."""
        digest = blake2b(digest_size=16)
        with self.path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()


def sniff(path: Path, *, name: str | None = None, content_type: str | None = None) -> Upload:
    """Find out a file's format: from its bytes where they tell, else from its type or name.

    Parameters
    ----------
    path
        The file on this machine.
    name
        What the sender calls it; the path's own name if not given.
    content_type
        The media type it was sent with, parameters allowed.

    Raises
    ------
    InvalidInput
        The file is absent, empty, compressed, or in no format that Trimtab reads.
    """
    shown = name or path.name
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        problem = Problem(field="file", message=f"cannot be read: {error.strerror}", remedy="check the path")
        raise InvalidInput(shown, [problem]) from error
    if not head.strip(b"\x00 \t\r\n" + _BOM):
        problem = Problem(field="file", message="is empty", remedy="send at least a header or one row")
        raise InvalidInput(shown, [problem])
    for magic, (message, remedy) in _UNREADABLE.items():
        if head.startswith(magic):
            raise InvalidInput(shown, [Problem(field="file", message=message, remedy=remedy)])
    declared = _BY_TYPE.get((content_type or "").partition(";")[0].strip().lower())
    declared = declared or _BY_SUFFIX.get(Path(shown).suffix.lower())
    found = _by_content(head, declared)
    if found is None:
        formats = ", ".join(get_args(Format))
        problem = Problem(field="file", message="is in no known format", remedy=f"send one of {formats}")
        raise InvalidInput(shown, [problem])
    return Upload(path=path, format=found, name=shown)


def _by_content(head: bytes, declared: Format | None) -> Format | None:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    if declared in ("parquet", "arrow", "csv"):
        return declared
    text = head.removeprefix(_BOM).lstrip()
    if text.startswith(b"["):
        return "json"
    if text.startswith(b"{"):
        if declared != "jsonl" and len(head) < _HEAD and b"\n" not in text.rstrip():
            return "json"
        return "jsonl" if _first_line_is_object(text) else (declared or "json")
    return declared or "csv"


def _first_line_is_object(text: bytes) -> bool:
    line, newline, _ = text.partition(b"\n")
    if not newline and len(text) >= _HEAD // 2:
        return True
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def spool(
    folder: Path, chunks: Iterable[bytes], *, name: str | None = None, content_type: str | None = None
) -> Upload:
    """Write what is being sent to a file under a name of our own, and find out its format.

    Parameters
    ----------
    folder
        Where to keep it; whoever asked deletes the file when done (``upload.path.unlink()``).
    chunks
        The bytes, in order.
    name, content_type
        As for :func:`sniff`.

    Raises
    ------
    InvalidInput
        As for :func:`sniff`; the file is gone then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid4().hex}.upload"
    try:
        with path.open("wb") as file:
            file.writelines(chunks)
        return sniff(path, name=name or "The upload", content_type=content_type)
    except InvalidInput:
        path.unlink(missing_ok=True)
        raise
