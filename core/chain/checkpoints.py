"""Signed checkpoints: what the newest entry was at a time, in a form that can be kept elsewhere."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from core.chain import entries
from core.chain.canonical import canonical
from core.chain.signing import Signer, is_signed
from core.errors import InvalidInput, Problem

TYPE = "trimtab ledger checkpoint"
_FIELDS = ("at", "head", "key", "ledger", "number", "seq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Entry ``seq`` had the hash ``head``, and nothing came after it, at a time.

    ``number`` counts the ledger's checkpoints from 1, ``ledger`` is its id, ``key`` the public key that
    signed. Kept outside of the database, a checkpoint is an anchor.
    """

    number: int
    ledger: str
    seq: int
    head: str
    at: str
    key: str
    signature: str

    @property
    def message(self) -> bytes:
        """What is signed: the canonical JSON of all other fields and of the type."""
        return canonical(self._document())

    @property
    def is_signed(self) -> bool:
        """Whether the signature is this key's, of this checkpoint; False too where none can be."""
        try:
            return is_signed(self.key, self.message, self.signature)
        except InvalidInput:
            return False

    def line(self) -> str:
        """Return it as one line of JSON, as it stands in exports and anchors."""
        return canonical({"checkpoint": self._document(), "signature": self.signature}).decode()

    def _document(self) -> dict[str, str | int]:
        document: dict[str, str | int] = {name: getattr(self, name) for name in _FIELDS}
        return {**document, "type": TYPE}


def sign(signer: Signer, *, number: int, ledger: str, seq: int, head: str, at: datetime) -> Checkpoint:
    """Make a checkpoint."""
    bare = Checkpoint(
        number=number,
        ledger=ledger,
        seq=seq,
        head=head,
        at=entries.moment(at),
        key=signer.public,
        signature="",
    )
    return replace(bare, signature=signer.sign(bare.message))


def rotation(ledger: str, old: str, new: str) -> bytes:
    """Return what the old key signs to hand over to a new one."""
    return canonical({"from": old, "ledger": ledger, "to": new, "type": "trimtab ledger key rotation"})


def read_anchor(lines: Iterable[str]) -> list[Checkpoint]:
    """Read the checkpoints of an anchor, one a line.

    A line that is no JSON is left out: a process that was killed leaves half a line, which whoever may only
    append cannot mend. It weakens nothing: what it held is then counted as not anchored.

    Raises
    ------
    InvalidInput
        A line is JSON but no checkpoint, or there is none at all.
    """
    found: list[Checkpoint] = []
    for number, line in enumerate(lines, start=1):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        found.append(_checkpoint(document, f"line {number}"))
    if not found:
        problem = Problem(
            field="file", message="holds no checkpoint", remedy="write one with: trimtab ledger anchor FILE"
        )
        raise InvalidInput("The anchor", [problem])
    return found


def _checkpoint(document: object, where: str) -> Checkpoint:
    outer = document if isinstance(document, dict) else {}
    inner = outer.get("checkpoint")
    try:
        if isinstance(inner, dict) and inner["type"] == TYPE:
            return Checkpoint(
                number=_whole(inner["number"]),
                ledger=_text(inner["ledger"]),
                seq=_whole(inner["seq"]),
                head=_text(inner["head"]),
                at=_text(inner["at"]),
                key=_text(inner["key"]),
                signature=_text(outer["signature"]),
            )
    except (KeyError, TypeError) as error:
        raise _no_checkpoint(where) from error
    raise _no_checkpoint(where)


def _no_checkpoint(where: str) -> InvalidInput:
    problem = Problem(field=where, message="is no checkpoint of a ledger", remedy="name an anchor's file")
    return InvalidInput("The anchor", [problem])


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError("it is no whole number")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError("it is no text")
