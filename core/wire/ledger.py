"""The ledger as JSON objects and back."""

import json
from typing import cast

from typing_extensions import TypedDict

from core.chain.checkpoints import Checkpoint, read_anchor
from core.chain.entries import UNSOUND, Record
from core.chain.verify import Kind, Proof


class ProofObject(TypedDict):
    """Whether the ledger holds, and the first bad row where it does not."""

    ok: bool
    rows: int
    head: str | None
    unanchored: int
    first_bad: int | None
    kind: str | None
    erased: int
    checkpoints: int
    anchors: int


class EntryObject(TypedDict):
    """One entry; ``private`` is null where it has no private part, or that was erased (``erased``)."""

    seq: int
    at: str
    kind: str
    actor: str
    model: str | None
    facts: dict[str, object]
    private: dict[str, object] | None
    erased: bool
    hash: str


class AnchorObject(TypedDict):
    """A checkpoint: ``line`` is what an anchor keeps of it."""

    number: int
    seq: int
    head: str
    at: str
    line: str


def proof_object(proof: Proof) -> ProofObject:
    """Return what was found as JSON."""
    return {
        "ok": proof.ok,
        "rows": proof.rows,
        "head": proof.head,
        "unanchored": proof.unanchored,
        "first_bad": proof.first_bad,
        "kind": proof.kind,
        "erased": proof.n_erased,
        "checkpoints": proof.n_checkpoints,
        "anchors": proof.n_anchors,
    }


def proof_of(document: ProofObject) -> Proof:
    """Read what was found."""
    return Proof(
        ok=document["ok"],
        rows=document["rows"],
        head=document["head"],
        unanchored=document["unanchored"],
        first_bad=document["first_bad"],
        kind=cast("Kind | None", document["kind"]),
        n_erased=document["erased"],
        n_checkpoints=document["checkpoints"],
        n_anchors=document["anchors"],
    )


def entry_object(record: Record) -> EntryObject:
    """Return an entry as JSON; facts that were tampered with so that they are none are shown empty."""
    entry, private = record.entry, record.private
    return {
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "actor": entry.actor,
        "model": entry.model,
        "facts": _object(entry.body),
        "private": None if private is None else _object(private.content),
        "erased": entry.payload is not None and private is None,
        "hash": entry.hash,
    }


def anchor_object(checkpoint: Checkpoint) -> AnchorObject:
    """Return a checkpoint as JSON."""
    return {
        "number": checkpoint.number,
        "seq": checkpoint.seq,
        "head": checkpoint.head,
        "at": checkpoint.at,
        "line": checkpoint.line(),
    }


def anchor_of(document: AnchorObject) -> Checkpoint:
    """Read a checkpoint."""
    return read_anchor([document["line"]])[0]


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except UNSOUND:
        return {}
    return found if isinstance(found, dict) else {}
