"""A folder of evidence that proves itself: files, manifest, signature, the ledger that has them on record.

Control lays it out and signs, because the key is its own; a child process makes a ZIP of it, see
:mod:`core.children.evidence_zip`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core.chain.canonical import Json, canonical
from core.chain.checkpoints import Checkpoint
from core.chain.entries import Draft, Entry, moment
from core.chain.signing import Signer
from core.children.evidence_zip import LEDGER, MANIFEST, PACK, SIGNATURE
from core.ledger import Ledger, joined
from core.ledger.export import whole_lines

EXPORTED = "evidence.exported"
"""Kind of the ledger entry that names the files of a pack by their digests."""
TYPE = "trimtab evidence manifest"
_README = """Evidence of {model}, made {at} by Trimtab.

Check it without Trimtab, on any machine with Python 3.9 or newer and the Python package cryptography:

    python {verifier} PACK.zip [--anchor FILE]

Without cryptography it checks all but the signatures, and its first line says so.
Use a copy of {verifier} that did not come with this ZIP, and an anchor that somebody else kept: who wrote the
ZIP could have written both anew. Not legal advice.
"""


def lay_out(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    model: str,
    actor: str,
    ledger: Ledger,
    now: datetime,
) -> None:
    """Put files on record in the ledger, sign what it then is, and lay all of it out for the child.

    Parameters
    ----------
    folder
        The job's; what goes into the ZIP lies in a folder of it that is the owner's alone.
    files
        Name → content of the documents; the ledger, the proof and the manifest are added.

    Raises
    ------
    IntegrityError
        The signing key is not in the workspace.
    Unavailable
        The ledger cannot be written, or an anchor not reached.
    """
    digests: dict[str, Json] = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
    entry = ledger.append(Draft(kind=EXPORTED, actor=actor, model=model, facts={"files": digests}))
    signed, signer = ledger.checkpoint(), ledger.signer()
    more = {
        "proof.json": _json({"files": digests, "hash": entry.hash, "kind": EXPORTED, "seq": entry.seq}),
        "checkpoint.json": f"{signed.line()}\n".encode(),
        "README.txt": _README.format(model=model, at=moment(now), verifier=joined.NAME).encode(),
        joined.NAME: joined.joined().encode(),
    }
    pack = folder / PACK
    pack.mkdir(mode=0o700)
    named: dict[str, Json] = {}
    for name, content in {**files, **more}.items():
        (pack / name).write_bytes(content)
        named[name] = {"n_bytes": len(content), "sha256": sha256(content).hexdigest()}
    named[LEDGER] = _ledger(pack / LEDGER, ledger)
    manifest = _json({"files": named, "made_at": moment(now), "model": model, "type": TYPE, "version": 1})
    (pack / MANIFEST).write_bytes(manifest)
    (pack / SIGNATURE).write_bytes(_seal(manifest, entry, signed, signer))


def _ledger(file: Path, ledger: Ledger) -> dict[str, Json]:
    """Write the ledger's lines, a few hundred at a time: it may be large."""
    running, n_bytes = sha256(), 0
    with file.open("wb") as opened:
        for content in whole_lines(ledger.export()):
            running.update(content)
            n_bytes += len(content)
            opened.write(content)
    return {"n_bytes": n_bytes, "sha256": running.hexdigest()}


def _seal(manifest: bytes, entry: Entry, signed: Checkpoint, signer: Signer) -> bytes:
    """Return the signature of a manifest by the ledger's key, bound to where the ledger then was."""
    said: dict[str, Json] = {
        "head": signed.head,
        "key": signer.public,
        "ledger": signed.ledger,
        "proof": entry.seq,
        "seq": signed.seq,
        "sha256": sha256(manifest).hexdigest(),
        "type": TYPE,
    }
    return _json({"signed": said, "signature": signer.sign(canonical(said))})


def _json(document: Mapping[str, Json]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
