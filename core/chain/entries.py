"""Entries of the ledger: what is put on record, and how each binds all that came before it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256

from core.chain.canonical import Json, canonical
from core.errors import InvalidInput

FIRST = "0" * 64
"""What stands as the hash before the first entry."""
BEGAN = "ledger_began"
"""Kind of the first entry: its facts are the ledger's id and the first public key."""
ROTATED = "key_rotated"
"""Kind of an entry from which on another key signs."""
ERASED = "payload_erased"
"""Kind of an entry that says which private parts are gone: ``seqs`` in its facts."""

UNSOUND = (ValueError, TypeError, RecursionError, InvalidInput)
"""What is raised by a stored row that can never have been an entry: facts that are no JSON, and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What shall be put on record.

    ``facts`` are for good and name nobody but the actor. ``private`` holds what may name a person (reasons,
    notes, whole documents): it is kept beside the chain, which holds only its salted digest, so that it can
    be erased. ``model`` is the model's full name, None for what is about the workspace.
    """

    kind: str
    actor: str
    model: str | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)
    private: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger, as it is stored: ``at`` and ``body`` are the very texts that were hashed.

    ``payload`` is the digest of the private part, None where the entry has none. ``prev`` is the hash of
    the entry before, ``hash`` this one's: lower-case hexadecimal SHA-256.
    """

    seq: int
    at: str
    kind: str
    actor: str
    model: str | None
    body: str
    payload: str | None
    prev: str
    hash: str

    @property
    def facts(self) -> dict[str, Json]:
        """The public facts; raises one of :data:`UNSOUND` where the text was tampered with."""
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise TypeError("the facts are no object")
        return found

    @property
    def recorded_at(self) -> datetime:
        """When it was put on record."""
        return datetime.fromisoformat(self.at).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """The private part of an entry: ``content`` is its canonical JSON, ``salt`` 64 hexadecimal digits."""

    salt: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry with its private part, None where it has none or it was erased."""

    entry: Entry
    private: Private | None = None


def moment(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, always with microseconds.

    Examples
    --------
    >>> moment(datetime(2026, 11, 25, 9, 30, tzinfo=UTC))
    '2026-11-25T09:30:00.000000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal(draft: Draft, *, seq: int, prev: str, at: datetime, private: Private | None = None) -> Entry:
    """Make an entry of a draft: number it, bind it to the one before, and hash it.

    Parameters
    ----------
    seq
        Its number: one more than the last, 1 for the first.
    prev
        Hash of the entry before, :data:`FIRST` for the first.
    private
        The salted private part, where the draft has one.

    Raises
    ------
    InvalidInput
        The facts hold something that has no canonical form, such as a fraction.
    """
    bare = Entry(
        seq=seq,
        at=moment(at),
        kind=draft.kind,
        actor=draft.actor,
        model=draft.model,
        body=canonical(draft.facts).decode(),
        payload=None if private is None else digest(private),
        prev=prev,
        hash="",
    )
    return replace(bare, hash=hash_of(bare))


def hash_of(entry: Entry) -> str:
    """Return the hash that an entry must have: SHA-256 over the canonical JSON of all its other fields.

    Raises one of :data:`UNSOUND` where the stored texts cannot be what was hashed once.
    """
    return sha256(_stem(entry) + canonical(entry.seq) + b"}").hexdigest()


def number_of(entry: Entry, candidates: Iterable[int]) -> int | None:
    """Return under which number an entry has the hash that it carries, None under none of these.

    A row that was moved or renumbered still carries the hash of its place; one that was edited has none.
    """
    try:
        begun = sha256(_stem(entry))
    except UNSOUND:
        return None
    for seq in candidates:
        if type(seq) is not int:
            continue  # a tampered row's own
        tried = begun.copy()
        tried.update(b"%d}" % seq)
        if tried.hexdigest() == entry.hash:
            return seq
    return None


def follows(entry: Entry, *, seq: int, prev: str) -> bool:
    """Say whether an entry stands where it belongs and is as it was when it was written."""
    return entry.seq == seq and entry.prev == prev and number_of(entry, (seq,)) is not None


def _stem(entry: Entry) -> bytes:
    """Return the canonical JSON of an entry up to its number, which comes last by name."""
    facts = entry.facts
    if canonical(facts).decode() != entry.body:
        raise ValueError("the facts are not in canonical form")
    named = canonical(
        {
            "actor": entry.actor,
            "at": entry.at,
            "body": facts,
            "kind": entry.kind,
            "model": entry.model,
            "payload": entry.payload,
            "prev": entry.prev,
        }
    )
    return named[:-1] + b',"seq":'


def digest(private: Private) -> str:
    """Return the salted digest of a private part: SHA-256 over the salt's 32 bytes, then the content."""
    return sha256(bytes.fromhex(private.salt) + private.content.encode()).hexdigest()
