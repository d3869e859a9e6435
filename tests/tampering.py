"""Ledgers made by hand, and everything that somebody with the database may do to one.

A ledger here is a list of records with checkpoints and an anchor, as :func:`core.chain.verify.verify` takes
them and as an export has them, so that both verifiers judge the same damage.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from core.chain import checkpoints, entries
from core.chain.canonical import canonical
from core.chain.checkpoints import Checkpoint
from core.chain.entries import Draft, Entry, Private, Record
from core.chain.signing import Signer
from core.chain.verify import Proof, verify
from core.ledger.export import export_lines
from core.ledger.standalone import verify_ledger
from core.store.ledger import Snapshot

START = datetime(2026, 11, 25, 9, tzinfo=UTC)
LEDGER = "0123456789abcdef0123456789abcdef"
TEXTS = (
    "plain",
    'quo"te',
    "back\\slash",
    "line\nbreak",
    "\x00\x1f\x7f",
    "é",
    "Ω",
    "\u2028",
    "😀",
    "",
    "\ufb33",
)


@dataclass(kw_only=True)
class Made:
    """A ledger: ``anchors`` is what was kept outside and stays as it was."""

    records: list[Record]
    checkpoints: list[Checkpoint]
    anchors: list[Checkpoint]
    strays: list[int] = field(default_factory=list)
    signers: dict[int, Signer] = field(default_factory=dict)

    def proof(self) -> Proof:
        """What Trimtab says of it."""
        return verify(self.records, self.checkpoints, self.anchors, strays=self.strays)

    def export(self) -> list[str]:
        taken = Snapshot(records=iter(self.records), checkpoints=self.checkpoints, strays=self.strays)
        return list(export_lines(taken, at=START))

    def second_proof(self, folder: Path) -> dict[str, Any]:
        """What the second verifier says of its export."""
        (folder / "export.jsonl").write_text("".join(self.export()), encoding="utf-8")
        anchors: list[dict[str, object]] = []
        if self.anchors:
            lines = "".join(f"{one.line()}\n" for one in self.anchors)
            (folder / "anchor.jsonl").write_text(lines, encoding="utf-8")
            anchors = verify_ledger.read_anchor(str(folder / "anchor.jsonl"))
        return verify_ledger.check(verify_ledger.read_export(str(folder / "export.jsonl")), anchors)

    def copy(self) -> "Made":
        return replace(self, records=[*self.records], checkpoints=[*self.checkpoints], strays=[*self.strays])


def made(random: Random, n: int, *, checkpoint_every: int = 10, anchor_every: int = 1) -> Made:
    """A ledger of ``n`` entries with checkpoints, every so-manieth of them anchored; it holds."""
    signer = Signer(_key(random))
    ledger = Made(records=[], checkpoints=[], anchors=[], signers={1: signer})
    began = {"format": 1, "key": signer.public, "ledger": LEDGER}
    _add(ledger, Draft(kind=entries.BEGAN, actor="trimtab", facts=began), random)
    while len(ledger.records) < n:
        _add(ledger, _something(ledger, random), random)
        if len(ledger.records) % checkpoint_every == 0 or len(ledger.records) == n:
            _sign(ledger)
            if len(ledger.checkpoints) % anchor_every == 0 or len(ledger.records) == n:
                ledger.anchors.append(ledger.checkpoints[-1])
    return ledger


def _key(random: Random) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(random.randbytes(32))


def _something(ledger: Made, random: Random) -> Draft:
    """One more thing to put on record: a decision, an erasure, now and then another key."""
    chance = random.random()
    if chance < 0.03:
        old, new = ledger.signers[max(ledger.signers)], Signer(_key(random))
        signature = old.sign(checkpoints.rotation(LEDGER, old.public, new.public))
        ledger.signers[len(ledger.records) + 1] = new
        return Draft(kind=entries.ROTATED, actor="ann", facts={"key": new.public, "signature": signature})
    there = [place for place, one in enumerate(ledger.records, start=1) if one.private is not None]
    if chance < 0.1 and there:
        gone = random.choice(there)
        ledger.records[gone - 1] = replace(ledger.records[gone - 1], private=None)
        return Draft(kind=entries.ERASED, actor="bob", facts={"seqs": [gone]})
    return Draft(
        kind=random.choice(["watch_changed", "incident_resolved", "pruned"]),
        actor=random.choice(["ann", "bob", "zoë"]),
        model=random.choice([None, "local/loans", "prod/readmission"]),
        facts={"n": random.randrange(10**6), random.choice(TEXTS): [True, None, random.choice(TEXTS)]},
        private={"reason": random.choice(TEXTS)} if random.random() < 0.5 else None,
    )


def _add(ledger: Made, draft: Draft, random: Random) -> None:
    seq = len(ledger.records) + 1
    private = None
    if draft.private is not None:
        private = Private(salt=random.randbytes(32).hex(), content=canonical(draft.private).decode())
    prev = ledger.records[-1].entry.hash if ledger.records else entries.FIRST
    entry = entries.seal(draft, seq=seq, prev=prev, at=START + timedelta(seconds=seq), private=private)
    ledger.records.append(Record(entry=entry, private=private))


def _sign(ledger: Made) -> None:
    entry = ledger.records[-1].entry
    ledger.checkpoints.append(
        checkpoints.sign(
            ledger.signers[max(ledger.signers)],
            number=len(ledger.checkpoints) + 1,
            ledger=LEDGER,
            seq=entry.seq,
            head=entry.hash,
            at=START + timedelta(seconds=entry.seq),
        )
    )


# -------------------------------------------------------------------- damage


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What was done: the row at which it begins, and what it must be called (None: anything but fine)."""

    place: int
    kind: str | None


def rehashed(entry: Entry) -> Entry:
    """The entry with the hash that fits it, as a forger would write it."""
    return replace(entry, hash=entries.hash_of(entry))


def _other(entry: Entry, random: Random) -> Entry:
    """The entry with one field changed, still of a kind that can be hashed."""
    name = random.choice(["at", "kind", "actor", "model", "body", "payload", "prev"])
    before = getattr(entry, name)
    if name == "body":
        return replace(entry, body=canonical({**entry.facts, "n": random.randrange(10**6, 10**7)}).decode())
    if name in {"payload", "prev"}:
        return replace(entry, **{name: sha256(random.randbytes(8)).hexdigest()})
    return replace(entry, **{name: f"{before or ''}x"})


def edit(ledger: Made, random: Random, reach: int) -> Damage:
    """Change one field of one row and leave its hash; or its hash alone; or its text without its meaning."""
    place = random.randint(1, reach)
    record = ledger.records[place - 1]
    how = random.random()
    changed = _other(record.entry, random)
    if how < 0.15:
        changed = replace(record.entry, hash=sha256(random.randbytes(8)).hexdigest())
    elif how < 0.2:
        changed = replace(record.entry, body=record.entry.body.replace(":", ": ", 1))
    elif how < 0.25:
        changed = replace(record.entry, body='{"n":1.5}')
    elif how < 0.3:
        changed = replace(record.entry, body="{")
    ledger.records[place - 1] = replace(record, entry=changed)
    return Damage(place=place, kind="edit")


def edit_hashed(ledger: Made, random: Random, reach: int) -> Damage:
    """Change one field of one row and its hash, but no hash after it."""
    place = random.randint(1, reach)
    record = ledger.records[place - 1]
    ledger.records[place - 1] = replace(record, entry=rehashed(_other(record.entry, random)))
    return Damage(place=place, kind=None)


def edit_private(ledger: Made, random: Random, reach: int) -> Damage:
    """Change a private part, or its salt."""
    there = [n for n in range(1, reach + 1) if ledger.records[n - 1].private is not None]
    if not there:
        return edit(ledger, random, reach)
    place = random.choice(there)
    record = ledger.records[place - 1]
    assert record.private is not None
    changed = replace(record.private, content='{"reason":"another"}')
    if random.random() < 0.5:
        changed = replace(record.private, salt=random.randbytes(32).hex())
    ledger.records[place - 1] = replace(record, private=changed)
    return Damage(place=place, kind="edit")


def drop_private(ledger: Made, random: Random, reach: int) -> Damage:
    """Remove a private part without a word."""
    there = [n for n in range(1, reach + 1) if ledger.records[n - 1].private is not None]
    if not there:
        return edit(ledger, random, reach)
    place = random.choice(there)
    ledger.records[place - 1] = replace(ledger.records[place - 1], private=None)
    return Damage(place=place, kind="delete")


def delete(ledger: Made, random: Random, reach: int) -> Damage:
    """Remove up to five rows that are not the last; the rows behind keep their numbers, or close up."""
    n = min(random.randint(1, 5), len(ledger.records) - 1)
    place = random.randint(1, min(reach, len(ledger.records) - n))
    gone = ledger.records[place - 1 : place - 1 + n]
    del ledger.records[place - 1 : place - 1 + n]
    ledger.strays += [one.entry.seq for one in gone if one.private is not None and random.random() < 0.5]
    if random.random() < 0.5:
        _renumber(ledger, place)
        ledger.strays.clear()
    return Damage(place=place, kind="delete")


def insert(ledger: Made, random: Random, reach: int) -> Damage:
    """Put a row in between: forged with or without a fitting hash, or a copy of another."""
    place = random.randint(1, reach)
    before = ledger.records[place - 2].entry.hash if place > 1 else entries.FIRST
    draft = Draft(kind="promoted", actor="mallory", model="local/loans", facts={"n": random.randrange(99)})
    forged = entries.seal(draft, seq=place, prev=before, at=START)
    how = random.randrange(4)
    if how == 0:
        forged = replace(forged, hash=sha256(random.randbytes(8)).hexdigest())
    elif how == 1:
        forged = rehashed(replace(forged, prev=sha256(random.randbytes(8)).hexdigest()))
    elif how == 2:
        forged = random.choice(ledger.records).entry
    ledger.records.insert(place - 1, Record(entry=forged))
    # Of two that are alike, the second is one too many.
    place += forged == ledger.records[place].entry
    if random.random() < 0.5:
        _renumber(ledger, 1)
    return Damage(place=place, kind="insert")


def swap(ledger: Made, random: Random, reach: int) -> Damage:
    """Let two rows change places, with their numbers or without."""
    one = random.randint(1, min(reach, len(ledger.records) - 1))
    other = random.randint(one + 1, len(ledger.records))
    rows = ledger.records
    rows[one - 1], rows[other - 1] = rows[other - 1], rows[one - 1]
    if random.random() < 0.5:
        _renumber(ledger, 1)
    return Damage(place=one, kind="reorder")


def cut(ledger: Made, random: Random, reach: int) -> Damage:
    """Remove the end, with the checkpoints of it or without."""
    left = random.randint(0, reach - 1)
    del ledger.records[left:]
    if random.random() < 0.5:
        ledger.checkpoints = [one for one in ledger.checkpoints if one.seq <= left]
    return Damage(place=left + 1, kind="truncate")


def rewrite(ledger: Made, random: Random, reach: int) -> Damage:
    """Change a row and all hashes behind it, and sign anew with the key or with one of the forger's own."""
    place = random.randint(1, reach)
    rows = ledger.records
    changed = replace(rows[place - 1].entry, actor=random.choice(["mallory", "nobody"]))
    rows[place - 1] = replace(rows[place - 1], entry=changed)
    prev = rows[place - 2].entry.hash if place > 1 else entries.FIRST
    for index in range(place - 1, len(rows)):
        entry = rehashed(replace(rows[index].entry, prev=prev))
        rows[index] = replace(rows[index], entry=entry)
        prev = entry.hash
    if random.random() < 0.5:
        signer = ledger.signers[max(ledger.signers)] if random.random() < 0.5 else Signer(_key(random))
        for index, one in enumerate(ledger.checkpoints):
            if one.seq >= place:
                ledger.checkpoints[index] = checkpoints.sign(
                    signer,
                    number=one.number,
                    ledger=one.ledger,
                    seq=one.seq,
                    head=rows[one.seq - 1].entry.hash,
                    at=START,
                )
    return Damage(place=place, kind=None)


def forge_checkpoint(ledger: Made, random: Random, reach: int) -> Damage:
    """Change a checkpoint or remove one that is not the last."""
    last = max(
        n for n, one in enumerate(ledger.checkpoints) if one.seq <= max(reach, ledger.checkpoints[0].seq)
    )
    index = random.randint(0, last)
    one = ledger.checkpoints[index]
    if random.random() < 0.3 and index + 1 < len(ledger.checkpoints):
        del ledger.checkpoints[index]
        return Damage(place=ledger.checkpoints[index].seq, kind="signature")
    changes: dict[str, Any] = random.choice(
        [{"head": sha256(b"x").hexdigest()}, {"at": "2026-01-01T00:00:00.000000Z"}, {"signature": "00" * 64}]
    )
    ledger.checkpoints[index] = replace(one, **changes)
    return Damage(place=one.seq, kind="signature")


def _renumber(ledger: Made, start: int) -> None:
    for index in range(start - 1, len(ledger.records)):
        record = ledger.records[index]
        ledger.records[index] = replace(record, entry=replace(record.entry, seq=index + 1))


DAMAGES: tuple[Callable[[Made, Random, int], Damage], ...] = (
    edit,
    edit_hashed,
    edit_private,
    drop_private,
    delete,
    insert,
    swap,
    cut,
    rewrite,
    forge_checkpoint,
)


def judged(ledger: Made, damage: Damage, folder: Path) -> str | None:
    """Return what is wrong with how the two verifiers judge a damaged ledger, None where nothing is."""
    first, second = ledger.proof(), ledger.second_proof(folder)
    if first.ok or second["ok"]:
        return f"not found: {first}, {second}"
    told = (first.rows, first.head, first.unanchored, first.first_bad, first.kind)
    if told != tuple(second[name] for name in ("rows", "head", "unanchored", "first_bad", "kind")):
        return f"the two differ: {first}, {second}"
    if damage.kind is not None and (first.kind, first.first_bad) != (damage.kind, damage.place):
        return f"{damage} was taken for {first}"
    if first.first_bad is None or first.first_bad > damage.place + (damage.kind is None):
        return f"{damage} was found too late: {first}"
    return None


def lines_as_documents(lines: list[str]) -> list[Any]:
    return [json.loads(line) for line in lines]
