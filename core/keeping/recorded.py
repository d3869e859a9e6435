"""What is put on record of keeping: counts, and never an id."""

from collections.abc import Sequence
from hashlib import sha256

from core.chain.canonical import Json
from core.chain.entries import Draft, moment
from core.keeping.archive import Manifest
from core.keeping.restore_note import RestoreNote
from core.receipts import EraseReceipt, Pruning
from core.store.reviews import StoredReview

MEETINGS = ("review.opened", "review.decided", "review.carried", "review.closed")
"""Kinds of entries about what was said of any model, or of several."""


def pruning(kind: str, classes: Sequence[Pruning], *, actor: str) -> Draft:
    """Return an entry about rows and files that will go, or went, for their age."""
    listed: list[Json] = [
        {"class": one.kind, "keep": one.keep, "model": one.model, "n": one.n} for one in classes if one.n
    ]
    return Draft(kind=kind, actor=actor, facts={"classes": listed})


def erasure(receipt: EraseReceipt, *, actor: str) -> Draft:
    """Return an entry about persons that were erased: how many, and how much of them by place."""
    facts: dict[str, Json] = {
        "copies_left": len(receipt.copies),
        "n_ids": receipt.n_ids,
        "removed": dict(receipt.removed),
    }
    return Draft(kind="erased", actor=actor, model=receipt.model, facts=facts)


def redaction(review: StoredReview, *, actor: str) -> Draft:
    """Return an entry about a review out of which ids were taken: what it is now, by digests."""
    facts: dict[str, Json] = {
        "agenda": _digest(review.agenda),
        "minutes": None if review.minutes is None else _digest(review.minutes),
        "review": review.id,
    }
    return Draft(kind="review.redacted", actor=actor, facts=facts)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def backup(manifest: Manifest, *, actor: str) -> Draft:
    """Return an entry about a backup that was taken away; the digest tells which archive it was."""
    facts: dict[str, Json] = {
        "n_files": len(manifest.files),
        "state_sha256": manifest.files["state.db"].sha256,
        "taken_at": moment(manifest.created_at),
    }
    return Draft(kind="backed_up", actor=actor, facts=facts)


def restore(note: RestoreNote) -> Draft:
    """Return an entry about the restore that this workspace came from: what was later is not in it."""
    facts: dict[str, Json] = {
        "backup_of": moment(note.backup_of),
        "restored_at": moment(note.restored_at),
        "state_sha256": note.state_sha256,
    }
    return Draft(kind="restored", actor=note.actor, facts=facts)
