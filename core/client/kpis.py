"""The client's calls about figures."""

from datetime import datetime

from core import wire
from core.client.asker import Asker
from core.views.kpis import KpiView


class KpiCalls(Asker):
    """What :class:`core.client.Client` can ask about figures."""

    def kpis(self, *, by: str | None = None, since: datetime | str | None = None) -> KpiView:
        """Return figures of how models are run, by unit, region or owner; ``since`` is a time or a span."""
        text = since if since is None or isinstance(since, str) else wire.moment(since)
        asked = {"by": by, "since": text}
        answer = self._send("GET", "kpis", params={name: one for name, one in asked.items() if one})
        return wire.value_of(KpiView, answer.content)
