#!/usr/bin/env python3
"""Check a ZIP of evidence, without Trimtab: python verify_pack.py PACK.zip [--anchor FILE].

Needs Python 3.9 or newer and, to check signatures, the package ``cryptography``. It checks that every file is
the one that the manifest names, that the manifest is signed by the ledger's key, that the ledger in it holds,
and that it has an entry, covered by a signed checkpoint, which names these very files.

Ends with 0 where all that was checked holds, 1 where something does not, 2 where the file cannot be read.
Without ``cryptography`` it ends with 0 as well, and its first line says that signatures were NOT checked
(``--json``: ``"signatures": "not checked"``): then who wrote the whole ZIP anew would not be found.
"""

import argparse
import json
import os
import sys
import tempfile
import zipfile

# joined from here: in the file that goes out, verify_ledger.py stands in this place
from core.ledger.standalone.verify_ledger import (
    UNSIGNED,
    Ledger,
    Unusable,
    can_sign,
    check,
    inner,
    is_signed,
    key_at,
    parsed,
    read_anchor,
    read_export,
    sha256,
)

# joined to here

MANIFEST, SIGNATURE, PROOF, LEDGER = "manifest.json", "manifest.sig.json", "proof.json", "ledger.jsonl"
MOST_BYTES = 4 << 30


def opened(archive: zipfile.ZipFile) -> "dict[str, bytes]":
    """Return the files of a ZIP but the ledger's, by name; raises Unusable where it is no pack."""
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise Unusable("a file comes twice in the ZIP")
    if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
        raise Unusable("the ZIP unpacks to more than 4 GB")
    for needed in (MANIFEST, SIGNATURE, PROOF, LEDGER):
        if needed not in names:
            raise Unusable(f"the ZIP has no {needed}: it is no pack of evidence")
    return {name: archive.read(name) for name in names}


def document(content: bytes) -> "dict[str, object]":
    """Return a file's JSON object, an empty one where it is none."""
    found = parsed(content.decode("utf-8", errors="replace"))
    return found if isinstance(found, dict) else {}


def faults_of_files(files: "dict[str, bytes]", manifest: "dict[str, object]") -> "list[str]":
    """Return what is wrong with the files against the manifest."""
    named = manifest.get("files")
    listed = named if isinstance(named, dict) else {}
    found = [f"{name} is not in the manifest" for name in files if name not in (*listed, MANIFEST, SIGNATURE)]
    for name, entry in sorted(listed.items()):
        expected = entry.get("sha256") if isinstance(entry, dict) else None
        if name not in files:
            found.append(f"{name} is missing")
        elif sha256(files[name]) != expected:
            found.append(f"{name} is not the file that the manifest names")
    return found


def faults_of_signature(files: "dict[str, bytes]", ledger: "Ledger") -> "list[str]":
    """Return what is wrong with who signed the manifest: only the ledger's key in force may have."""
    sealed = document(files[SIGNATURE])
    said = sealed.get("signed")
    fields = said if isinstance(said, dict) else {}
    if fields.get("type") != "trimtab evidence manifest" or fields.get("sha256") != sha256(files[MANIFEST]):
        return ["the signature is of another manifest"]
    place = fields.get("seq")
    if type(place) is not int or not 0 < place < len(ledger.heads):
        return ["the signature names no entry of the ledger"]
    if fields.get("head") != ledger.heads[place] or fields.get("ledger") != ledger.identity:
        return ["the signature is of another ledger"]
    key = fields.get("key")
    if key != key_at(ledger, place) or not is_signed(key, fields, sealed.get("signature")):
        return ["the manifest is not signed by the ledger's key"]
    return []


def faults_of_proof(files: "dict[str, bytes]", ledger: "Ledger") -> "list[str]":
    """Return why the ledger does not have these very files on record."""
    proof = document(files[PROOF])
    place, covers = proof.get("seq"), proof.get("files")
    if type(place) is not int or not 0 < place <= len(ledger.rows) or not isinstance(covers, dict):
        return ["the proof names no entry of the ledger"]
    row = ledger.rows[place - 1]
    found = [] if ledger.heads[place] == proof.get("hash") else ["the proof's entry has another hash"]
    if row.get("kind") != "evidence.exported" or row.facts.get("files") != covers or not covers:
        found.append("the proof's entry is about other files")
    found += [
        f"{name} is not the file that the ledger has on record"
        for name, expected in sorted(covers.items())
        if name not in files or sha256(files[name]) != expected
    ]
    signed = [inner(one).get("seq") for one in ledger.checkpoints]
    if not any(isinstance(one, int) and one >= place for one in signed):
        found.append("no checkpoint covers the proof's entry")
    return found


def verified(path: str, anchor: "str | None") -> "dict[str, object]":
    """Return what the command prints: whether all of a pack holds, and what does not."""
    anchors = read_anchor(anchor) if anchor else []
    try:
        with zipfile.ZipFile(path) as archive:
            files = opened(archive)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Unusable(f"{path}: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        export = os.path.join(folder, LEDGER)  # noqa: PTH118 - no module more than needed
        with open(export, "wb") as file:  # noqa: PTH123
            file.write(files[LEDGER])
        ledger = read_export(export)
    held = check(ledger, anchors)
    manifest = document(files[MANIFEST])
    faults = faults_of_files(files, manifest)
    if held["ok"]:
        faults += faults_of_signature(files, ledger) + faults_of_proof(files, ledger)
    else:
        faults.append(f"the ledger does not hold: {held['kind']} at entry {held['first_bad']}")
    return {
        "ok": not faults,
        "faults": faults,
        "model": manifest.get("model"),
        "made_at": manifest.get("made_at"),
        "files": len(files),
        "ledger": held,
        "signatures": "checked" if can_sign() else "not checked",
    }


def told(found: "dict[str, object]", *, with_anchor: bool) -> str:
    """Return the result in words."""
    faults, unsigned = found["faults"], found["signatures"] == "not checked"
    if isinstance(faults, list) and faults:
        more = ["Its signatures were NOT checked."] if unsigned else []
        return "\n".join(["The pack does NOT hold:", *(f"- {one}" for one in faults), *more])
    said = f"The pack of {found['model']}, made {found['made_at']}, holds{UNSIGNED if unsigned else ':'}"
    said += f" {found['files']} files, as the ledger has them."
    if unsigned:
        said += " A pack that was written anew as a whole would not be found."
    if not with_anchor:
        said += " No anchor was given: a history that was rewritten as a whole would not be found."
    return said


def run(arguments: "list[str] | None" = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Check a ZIP of evidence that Trimtab made.")
    parser.add_argument("pack", help="the ZIP that `trimtab evidence` wrote")
    parser.add_argument("--anchor", help="checkpoints that were kept elsewhere, one a line")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    try:
        found = verified(given.pack, given.anchor)
    except Unusable as error:
        sys.stderr.write(f"Error: {error}.\n")
        return 2
    said = json.dumps(found) if given.json else told(found, with_anchor=bool(given.anchor))
    sys.stdout.write(f"{said}\n")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(run())
