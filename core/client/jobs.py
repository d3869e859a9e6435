"""The client's calls about long work."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import quote

import httpx

from core import wire
from core.job import Job


class JobCalls:
    """What :class:`core.client.Client` can ask about jobs; the client brings the way to ask."""

    def jobs(
        self, *, model: str | None = None, kind: str | None = None, open_only: bool = False
    ) -> list[Job]:
        """Return jobs, the latest first; ``open_only`` leaves out those that are over."""
        asked = {"model": model, "kind": kind, "open": "true" if open_only else None}
        found = self._get("jobs", {name: text for name, text in asked.items() if text is not None})
        return [wire.job_of(each) for each in cast("list[wire.JobObject]", found)]

    def job(self, job_id: str) -> Job:
        """Return one job."""
        return wire.job_of(cast("wire.JobObject", self._get(f"jobs/{quote(job_id, safe='')}")))

    def cancel(self, job_id: str) -> Job:
        """End a job that waits or runs; raises ``Conflict`` where it is over."""
        answer = self._send("POST", f"jobs/{quote(job_id, safe='')}/cancel")
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def _get(self, path: str, parameters: Mapping[str, str | list[str]] | None = None) -> object:
        raise NotImplementedError

    def _send(self, method: str, path: str, **parts: object) -> httpx.Response:
        raise NotImplementedError
