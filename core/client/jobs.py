"""The client's calls about long work."""

from pathlib import Path
from typing import cast
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.errors import InvalidInput, Problem
from core.job import Job


class JobCalls(Asker):
    """What :class:`core.client.Client` can ask about jobs."""

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

    def job_log(self, job_id: str, *, lines: int = 100) -> list[str]:
        """Return the last lines that a job printed, while it runs."""
        return cast("list[str]", self._get(f"jobs/{quote(job_id, safe='')}/log", {"lines": str(lines)}))

    def cancel(self, job_id: str) -> Job:
        """End a job that waits or runs; raises ``Conflict`` where it is over."""
        answer = self._send("POST", f"jobs/{quote(job_id, safe='')}/cancel")
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def result(self, job_id: str) -> bytes:
        """Return what a job made; raises ``NotFound`` where it is not done, or that is gone."""
        return self._send("GET", f"jobs/{quote(job_id, safe='')}/result").content

    def save_result(self, job_id: str, file: Path) -> Path:
        """Write what a job made into a file, whole or not at all; return the file."""
        content = self.result(job_id)
        aside = file.with_name(f".{file.name}.{job_id}")
        try:
            aside.write_bytes(content)
            aside.replace(file)
        except OSError as error:
            aside.unlink(missing_ok=True)
            problem = Problem(field="file", message=error.strerror or str(error), remedy="check the path")
            raise InvalidInput(str(file), [problem]) from error
        return file

    def make_report(self, model: str, *, window: int | None = None, version: str | None = None) -> Job:
        """Ask for Evidently's report on a judged window; the same one while nothing has changed since."""
        asked = {"window": None if window is None else str(window), "version": version}
        parameters = {name: text for name, text in asked.items() if text is not None}
        answer = self._send("POST", f"models/{quote(model, safe='')}/reports", params=parameters)
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def reports(self, model: str) -> list[Job]:
        """Return a model's reports, the latest first."""
        found = self._get(f"models/{quote(model, safe='')}/reports")
        return [wire.job_of(each) for each in cast("list[wire.JobObject]", found)]
