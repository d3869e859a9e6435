"""The client's calls about candidates: validation, gates, waivers, dry runs of policies."""

from datetime import datetime
from typing import cast
from urllib.parse import quote

from core import wire
from core.candidate import DryRun, Standing, Waiver
from core.client.asker import Asker
from core.job import Job


class GateCalls(Asker):
    """What :class:`core.client.Client` can ask about candidates."""

    def validate(self, model: str, version: str) -> Job:
        """Score a version beside the champion; the job that is under way, or was made since rows came."""
        answer = self._send("POST", f"{_of(model, version)}/validate")
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def gates(self, model: str, version: str) -> Standing:
        """Say how a version stands before the gates of its model's policy."""
        return wire.standing_of(cast("wire.StandingObject", self._get(f"{_of(model, version)}/gates")))

    def waive(self, model: str, version: str, gate: str, *, reason: str, until: datetime | str) -> Waiver:
        """Stand for a gate that a version does not pass; ``until`` is a time, or a span from now."""
        until = until if isinstance(until, str) else wire.moment(until)
        wish = {"gate": gate, "reason": reason, "until": until}
        answer = self._send("POST", f"{_of(model, version)}/waivers", json=wish)
        return wire.waiver_of(cast("wire.WaiverObject", answer.json()))

    def dry_run(self, text: str, since: datetime | str, *, name: str = "policy") -> DryRun:
        """Say what a policy's gates would have done to the promotions since a time; nothing is changed."""
        since = since if isinstance(since, str) else wire.moment(since)
        answer = self._send("POST", "policy/dry-run", json={"text": text, "name": name, "since": since})
        return wire.dry_run_of(cast("wire.DryRunObject", answer.json()))


def _of(model: str, version: str) -> str:
    return f"models/{quote(model, safe='')}/versions/{quote(version, safe='')}"
