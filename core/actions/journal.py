"""A signed local journal of what was done when the ledger could not be told; it is taken in later."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.action import Action
from core.chain.canonical import canonical
from core.chain.signing import Signer, is_signed
from core.errors import Unavailable

FILE = "emergency.jsonl"
_ACTION = TypeAdapter(Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: an action as far as it had come, and whether a key of the workspace signed it."""

    action: Action
    sound: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """The file in a workspace's folder; every line is on disk before the next step is taken."""

    path: Path

    def write(self, action: Action, signer: Signer) -> None:
        """Add a line; raises ``Unavailable`` where the disk does not take it."""
        body = _ACTION.dump_json(action).decode()
        signed = {"action": body, "key": signer.public, "signature": signer.sign(body.encode())}
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(handle, "ab") as file:  # noqa: PTH123 - a descriptor, not a path
                file.write(canonical(signed) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable(str(self.path), error.strerror or str(error)) from error

    def lines(self, keys: frozenset[str]) -> Iterator[Line]:
        """Give the lines in order; a line that was cut off by a crash is none.

        Parameters
        ----------
        keys
            Public keys that ever signed for this workspace.
        """
        if not self.path.exists():
            return
        for text in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                signed = json.loads(text)
                body, key, signature = (str(signed[name]) for name in ("action", "key", "signature"))
                action = _ACTION.validate_json(body)
            except (ValueError, KeyError, TypeError, ValidationError):
                continue
            yield Line(action=action, sound=key in keys and is_signed(key, body.encode(), signature))

    def set_aside(self, name: str) -> None:
        """Keep the file under another name, once all of it was taken in."""
        self.path.replace(self.path.with_name(name))
