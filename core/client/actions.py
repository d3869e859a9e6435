"""The client's calls that change production, and what became of them."""

from datetime import datetime
from typing import cast
from urllib.parse import quote

from core import wire
from core.action import CHAMPION, Action, ActionKind, Contrasts, Pending, Stay
from core.client.asker import Asker


class ActionCalls(Asker):
    """What :class:`core.client.Client` can ask about actions."""

    def promote(
        self,
        model: str,
        version: str,
        *,
        reason: str,
        alias: str = CHAMPION,
        generation: int | None = None,
        key: str | None = None,
    ) -> Action:
        """Make a version the champion; the receipt says how far that came, or why it was refused.

        Parameters
        ----------
        generation
            The pointer's generation that was looked at: a change decided on another is refused.
        key
            The same key again gives the same receipt, whatever happened in between.
        """
        wish = {"version": version, "reason": reason, "alias": alias, "generation": generation}
        return self._asked(model, "promote", wish, key)

    def roll_back(
        self,
        model: str,
        *,
        reason: str,
        to: str | None = None,
        alias: str = CHAMPION,
        generation: int | None = None,
        key: str | None = None,
    ) -> Action:
        """Go back to an earlier version, by default the one that was healthy the longest."""
        wish = {"version": to, "reason": reason, "alias": alias, "generation": generation}
        return self._asked(model, "rollback", wish, key)

    def retire(
        self, model: str, *, reason: str, generation: int | None = None, key: str | None = None
    ) -> Action:
        """Take a model out of use: no champion, judged no more, incidents closed, evidence archived."""
        return self._asked(model, "retire", {"reason": reason, "generation": generation}, key)

    def preview(
        self, model: str, kind: ActionKind, *, version: str | None = None, alias: str = CHAMPION
    ) -> Action:
        """Say what a change would do and what stands in its way; nothing is put on record."""
        asked = {"kind": kind.value, "alias": alias} | ({} if version is None else {"version": version})
        found = self._get(f"models/{quote(model, safe='')}/actions/preview", asked)
        return wire.receipt_of(cast("wire.ReceiptObject", found))

    def contrasts(self, model: str, version: str, *, against: str | None = None) -> Contrasts:
        """Return a version beside another, by default the champion: only what differs."""
        asked = {} if against is None else {"against": against}
        path = f"models/{quote(model, safe='')}/versions/{quote(version, safe='')}/contrast"
        return wire.contrasts_of(cast("wire.ContrastsObject", self._get(path, asked)))

    def action(self, action_id: str) -> Action:
        """Return one change as far as it came."""
        found = self._get(f"actions/{quote(action_id, safe='')}")
        return wire.receipt_of(cast("wire.ReceiptObject", found))

    def actions(self, *, model: str | None = None, open_only: bool = False) -> list[Action]:
        """Return changes that were asked for, the latest first."""
        asked = ({} if model is None else {"model": model}) | ({"open": "true"} if open_only else {})
        found = cast("list[wire.ReceiptObject]", self._get("actions", asked))
        return [wire.receipt_of(each) for each in found]

    def approvals(self) -> list[Pending]:
        """Return what waits for approval, the oldest first, and whether you may approve it."""
        found = cast("list[wire.PendingObject]", self._get("approvals"))
        return [wire.pending_of(each) for each in found]

    def approve(self, action_id: str, *, reason: str) -> Action:
        """Agree to a change that waits; with enough approvals it is looked at again, and begins."""
        return self._decided(action_id, "approve", reason)

    def reject(self, action_id: str, *, reason: str) -> Action:
        """End a change that waits; one that you asked for is withdrawn so."""
        return self._decided(action_id, "reject", reason)

    def history(self, model: str, *, alias: str | None = None) -> list[Stay]:
        """Return who or what was champion from when to when, oldest first."""
        found = self._get(
            f"models/{quote(model, safe='')}/history", {} if alias is None else {"alias": alias}
        )
        return [wire.history_of(each) for each in cast("list[wire.HistoryObject]", found)]

    def fleet_at(self, at: datetime | str) -> list[Stay]:
        """Return what every model's champion was at a time, and how it came there."""
        text = at if isinstance(at, str) else wire.moment(at)
        found = self._get("history", {"as_of": text})
        return [wire.history_of(each) for each in cast("list[wire.HistoryObject]", found)]

    def _asked(self, model: str, verb: str, wish: dict[str, str | int | None], key: str | None) -> Action:
        answer = self._send(
            "POST",
            f"models/{quote(model, safe='')}/{verb}",
            json={name: value for name, value in wish.items() if value is not None},
            headers={} if key is None else {"Idempotency-Key": key},
        )
        return wire.receipt_of(cast("wire.ReceiptObject", answer.json()))

    def _decided(self, action_id: str, verb: str, reason: str) -> Action:
        answer = self._send("POST", f"approvals/{quote(action_id, safe='')}/{verb}", json={"reason": reason})
        return wire.receipt_of(cast("wire.ReceiptObject", answer.json()))
