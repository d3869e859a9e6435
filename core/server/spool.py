"""Request bodies on disk while they are being read, however large they are.

A body is spooled, ingested and removed within one request, and only then acknowledged: what a crash
leaves behind in the folder was never acknowledged and is swept at the next start.
"""

import shutil
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from anyio import to_thread

from core.errors import InvalidInput, Problem

_FLUSH_BYTES = 1 << 20


class TooLarge(InvalidInput):
    """The body is larger than the workspace's settings allow."""

    http_status = 413


@asynccontextmanager
async def spooled(chunks: AsyncIterable[bytes], folder: Path, *, max_mb: float) -> AsyncIterator[Path]:
    """Write a stream to a file of its own in ``folder``; the file is gone when the block ends.

    Raises
    ------
    TooLarge
        The stream holds more than ``max_mb`` megabytes.
    """
    # Whoever erases a person may remove the file before this does.
    with NamedTemporaryFile(dir=folder, suffix=".upload", delete=False) as file, removed_after(file.name):
        n_bytes = 0
        pending = bytearray()
        async for chunk in chunks:
            n_bytes += len(chunk)
            if n_bytes > max_mb * 1e6:
                remedy = "send it in parts, or raise control.max_body_mb in trimtab.toml"
                problem = Problem(field="body", message=f"is larger than {max_mb:g} MB", remedy=remedy)
                raise TooLarge("The request", [problem])
            pending += chunk
            if len(pending) >= _FLUSH_BYTES:
                await to_thread.run_sync(file.write, bytes(pending))
                pending.clear()
        file.write(pending)
        file.flush()
        yield Path(file.name)


@contextmanager
def removed_after(name: str) -> Iterator[None]:
    """Remove a file when the block ends, if it is still there."""
    try:
        yield
    finally:
        Path(name).unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove bodies that a crash left behind; return how many. Only the workspace's owner may call it."""
    left = list(folder.glob("*.upload"))
    for path in left:
        path.unlink(missing_ok=True)
    # Backups that were being made or sent.
    for unfinished in folder.glob("*.backup"):
        shutil.rmtree(unfinished, ignore_errors=True)
    return len(left)
