"""What was let go, erased or backed up, as JSON objects and back."""

from typing_extensions import TypedDict

from core.receipts import EraseReceipt, PruneReceipt, Pruning
from core.wire.moments import moment, moment_of, moment_or_none, moment_text


class PruningObject(TypedDict):
    """One class of data: rows or files that went for their age (``n``), and the oldest that is left."""

    kind: str
    model: str | None
    keep: str
    n: int
    n_bytes: int
    oldest_at: str | None
    n_waiting: int


class PruneObject(TypedDict):
    """What was let go; with ``dry_run`` what would be."""

    dry_run: bool
    pruned_at: str
    n: int
    n_bytes: int
    classes: list[PruningObject]


class EraseObject(TypedDict):
    """Persons were erased; ``copies``, and backups taken by ``backed_up_at``, still hold their rows."""

    model: str
    n_ids: int
    erased_at: str
    removed: dict[str, int]
    copies: list[str]
    backed_up_at: str | None
    mentioned_in: list[str]


def erase_object(receipt: EraseReceipt) -> EraseObject:
    """Return an erase receipt as JSON."""
    return {
        "model": receipt.model,
        "n_ids": receipt.n_ids,
        "erased_at": moment(receipt.erased_at),
        "removed": dict(receipt.removed),
        "copies": list(receipt.copies),
        "backed_up_at": moment_text(receipt.backed_up_at),
        "mentioned_in": list(receipt.mentioned_in),
    }


def erase_of(document: EraseObject) -> EraseReceipt:
    """Read an erase receipt."""
    return EraseReceipt(
        model=document["model"],
        n_ids=document["n_ids"],
        erased_at=moment_of(document["erased_at"]),
        removed=document["removed"],
        copies=tuple(document["copies"]),
        backed_up_at=moment_or_none(document["backed_up_at"]),
        mentioned_in=tuple(document["mentioned_in"]),
    )


def prune_object(receipt: PruneReceipt) -> PruneObject:
    """Return a prune receipt as JSON; its own counts are the sums over the classes."""
    return {
        "dry_run": receipt.dry_run,
        "pruned_at": moment(receipt.pruned_at),
        "n": sum(one.n for one in receipt.classes),
        "n_bytes": sum(one.n_bytes for one in receipt.classes),
        "classes": [
            {
                "kind": one.kind,
                "model": one.model,
                "keep": one.keep,
                "n": one.n,
                "n_bytes": one.n_bytes,
                "oldest_at": moment_text(one.oldest_at),
                "n_waiting": one.n_waiting,
            }
            for one in receipt.classes
        ],
    }


def prune_of(document: PruneObject) -> PruneReceipt:
    """Read a prune receipt."""
    return PruneReceipt(
        dry_run=document["dry_run"],
        pruned_at=moment_of(document["pruned_at"]),
        classes=tuple(
            Pruning(
                kind=one["kind"],
                model=one["model"],
                keep=one["keep"],
                n=one["n"],
                n_bytes=one["n_bytes"],
                oldest_at=moment_or_none(one["oldest_at"]),
                n_waiting=one["n_waiting"],
            )
            for one in document["classes"]
        ),
    )
