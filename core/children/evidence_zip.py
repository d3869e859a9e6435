"""Make the ZIP of a model's evidence of what control laid out and signed; the key never comes here.

Input: the folder ``pack``, whose ``manifest.json`` names every other file by its SHA-256, and
``manifest.sig.json``. Output: ``evidence.zip``, which the owner alone may read.
"""

import json
import zipfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from core.children.offline import stay_offline
from core.errors import IntegrityError

if TYPE_CHECKING:
    from core.children.runner import Say

PACK, OUTPUT = "pack", "evidence.zip"
MANIFEST, SIGNATURE, LEDGER = "manifest.json", "manifest.sig.json", "ledger.jsonl"
_PIECE = 1 << 20


def run(folder: Path, say: "Say") -> None:
    """Pack the files, each compared with the manifest on its way.

    Raises
    ------
    IntegrityError
        A file is not the one that the manifest names.
    """
    stay_offline()
    pack, output = folder / PACK, folder / OUTPUT
    manifest = json.loads((pack / MANIFEST).read_bytes())
    at, named = datetime.fromisoformat(manifest["made_at"]), manifest["files"]
    packing = _Packing(sum(entry["n_bytes"] for entry in named.values()), say)
    # An earlier attempt may have left a part of one.
    output.unlink(missing_ok=True)
    output.touch(mode=0o600)
    with zipfile.ZipFile(output, "w") as archive:
        for name, entry in named.items():
            if packing.add(archive, pack / name, at) != entry["sha256"]:
                what = f"{name} is not what was laid out for the ZIP"
                raise IntegrityError(what, hint="Ask for it again.")
        for name in (MANIFEST, SIGNATURE):
            packing.add(archive, pack / name, at)


class _Packing:
    """Packs one file after the other and tells how far it is, by bytes."""

    def __init__(self, n_bytes: int, say: "Say") -> None:
        self._all = max(1, n_bytes)
        self._done = 0
        self._say = say

    def add(self, archive: zipfile.ZipFile, file: Path, at: datetime) -> str:
        """Add a file and return its SHA-256."""
        info = zipfile.ZipInfo(file.name, date_time=at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        digest = sha256()
        with file.open("rb") as source, archive.open(info, "w", force_zip64=True) as into:
            while piece := source.read(_PIECE):
                digest.update(piece)
                into.write(piece)
                self._done += len(piece)
                self._say(min(0.99, self._done / self._all), f"Packing {file.name}")
        return digest.hexdigest()
