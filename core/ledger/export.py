"""The ledger as lines of JSON, for who checks it without Trimtab; ``docs/ledger.md`` tells the format."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from core.chain import entries
from core.chain.canonical import canonical
from core.chain.entries import Entry, Private
from core.ledger import standalone
from core.store.ledger import Snapshot

FORMAT = 1
TYPE = "trimtab ledger export"
VERIFIER = Path(standalone.__file__).with_name("verify_ledger.py")
"""The second verifier: one file that needs nothing of Trimtab."""


def export_lines(snapshot: Snapshot, *, at: datetime) -> Iterator[str]:
    """Give the lines of an export: a head, every entry, every checkpoint.

    What was tampered with is exported as it stands, so that whoever checks the export finds it.
    """
    yield _line({"exported_at": entries.moment(at), "format": FORMAT, "type": TYPE})
    for record in snapshot.records:
        yield _line(
            {
                "entry": _hashed(record.entry),
                "hash": record.entry.hash,
                "private": _shown(record.private),
            }
        )
    for seq in snapshot.strays:
        yield _line({"stray": seq})
    for checkpoint in snapshot.checkpoints:
        yield f"{checkpoint.line()}\n"


def whole_lines(lines: Iterable[str]) -> Iterator[bytes]:
    """Give lines as bytes, many at a time."""
    waiting: list[str] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == 500:
            yield "".join(waiting).encode()
            waiting = []
    yield "".join(waiting).encode()


def _hashed(entry: Entry) -> dict[str, object]:
    return {
        "actor": entry.actor,
        "at": entry.at,
        "body": _value(entry.body),
        "kind": entry.kind,
        "model": entry.model,
        "payload": entry.payload,
        "prev": entry.prev,
        "seq": entry.seq,
    }


def _shown(private: Private | None) -> dict[str, object] | None:
    return None if private is None else {"content": _value(private.content), "salt": private.salt}


def _value(text: str) -> object:
    """Return the value that a canonical text stands for; a text that is not canonical stays one."""
    try:
        found: object = json.loads(text)
        return found if canonical(found).decode() == text else text
    except entries.UNSOUND:
        return text


def _line(document: object) -> str:
    # Escaped, and whatever it is: also what cannot be written as UTF-8 is shown to whoever checks.
    return json.dumps(document, sort_keys=True, separators=(",", ":"), default=repr) + "\n"
