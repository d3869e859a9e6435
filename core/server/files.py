"""Files of one request: parts of a form that came, and what is sent piece by piece."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from fastapi import UploadFile

from core.config import Settings
from core.logs.upload import Upload, spool

_PIECE = 1 << 20


def pieces(path: Path, kept: ExitStack) -> Iterator[bytes]:
    """Give a file piece by piece; ``kept`` is closed once it was sent or nobody wants it any more."""
    with kept, path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


class Files:
    """Keeps the parts of one request; all are gone when the block ends."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.workspace.spool
        self._kept = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.close()

    def keep(self, part: UploadFile) -> Upload:
        """Write one part to disk and tell its format."""
        chunks = iter(partial(part.file.read, _PIECE), b"")
        upload = spool(self._folder, chunks, name=part.filename, content_type=part.content_type)
        self._kept.callback(upload.path.unlink, missing_ok=True)
        return upload
