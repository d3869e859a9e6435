"""The client's calls about the ledger."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from core import wire
from core.chain.checkpoints import Checkpoint
from core.chain.verify import Proof
from core.client.asker import Asker
from core.errors import IntegrityError, Unavailable


class LedgerCalls(Asker):
    """What :class:`core.client.Client` can ask about the ledger."""

    def ledger(
        self, *, model: str | None = None, since: datetime | str | None = None, limit: int = 1000
    ) -> list[wire.EntryObject]:
        """Return the latest entries, of one model or of all, oldest first."""
        asked = {"limit": str(limit)} if model is None else {"limit": str(limit), "model": model}
        if since is not None:
            asked["since"] = since if isinstance(since, str) else wire.moment(since)
        return cast("list[wire.EntryObject]", self._get("ledger", asked))

    def verify_ledger(self, anchors: Sequence[Checkpoint] | None = None) -> Proof:
        """Say whether the ledger holds: against these checkpoints, else against the settings' anchor."""
        if anchors is None:
            return wire.proof_of(cast("wire.ProofObject", self._get("ledger/verify")))
        body = {"anchor": [one.line() for one in anchors]}
        answer = self._send("POST", "ledger/verify", json=body)
        return wire.proof_of(cast("wire.ProofObject", answer.json()))

    def checkpoint(self) -> Checkpoint:
        """Have the newest entry signed, and return the newest checkpoint."""
        answer = self._send("POST", "ledger/checkpoint")
        return wire.anchor_of(cast("wire.AnchorObject", answer.json()))

    def rotate_ledger_key(self) -> int:
        """Let a new key sign from now on; return the number of the entry that says so."""
        answer = self._send("POST", "ledger/key")
        return cast("wire.EntryObject", answer.json())["seq"]

    def export_ledger(self, file: Path) -> int:
        """Write the whole ledger to a file that does not exist; return its size in bytes.

        Raises
        ------
        Unavailable
            The file cannot be written.
        IntegrityError
            Less arrived than was sent.
        """
        part = file.with_name(f"{file.name}.part")
        try:
            with self._stream("POST", "ledger/export") as answer, part.open("xb") as into:
                part.chmod(0o600)
                for piece in answer.iter_bytes():
                    into.write(piece)
            n_bytes = part.stat().st_size
            if n_bytes != int(answer.headers["Content-Length"]):
                raise IntegrityError("The export did not arrive whole", hint="Try again.")
            part.rename(file)
        except OSError as error:
            raise Unavailable(str(file), error.strerror or str(error)) from error
        finally:
            part.unlink(missing_ok=True)
        return n_bytes
