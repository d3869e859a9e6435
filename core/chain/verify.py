"""Does the ledger hold, and if not, where does it break first and how?

The chain is walked once. Every row must have the hash that it carries, follow the row before, and agree with
the checkpoints and anchors that name it; every private part must have its digest, or be noted as erased. At
the first row that does not follow, what comes later tells what was done: a row that was moved is found
elsewhere, one that was inserted leaves the row that belongs there behind it, one that was deleted leaves a
successor that names it.

Who rewrites a row *and all hashes after it* leaves no break. Then only a checkpoint tells, by its signature,
and to who has the key too only an anchor does: the first row after the last one that agrees is named.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from core.chain import entries
from core.chain.checkpoints import Checkpoint, rotation
from core.chain.entries import Entry, Record
from core.chain.signing import is_signed

Kind = Literal["edit", "delete", "insert", "reorder", "truncate", "signature"]
FAR = 10_000
"""So many deleted rows in one place are still told from an edit after those behind were renumbered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whether a ledger holds.

    ``head`` is the hash of its last row, None where it has none. ``unanchored`` counts the rows after the
    newest anchor that agrees: what was done to those, only signatures tell. ``first_bad`` is the number of
    the first bad row and ``kind`` what was done to it; both are None where all holds. ``n_erased`` counts
    private parts that are gone on record.
    """

    ok: bool
    rows: int
    head: str | None
    unanchored: int
    first_bad: int | None = None
    kind: Kind | None = None
    n_erased: int = 0
    n_checkpoints: int = 0
    n_anchors: int = 0


@dataclass(slots=True, kw_only=True)
class _Break:
    """The first row that does not follow, and what the rows behind it say about that."""

    position: int
    entry: Entry
    head: str
    after: Entry | None = None
    has_true_row: bool = False
    has_rival: bool = False
    has_predecessor: bool = False

    def look_at(self, later: Entry) -> None:
        self.after = self.after or later
        self.has_rival |= later.prev == self.entry.prev
        self.has_predecessor |= later.hash == self.entry.prev
        if later.prev == self.head:
            self.has_true_row |= entries.number_of(later, (self.position,)) is not None


@dataclass(slots=True)
class _Walk:
    """What a walk along the chain has found so far; ``heads[n]`` is the hash of row ``n``."""

    heads: list[str] = field(default_factory=lambda: [entries.FIRST])
    keys: list[tuple[int, str]] = field(default_factory=list)
    ledger: str | None = None
    rows: int = 0
    last: str | None = None
    broken: _Break | None = None
    missing: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)
    found: list[tuple[int, int, Kind]] = field(default_factory=list)

    def step(self, record: Record) -> None:
        entry = record.entry
        self.rows += 1
        self.last = entry.hash
        if self.broken is not None:
            self.broken.look_at(entry)
        elif entries.follows(entry, seq=len(self.heads), prev=self.heads[-1]):
            self.heads.append(entry.hash)
            self._private(record)
            self._key(entry)
        else:
            self.broken = _Break(position=len(self.heads), entry=entry, head=self.heads[-1])
            self.broken.has_predecessor = entry.prev in self.heads
        if entry.kind == entries.ERASED:
            self.erased |= _numbers(entry)

    def say(self, seq: int, kind: Kind, rank: int = 1) -> None:
        """Put a fault on record; of those at one row, that of the lowest rank is told."""
        self.found.append((max(1, seq), rank, kind))

    def key_at(self, seq: int) -> str | None:
        """Return the public key that signed for a row, None where none is known."""
        return next((key for since, key in reversed(self.keys) if since <= seq), None)

    def _private(self, record: Record) -> None:
        entry, private = record.entry, record.private
        if entry.payload is None:
            if private is not None:
                self.say(entry.seq, "insert")
        elif private is None:
            self.missing.add(entry.seq)
        elif not _has_digest(record):
            self.say(entry.seq, "edit")

    def _key(self, entry: Entry) -> None:
        facts = entry.facts
        new = facts.get("key")
        if entry.kind == entries.BEGAN and entry.seq == 1:
            self.ledger = str(facts.get("ledger"))
            self.keys.append((1, str(new)))
        elif entry.kind == entries.ROTATED:
            old, by = self.key_at(entry.seq) or "", str(facts.get("signature"))
            if not is_signed(old, rotation(str(self.ledger), old, str(new)), by):
                self.say(entry.seq, "signature")
            self.keys.append((entry.seq, str(new)))


def verify(
    records: Iterable[Record],
    checkpoints: Iterable[Checkpoint] = (),
    anchors: Sequence[Checkpoint] = (),
    *,
    strays: Iterable[int] = (),
) -> Proof:
    """Say whether a ledger holds, and name the first bad row where it does not.

    Parameters
    ----------
    records
        All entries with their private parts, in the order of their numbers as stored; walked once.
    checkpoints
        The ledger's own, by number.
    anchors
        Checkpoints that were kept elsewhere.
    strays
        Numbers of private parts that stand beside no entry.
    """
    walk = _Walk()
    for record in records:
        walk.step(record)
    for seq in strays:
        walk.say(seq, "insert")
    own = list(_own(walk, checkpoints))
    kept = list(_kept(walk, anchors))
    confirmed = _compare(walk, own, kept)
    # Where rows are wrong, the entry that noted an erasure may be among them.
    if not any(rank == 0 for _, rank, _ in walk.found):
        for seq in walk.missing - walk.erased:
            walk.say(seq, "delete")
    agreeing = [one.seq for one in kept if one.seq <= confirmed]
    first = min(walk.found, default=None)
    return Proof(
        ok=first is None,
        rows=walk.rows,
        head=walk.last,
        unanchored=max(0, walk.rows - max(agreeing, default=0)),
        first_bad=None if first is None else first[0],
        kind=None if first is None else first[2],
        n_erased=len(walk.missing & walk.erased),
        n_checkpoints=len(own),
        n_anchors=len(kept),
    )


def _own(walk: _Walk, checkpoints: Iterable[Checkpoint]) -> Iterator[Checkpoint]:
    """Give the ledger's own checkpoints that may be believed; say what is wrong with the others."""
    number, seq = 0, 0
    for one in checkpoints:
        number += 1
        in_line = one.number == number and one.seq >= max(seq, 1)
        number, seq = one.number, one.seq
        if in_line and one.ledger == walk.ledger and _is_by_key(walk, one) and one.is_signed:
            yield one
        else:
            walk.say(one.seq, "signature")


def _kept(walk: _Walk, anchors: Sequence[Checkpoint]) -> Iterator[Checkpoint]:
    """Give the anchors that may be believed: signed by themselves, whatever the ledger says of its key."""
    for one in anchors:
        if one.seq < 1 or not one.is_signed:
            walk.say(one.seq, "signature")
            continue
        # Another key is no matter where another history is: that is told by the comparison.
        if _agrees(walk, one) and not _is_by_key(walk, one):
            walk.say(one.seq, "signature")
        yield one


def _is_by_key(walk: _Walk, one: Checkpoint) -> bool:
    """Say whether a checkpoint is by the key that was in force; yes where the chain broke before it."""
    reached = one.seq < len(walk.heads) or walk.broken is None
    return not reached or walk.key_at(one.seq) == one.key


def _compare(walk: _Walk, own: Sequence[Checkpoint], kept: Sequence[Checkpoint]) -> int:
    """Compare the chain with those who saw it; return up to which row they confirm it."""
    n_followed = len(walk.heads) - 1
    if any(one.seq > max(n_followed, walk.rows) for one in (*own, *kept)):
        walk.say(walk.rows + 1, "truncate", 0)
    by_own, by_kept = _denied(walk, own), _denied(walk, kept)
    # Who has the key signs a rewritten past anew: then only what was kept elsewhere is to be believed.
    believed = kept if by_kept < by_own else (*own, *kept)
    denied = min(by_own, by_kept)
    confirmed = max((one.seq for one in believed if _agrees(walk, one) and one.seq < denied), default=0)
    if walk.broken is not None:
        seq, kind = _blame(walk.broken, walk, confirmed)
        if denied > n_followed or confirmed < seq <= denied:
            walk.say(seq, kind, 0)
            return confirmed
    if denied <= n_followed:
        walk.say(confirmed + 1, "edit", 0)
    return confirmed


def _denied(walk: _Walk, witnesses: Sequence[Checkpoint]) -> int:
    """Return the first row that a witness saw otherwise; the one after the last where none did."""
    reached = (one for one in witnesses if one.seq < len(walk.heads))
    return min((one.seq for one in reached if not _agrees(walk, one)), default=len(walk.heads))


def _agrees(walk: _Walk, one: Checkpoint) -> bool:
    return walk.heads[one.seq : one.seq + 1] == [one.head]


def _blame(broken: _Break, walk: _Walk, confirmed: int) -> tuple[int, Kind]:
    """Say which row is bad and what was done to it, where a row does not follow the one before."""
    position, entry, heads = broken.position, broken.entry, walk.heads
    seq = entries.number_of(entry, chain((entry.seq,), range(1, walk.rows + FAR)))
    if seq is None:
        return position, "insert" if broken.has_true_row else "edit"
    if seq > position:
        if not broken.has_true_row:
            return position, "delete"
        is_new = broken.has_rival or not broken.has_predecessor
        return position, "insert" if is_new else "reorder"
    if broken.has_true_row:
        return position, "insert"
    if seq == position:
        # The row is what it was if the next one follows it: then the row before was edited and hashed anew.
        is_true = broken.after is None or broken.after.prev == entry.hash
        return (position - 1 if is_true and position - 1 > confirmed else position), "edit"
    if entry.hash == heads[seq]:
        return position, "insert"
    return (seq, "insert") if entry.prev == heads[seq - 1] else (position, "edit")


def _has_digest(record: Record) -> bool:
    try:
        return record.private is not None and entries.digest(record.private) == record.entry.payload
    except entries.UNSOUND:
        return False


def _numbers(entry: Entry) -> set[int]:
    try:
        named = entry.facts.get("seqs")
    except entries.UNSOUND:
        return set()
    if type(entry.seq) is not int or not isinstance(named, list):
        return set()
    # Only what was there before can be noted as gone.
    return {one for one in named if isinstance(one, int) and one < entry.seq}
