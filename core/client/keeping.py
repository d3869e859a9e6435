"""The client's calls about what stays how long."""

from typing import cast

import httpx

from core import wire
from core.receipts import PruneReceipt


class KeepingCalls:
    """What :class:`core.client.Client` can ask about keeping; the client brings the way to ask."""

    def prune(self, *, dry_run: bool = False) -> PruneReceipt:
        """Let go of what is older than the settings keep; ``dry_run`` only says what that is."""
        answer = self._send("POST", "prune", params={"dry_run": "true"} if dry_run else {})
        return wire.prune_of(cast("wire.PruneObject", answer.json()))

    def _send(self, method: str, path: str, **parts: object) -> httpx.Response:
        raise NotImplementedError
