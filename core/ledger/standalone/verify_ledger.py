#!/usr/bin/env python3
"""Check an export of a Trimtab ledger, without Trimtab: python verify_ledger.py EXPORT [--anchor FILE].

Needs Python 3.9 or newer and, to check signatures, the package ``cryptography``. It was written on its own
from the description of the format (docs/ledger.md) and shares no code with Trimtab, so no mistake with it.

Ends with 0 where all that was checked holds, 1 where something does not, 2 where a file cannot be read.
Without ``cryptography`` it ends with 0 as well, and its first line says that signatures were NOT checked.
"""

import argparse
import hashlib
import json
import sys
from importlib.util import find_spec

UNSIGNED = ", but its signatures were NOT checked: that takes the Python package cryptography."
ZERO = "0" * 64
MOST = 9007199254740991
BEYOND = 10000
FIELDS = {"actor", "at", "body", "kind", "model", "payload", "prev", "seq"}
ESCAPES = {chr(point): f"\\u{point:04x}" for point in range(32)}
ESCAPES |= {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

Seen = list[tuple[int, object]]


class Unusable(Exception):
    """What cannot be a part of a ledger, or a file that is no export."""


class Row:
    """One entry as the export has it; ``fields`` is what was hashed."""

    def __init__(self, fields: object, hashed: object, private: object) -> None:
        self.fields: dict[str, object] = fields if isinstance(fields, dict) else {}
        self.hash = hashed
        self.private = private
        self.get = self.fields.get
        body, seq = self.get("body"), self.get("seq")
        self.facts: dict[str, object] = body if isinstance(body, dict) else {}
        self.number = seq if type(seq) is int else 0

    def is_sound(self, *numbers: int) -> int:
        """Return under which of these numbers the row has the hash that it carries, 0 under none."""
        if set(self.fields) != FIELDS:
            return 0
        try:
            # The number comes last by name: all before it is written once.
            start = write({**self.fields, "seq": 0})[:-2]
        except Unusable:
            return 0
        return next((one for one in numbers if sha256(f"{start}{one}}}".encode()) == self.hash), 0)


class Ledger:
    """What an export holds, and what is found wrong with it."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.checkpoints: list[dict[str, object]] = []
        self.strays: list[int] = []
        self.faults: list[tuple[int, int, str]] = []
        self.heads = [ZERO]
        self.keys: list[tuple[int, object]] = []
        self.identity: object = None
        self.n_erased = 0

    def fault(self, place: object, kind: str, rank: int = 1) -> None:
        """Note what is wrong at a row; the lowest row, then the lowest rank, is told."""
        self.faults.append((max(1, place) if isinstance(place, int) else 1, rank, kind))


def write(value: object) -> str:
    """Return the canonical JSON of a value; raises Unusable for fractions and other numbers that may vary."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and -MOST <= value <= MOST:
        return str(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ",".join([write(one) for one in value]) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=code_units)
        return "{" + ",".join([quote(name) + ":" + write(value[name]) for name in names]) + "}"
    raise Unusable("a value that has no canonical form")


def quote(text: str) -> str:
    """Return a text in quotation marks, with no more escaped than must be."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unusable("half a surrogate pair")
    return '"' + "".join([ESCAPES.get(letter, letter) for letter in text]) + '"'


def code_units(text: str) -> list[int]:
    """Return the UTF-16 code units of a text: what names are sorted by."""
    units = []
    for point in map(ord, text):
        high = point - 0x10000
        units += [point] if high < 0 else [0xD800 + (high >> 10), 0xDC00 + (high & 0x3FF)]
    return units


def sha256(content: bytes) -> str:
    """Return a digest in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its pairs; a name that comes twice makes the object useless."""
    made = dict(items)
    if len(made) != len(items):
        raise ValueError("a name comes twice")
    return made


def parsed(line: str) -> object:
    """Return a line's JSON value, None where it is none; a fraction has no canonical form then."""
    try:
        return json.loads(line, object_pairs_hook=pairs, parse_float=complex)
    except (ValueError, RecursionError):
        return None


def lines_of(path: str) -> list[str]:
    """Return the lines of a file that are not blank."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - no module more than needed
            return [line for line in file if line.strip()]
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error


def read_export(path: str) -> Ledger:
    """Read an export; lines that are none of its kinds count as entries that were edited."""
    lines = lines_of(path)
    head = parsed(lines[0]) if lines else None
    if not isinstance(head, dict) or head.get("type") != "trimtab ledger export":
        raise Unusable(f"{path} is no export of a ledger")
    if head.get("format") != 1:
        raise Unusable(f"{path} is of the format {head.get('format')}: use the verifier that came with it")
    ledger = Ledger()
    for line in lines[1:]:
        found = parsed(line)
        one = found if isinstance(found, dict) else {}
        if isinstance(one.get("checkpoint"), dict):
            ledger.checkpoints.append(one)
        elif type(one.get("stray")) is int:
            ledger.strays.append(one["stray"])
        else:
            ledger.rows.append(Row(one.get("entry"), one.get("hash"), one.get("private")))
    return ledger


def read_anchor(path: str) -> list[dict[str, object]]:
    """Read the checkpoints of an anchor; what is no JSON (half a line) is left out."""
    found = [one for one in map(parsed, lines_of(path)) if isinstance(one, dict) and inner(one)]
    if not found:
        raise Unusable(f"{path} holds no checkpoint")
    return found


def can_sign() -> bool:
    """Say whether signatures can be checked here."""
    return find_spec("cryptography") is not None


def is_signed(key: object, content: object, signature: object) -> bool:
    """Say whether a signature is right; taken for right where none can be checked."""
    if not can_sign():
        return True
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(key)))
        public.verify(bytes.fromhex(str(signature)), write(content).encode("utf-8"))
    except (InvalidSignature, ValueError, Unusable):
        return False
    return True


def check(ledger: Ledger, anchors: list[dict[str, object]]) -> dict[str, object]:
    """Return what the command prints: whether the ledger holds, and where it does not."""
    broken_at = follow(ledger)
    kept = outside(ledger, anchors)
    confirmed = compare(ledger, own_checkpoints(ledger), kept, broken_at)
    check_private(ledger)
    for place in ledger.strays:
        ledger.fault(place, "insert")
    rows = ledger.rows
    first = min(ledger.faults, default=None)
    newest = max((place for place, _ in kept if place <= confirmed), default=0)
    return {
        "ok": first is None,
        "rows": len(rows),
        "head": rows[-1].hash if rows else None,
        "unanchored": max(0, len(rows) - newest),
        "first_bad": first[0] if first else None,
        "kind": first[2] if first else None,
        "erased": ledger.n_erased,
        "signatures": "checked" if can_sign() else "not checked",
    }


def follow(ledger: Ledger) -> "int | None":
    """Walk the chain; return the index of the first row that does not follow, None where all do."""
    for index, row in enumerate(ledger.rows):
        place = index + 1
        if row.number != place or row.get("prev") != ledger.heads[-1] or not row.is_sound(place):
            return index
        ledger.heads.append(str(row.hash))
        if row.get("kind") == "ledger_began" and place == 1:
            ledger.identity = row.facts.get("ledger")
            ledger.keys.append((1, row.facts.get("key")))
        elif row.get("kind") == "key_rotated":
            change_key(ledger, place, row.facts)
    return None


def change_key(ledger: Ledger, place: int, facts: "dict[str, object]") -> None:
    """Take over a new key, after asking whether the old one signed that."""
    old, new = key_at(ledger, place), facts.get("key")
    content = {"from": old, "ledger": ledger.identity, "to": new, "type": "trimtab ledger key rotation"}
    if not is_signed(old, content, facts.get("signature")):
        ledger.fault(place, "signature")
    ledger.keys.append((place, new))


def key_at(ledger: Ledger, place: int) -> object:
    """Return the key that was in force at a row."""
    return [None, *(key for since, key in ledger.keys if since <= place)][-1]


def check_private(ledger: Ledger) -> None:
    """Compare the private parts of the rows that follow with their digests."""
    erased = set()
    for row in ledger.rows:
        named = row.facts.get("seqs")
        if row.get("kind") == "payload_erased" and isinstance(named, list):
            erased |= {one for one in named if type(one) is int and one < row.number}
    # Where rows are wrong, the one that noted an erasure may be among them.
    is_whole = all(rank > 0 for _, rank, _ in ledger.faults)
    for place in range(1, len(ledger.heads)):
        row = ledger.rows[place - 1]
        digest, private = row.get("payload"), row.private
        if private is None and digest is not None:
            if place in erased:
                ledger.n_erased += 1
            elif is_whole:
                ledger.fault(place, "delete")
        elif private is not None and digest is None:
            ledger.fault(place, "insert")
        elif private is not None and salted(private) != digest:
            ledger.fault(place, "edit")


def salted(private: object) -> str:
    """Return the digest of a private part; empty where it is none."""
    try:
        if isinstance(private, dict):
            return sha256(bytes.fromhex(private["salt"]) + write(private["content"]).encode("utf-8"))
    except (KeyError, ValueError, TypeError, Unusable):
        pass  # then it has no digest
    return ""


def own_checkpoints(ledger: Ledger) -> Seen:
    """Return row and head of the ledger's own checkpoints that may be believed."""
    believed, expected, latest = [], 1, 1
    for one in ledger.checkpoints:
        fields = inner(one)
        number, place = fields.get("number"), fields.get("seq")
        is_ours = number == expected and fields.get("ledger") == ledger.identity and has_key(ledger, fields)
        if isinstance(place, int) and place >= latest and is_ours and has_signature(one):
            believed.append((place, fields.get("head")))
        else:
            ledger.fault(place, "signature")
        expected = number + 1 if isinstance(number, int) else expected + 1
        latest = place if isinstance(place, int) else latest
    return believed


def outside(ledger: Ledger, anchors: "list[dict[str, object]]") -> Seen:
    """Return row and head of the anchors that may be believed."""
    believed = []
    for one in anchors:
        fields = inner(one)
        place, head = fields.get("seq"), fields.get("head")
        is_signed_well = has_signature(one) and isinstance(place, int) and place > 0
        # Another key is no matter where another history is: that is told by the comparison.
        is_here = isinstance(place, int) and ledger.heads[place : place + 1] == [head]
        if not is_signed_well or (is_here and not has_key(ledger, fields)):
            ledger.fault(place, "signature")
        if is_signed_well and isinstance(place, int):
            believed.append((place, head))
    return believed


def has_signature(one: "dict[str, object]") -> bool:
    """Say whether a checkpoint is signed by the key that it names."""
    return is_signed(inner(one).get("key"), inner(one), one.get("signature"))


def inner(one: "dict[str, object]") -> "dict[str, object]":
    """Return the fields of a checkpoint's line."""
    fields = one.get("checkpoint")
    return fields if isinstance(fields, dict) else {}


def has_key(ledger: Ledger, fields: "dict[str, object]") -> bool:
    """Say whether a checkpoint is by the key in force; yes where the chain does not reach so far."""
    place = fields.get("seq")
    reached = type(place) is int and (place < len(ledger.heads) or len(ledger.heads) > len(ledger.rows))
    return not reached or (isinstance(place, int) and key_at(ledger, place) == fields.get("key"))


def compare(ledger: Ledger, own: Seen, kept: Seen, broken_at: "int | None") -> int:
    """Hold the chain against its witnesses and tell its first fault; return how far they confirm it."""
    heads, none = ledger.heads, len(ledger.heads)
    if any(place >= max(none, len(ledger.rows) + 1) for place, _ in own + kept):
        ledger.fault(len(ledger.rows) + 1, "truncate", 0)
    by_own, by_kept = (
        min([none, *(place for place, head in seen if place < none and heads[place] != head)])
        for seen in (own, kept)
    )
    # Who has the key signs a rewritten past anew: then only what was kept elsewhere counts.
    denied, believed = min(by_own, by_kept), kept if by_kept < by_own else own + kept
    confirmed = max([0, *(place for place, head in believed if place < denied and heads[place] == head)])
    if broken_at is not None:
        place, kind = explain(ledger, broken_at, confirmed)
        if denied == none or confirmed < place <= denied:
            ledger.fault(place, kind, 0)
            return confirmed
    if denied < none:
        ledger.fault(confirmed + 1, "edit", 0)
    return confirmed


def explain(ledger: Ledger, index: int, confirmed: int) -> "tuple[int, str]":
    """Say what was done where a row does not follow, from what stands behind it."""
    rows, heads, place = ledger.rows, ledger.heads, index + 1
    row, behind = rows[index], rows[index + 1 :]
    number = row.is_sound(row.number, *range(1, len(rows) + BEYOND))
    if any(one.get("prev") == heads[-1] and one.is_sound(place) for one in behind):
        # The row that belongs here comes later: this one came between, or both changed places.
        before = {*heads, *(one.hash for one in behind)}
        is_alone = all(one.get("prev") != row.get("prev") for one in behind)
        moved = number > place and row.get("prev") in before and is_alone
        return place, "reorder" if moved else "insert"
    if number == 0:
        return place, "edit"
    if number > place:
        return place, "delete"
    if number < place:
        if heads[number] != row.hash and heads[number - 1] == row.get("prev"):
            return number, "insert"
        return place, "insert" if heads[number] == row.hash else "edit"
    is_true = not behind or behind[0].get("prev") == row.hash
    return (place - 1 if is_true and place - 1 > confirmed else place), "edit"


def sentence(found: "dict[str, object]", *, with_anchor: bool) -> str:
    """Return the result in words."""
    rows, place = found["rows"], found["first_bad"]
    unsigned = UNSIGNED if found["signatures"] == "not checked" else ":"
    said = f"The ledger does NOT hold: {found['kind']} at entry {place} of {rows}."
    if found["ok"]:
        said = f"The ledger holds{unsigned} {rows} entries, {found['unanchored']} after the newest anchor."
    elif found["signatures"] == "not checked":
        said += " Its signatures were NOT checked."
    if found["erased"]:
        said += f" {found['erased']} private parts were erased on record."
    if not with_anchor:
        said += " No anchor was given: a history that was rewritten as a whole would not be found."
    return said


def main(arguments: "list[str] | None" = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Check an export of a Trimtab ledger.")
    parser.add_argument("export", help="the file that `trimtab ledger export` wrote")
    parser.add_argument("--anchor", help="checkpoints that were kept elsewhere, one a line")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    try:
        anchors = read_anchor(given.anchor) if given.anchor else []
        found = check(read_export(given.export), anchors)
    except Unusable as error:
        sys.stderr.write(f"Error: {error}.\n")
        return 2
    said = json.dumps(found) if given.json else sentence(found, with_anchor=bool(given.anchor))
    sys.stdout.write(f"{said}\n")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
