"""A ZIP of evidence that proves itself: files, manifest, signature, the ledger that has them on record."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core.chain.canonical import Json, canonical
from core.chain.checkpoints import Checkpoint
from core.chain.entries import Draft, Entry, moment
from core.chain.signing import Signer
from core.ledger import Ledger, joined

EXPORTED = "evidence.exported"
"""Kind of the ledger entry that names the files of a pack by their digests."""
TYPE = "trimtab evidence manifest"
_README = """Evidence of {model}, made {at} by Trimtab.

Check it without Trimtab, on any machine with Python 3.9 or newer:

    python {verifier} PACK.zip [--anchor FILE]

Use a copy of {verifier} that did not come with this ZIP, and an anchor that somebody else kept: who wrote the
ZIP could have written both anew. Not legal advice.
"""


def write_pack(
    target: Path,
    files: Mapping[str, bytes],
    *,
    model: str,
    actor: str,
    ledger: Ledger,
    now: datetime,
) -> None:
    """Put files on record in the ledger, sign what it then is, and write all of it into a ZIP.

    Parameters
    ----------
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
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        named = {}
        for name, content in {**files, **more}.items():
            archive.writestr(_info(name, now), content)
            named[name] = _digest((content,))
        named["ledger.jsonl"] = _ledger(archive, ledger, now)
        manifest = _json({"files": named, "made_at": moment(now), "model": model, "type": TYPE, "version": 1})
        archive.writestr(_info("manifest.json", now), manifest)
        archive.writestr(_info("manifest.sig.json", now), _seal(manifest, entry, signed, signer))


def _ledger(archive: zipfile.ZipFile, ledger: Ledger, now: datetime) -> dict[str, Json]:
    """Write the ledger's lines one by one: it may be large."""
    running, n_bytes = sha256(), 0
    with archive.open(_info("ledger.jsonl", now), "w", force_zip64=True) as file:
        for line in ledger.export():
            content = line.encode()
            running.update(content)
            n_bytes += len(content)
            file.write(content)
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


def _digest(pieces: Iterable[bytes]) -> dict[str, Json]:
    whole = b"".join(pieces)
    return {"n_bytes": len(whole), "sha256": sha256(whole).hexdigest()}


def _json(document: Mapping[str, Json]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _info(name: str, now: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=now.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
