"""The client's calls about alerts, and when there are none."""

from datetime import datetime
from typing import cast
from urllib.parse import quote

from core import wire
from core.alert import Alert, Maintenance
from core.client.asker import Asker


class AlertCalls(Asker):
    """What :class:`core.client.Client` can ask about alerts."""

    def alerts(self) -> list[Alert]:
        """Return what was told or is to be told about incidents, the latest first."""
        return [wire.alert_of(one) for one in cast("list[wire.AlertObject]", self._get("alerts"))]

    def test_alert(self, channel: str) -> None:
        """Send a message to a channel that says that it is a test."""
        self._send("POST", f"alerts/{quote(channel, safe='')}/test")

    def maintenance(self, *, over: bool = False) -> list[Maintenance]:
        """Return the maintenance windows that run or are planned; with ``over`` past ones too."""
        found = self._get("maintenance", {"over": "true"} if over else {})
        return [wire.maintenance_of(one) for one in cast("list[wire.MaintenanceObject]", found)]

    def plan_maintenance(
        self,
        model: str | None,
        *,
        until: datetime | str,
        reason: str,
        since: datetime | str | None = None,
    ) -> Maintenance:
        """Plan a window in which nobody is called about a model (None: about any); spans count from now."""
        body = {"model": model, "ends_at": _text(until), "reason": reason}
        if since is not None:
            body["starts_at"] = _text(since)
        answer = self._send("POST", "maintenance", json=body)
        return wire.maintenance_of(cast("wire.MaintenanceObject", answer.json()))

    def end_maintenance(self, identity: str) -> Maintenance:
        """End a maintenance window now, or take it back before it begins."""
        answer = self._send("POST", f"maintenance/{quote(identity, safe='')}/end")
        return wire.maintenance_of(cast("wire.MaintenanceObject", answer.json()))


def _text(at: datetime | str) -> str:
    return at if isinstance(at, str) else at.isoformat()
