"""The client's calls about what stays how long."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.errors import Unavailable
from core.receipts import BackupReceipt, EraseReceipt, PruneReceipt


class KeepingCalls(Asker):
    """What :class:`core.client.Client` can ask about keeping."""

    def prune(self, *, dry_run: bool = False) -> PruneReceipt:
        """Let go of what is older than the settings keep; ``dry_run`` only says what that is."""
        answer = self._send("POST", "prune", params={"dry_run": "true"} if dry_run else {})
        return wire.prune_of(cast("wire.PruneObject", answer.json()))

    def erase(self, model: str, ids: Sequence[str], *, backups: bool = False) -> EraseReceipt:
        """Erase persons from all that holds rows of a model; ``backups`` takes the upgrades' copies too."""
        body = {"ids": list(ids), "backups": backups}
        answer = self._send("POST", f"models/{quote(model, safe='')}/erase", json=body)
        return wire.erase_of(cast("wire.EraseObject", answer.json()))

    def backup(self, file: Path) -> BackupReceipt:
        """Write a backup of the workspace to a file that does not exist, and check what was written.

        Raises
        ------
        Unavailable
            The file cannot be written, or the disk is full on either side.
        IntegrityError
            What arrived is not what was sent.
        """
        # Late: only who backs up needs it.
        from core.keeping import archive

        part = file.with_name(f"{file.name}.part")
        try:
            with self._stream("POST", "backup") as answer, part.open("xb") as into:
                part.chmod(0o600)
                for piece in answer.iter_bytes():
                    into.write(piece)
            manifest = archive.check(part)
            n_bytes = part.stat().st_size
            part.rename(file)
        except OSError as error:
            raise Unavailable(str(file), error.strerror or str(error)) from error
        finally:
            part.unlink(missing_ok=True)
        return BackupReceipt(
            file=str(file.absolute()),
            created_at=manifest.created_at,
            n_files=len(manifest.files),
            n_bytes=n_bytes,
            analytics_schema=manifest.analytics_schema,
            state_schema=manifest.state_schema,
        )
