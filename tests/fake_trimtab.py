"""A facade that remembers what it was asked and answers with fixed values; no store, no registry."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.alert import AlertStatus
from core.change import ChangeExplained
from core.config import Settings, Workspace, create_workspace
from core.domain import (
    Health,
    Incident,
    IncidentStatus,
    Limit,
    Measurement,
    Role,
    Segment,
    Severity,
    Status,
    Verdict,
    Window,
)
from core.errors import Conflict, NotFound
from core.job import Job, JobStatus
from core.logs.upload import Upload
from core.pooled import Stretch
from core.receipts import (
    Check,
    Comparison,
    IngestReceipt,
    ModelSummary,
    MonitorReceipt,
    QuarantinedRow,
    WatchReceipt,
)
from core.views.fleet import FleetScope, FleetView
from tests.made_change import CHANGE

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
WINDOW = Window(index=4, start=AT, end=AT.replace(day=19))
MEASUREMENT = Measurement(
    model="churn",
    version="7",
    metric="roc_auc",
    role=Role.PERFORMANCE,
    window=WINDOW,
    n=5000,
    value=0.96,
    low=0.95,
    high=0.97,
    method="binned",
)
VERDICT = Verdict(
    id="abc123",
    measurement=MEASUREMENT,
    status=Status.FAIL,
    rule="performance",
    limit=Limit(low=0.963),
    reason="outside reference band",
    sentence="ROC AUC 0.960 < 0.963: fails by 0.003",
    policy_digest="d1",
    judged_at=AT,
)
INCIDENT = Incident(
    id="inc1",
    model="churn",
    severity=Severity.CRITICAL,
    status=IncidentStatus.OPEN,
    opened_at=AT,
    first_window=WINDOW,
    last_window=WINDOW,
    cause="ROC AUC fell",
    rule="performance",
    features=(),
    verdicts=("abc123",),
)
MODEL = ModelSummary(
    name="churn",
    registry="sqlite:///mlflow.db",
    champion="7",
    challenger=None,
    status=Health.CRITICAL,
    why="ROC AUC fell",
    owner="retention",
    unit=None,
    risk=None,
    monitored=True,
)
JOB = Job(
    id="j0b",
    kind="report",
    model="churn",
    subject="window 4",
    about={"window": "4"},
    status=JobStatus.RUNNING,
    actor="ann",
    asked_at=AT,
    started_at=AT,
    share=0.4,
    step="Comparing columns",
    expected_s=30.0,
    attempt=1,
)
QUARANTINED = QuarantinedRow(
    id="q1",
    kind="predictions",
    received_at=AT,
    field="timestamp",
    reason="'x' is not a time",
    remedy="write ISO 8601",
    row='{"timestamp": "x"}',
)


class NoTokens:
    """Stands in for :class:`core.identity.TokenDesk`: no token opens anything."""

    def person(self, secret: str) -> None:
        return None


@dataclass
class FakeDesk:
    """Stands in for :class:`core.jobs.JobDesk`: it has one job, which runs until it is cancelled.

    ``coming`` is how the job will look, one look after the other; ``file`` is its result.
    """

    job: Job = JOB
    asked: list[tuple[str, Any]] = field(default_factory=list)
    coming: list[Job] = field(default_factory=list)
    file: Path = Path("nowhere")

    def every(self, **asked: object) -> list[Job]:
        self.asked.append(("every", asked))
        return [self.job]

    def get(self, identity: str) -> Job:
        if identity != self.job.id:
            raise NotFound("job", identity)
        if self.coming:
            self.job = self.coming.pop(0)
        return self.job

    def result(self, identity: str) -> Path:
        self.get(identity)
        return self.file

    def log(self, identity: str, *, n_lines: int) -> list[str]:
        self.get(identity)
        return ["epoch 1", "epoch 2"][-n_lines:]

    def cancel(self, identity: str, *, actor: str) -> Job:
        self.asked.append(("cancel", (identity, actor)))
        if self.get(identity).status.over:
            raise Conflict(f"Job {identity} is over: it is done")
        self.job = replace(self.job, status=JobStatus.CANCELLED, step=f"Cancelled by {actor}", ended_at=AT)
        return self.job


@dataclass
class FakeReports:
    """Stands in for :class:`core.reports.Reports`."""

    asked: list[tuple[str, Any]] = field(default_factory=list)

    def make(self, model: str, *, window: int | None, version: str | None, actor: str) -> Job:
        self.asked.append(("make", (model, window, version, actor)))
        return JOB

    def of_model(self, model: str) -> list[Job]:
        self.asked.append(("of_model", model))
        return [JOB]


class FakeRunner:
    """Has nothing to finish."""

    def reconcile(self) -> None:
        """Do nothing."""


class FakeAlerts:
    """Stands in for :class:`core.alerts.AlertDesk`: nothing was told yet."""

    def counts(self) -> dict[AlertStatus, int]:
        return dict.fromkeys(AlertStatus, 0)

    def last_ping(self) -> None:
        return None


@dataclass
class FakeTrimtab:
    """Stands in for :class:`core.trimtab.Trimtab`; ``asked`` holds the calls, ``fails`` is raised."""

    settings: Settings
    receipt: IngestReceipt = field(
        default_factory=lambda: IngestReceipt(accepted=3, quarantined=0, duplicate=1)
    )
    asked: list[tuple[str, Any]] = field(default_factory=list)
    fails: BaseException | None = None
    closed: bool = False
    jobs: FakeDesk = field(default_factory=FakeDesk)
    alerts: FakeAlerts = field(default_factory=FakeAlerts)
    reports: FakeReports = field(default_factory=FakeReports)
    runner: FakeRunner = field(default_factory=FakeRunner)
    tokens: NoTokens = field(default_factory=NoTokens)
    sessions: NoTokens = field(default_factory=NoTokens)

    @classmethod
    def at(cls, folder: Path) -> "FakeTrimtab":
        return cls(settings=create_workspace(Workspace(folder), {}))

    def _ask(self, name: str, *values: object) -> None:
        self.asked.append((name, values[0] if len(values) == 1 else values))
        if self.fails is not None:
            raise self.fails

    def close(self) -> None:
        self.closed = True

    def models(self) -> list[ModelSummary]:
        self._ask("models")
        return [MODEL]

    def watch(
        self,
        document: str,
        *,
        reference: Upload | None = None,
        policy: str | None = None,
        create: bool = False,
        actor: str = "trimtab",
        may_ease: bool = True,
    ) -> WatchReceipt:
        content = reference.path.read_text() if reference else None
        self._ask("watch", document, content, policy, create)
        return WatchReceipt(model="churn", reference_rows=2, reference_windows=1)

    def ingest(self, model: str, upload: Upload, *, kind: str, batch_key: str | None = None) -> IngestReceipt:
        self._ask("ingest", model, upload.path.read_bytes(), upload.format, upload.name, kind, batch_key)
        return self.receipt

    def quarantine(self, model: str, *, limit: int = 1000) -> list[QuarantinedRow]:
        self._ask("quarantine", model, limit)
        return [QUARANTINED]

    def retry_quarantine(self, model: str) -> IngestReceipt:
        self._ask("retry_quarantine", model)
        return self.receipt

    def monitor(self, model: str | None = None) -> MonitorReceipt:
        self._ask("monitor", model)
        return MonitorReceipt(windows=2, verdicts={"PASS": 3, "FAIL": 1}, incidents=1)

    def measurements(self, model: str, **asked: object) -> list[Measurement]:
        self._ask("measurements", model, asked)
        return [MEASUREMENT, replace(MEASUREMENT, value=None, low=None, high=None, reason="no labels yet")]

    def verdicts(
        self,
        model: str,
        *,
        segment: Segment | None = None,
        since: datetime | None = None,
        as_of: datetime | None = None,
        statuses: Collection[Status] | None = None,
    ) -> list[Verdict]:
        self._ask("verdicts", model, since, statuses)
        return [VERDICT] if statuses is None or VERDICT.status in statuses else []

    def verdict(self, verdict_id: str) -> Verdict:
        self._ask("verdict", verdict_id)
        if verdict_id != VERDICT.id:
            raise NotFound("verdict", verdict_id)
        return VERDICT

    def compare(
        self,
        document: str,
        reference: Upload,
        current: Upload,
        *,
        policy: str | None = None,
        by_window: bool = False,
    ) -> Comparison:
        self._ask("compare", document, reference.name, current.name, policy, by_window)
        return Comparison(measurements=(MEASUREMENT,), verdicts=(VERDICT,))

    def fairness(
        self,
        model: str,
        by: tuple[str, ...],
        *,
        since: datetime | None = None,
        against: str | None = None,
        stretch: Stretch | None = None,
        of_class: str | None = None,
    ) -> Comparison:
        asked = () if stretch is None and of_class is None else (stretch, of_class)
        self._ask("fairness", model, by, since, against, *asked)
        return Comparison(measurements=(MEASUREMENT,), verdicts=())

    def change(
        self, model: str, *, before: str, after: str, metric: str | None = None, by: tuple[str, ...] = ()
    ) -> ChangeExplained:
        self._ask("change", model, before, after, metric, by)
        return CHANGE

    def incidents(self, *, open_only: bool = False) -> list[Incident]:
        self._ask("incidents", open_only)
        return [INCIDENT]

    def acknowledge(self, incident_id: str, actor: str) -> Incident:
        self._ask("acknowledge", incident_id, actor)
        return replace(INCIDENT, status=IncidentStatus.ACKNOWLEDGED, acknowledged_by=actor)

    def snooze(self, incident_id: str, until: datetime, actor: str) -> Incident:
        self._ask("snooze", incident_id, until, actor)
        return replace(INCIDENT, status=IncidentStatus.SNOOZED, snoozed_until=until)

    def resolve(self, incident_id: str, cause: str, actor: str) -> Incident:
        self._ask("resolve", incident_id, cause, actor)
        return replace(INCIDENT, status=IncidentStatus.RESOLVED, resolution=cause, resolved_at=AT)

    def doctor(self) -> list[Check]:
        self._ask("doctor")
        return [Check(name="stores", ok=True, message="Both open.")]

    def refresh_registry(self) -> None:
        self._ask("refresh_registry")

    def fleet_view(self, scope: FleetScope) -> FleetView:
        self._ask("fleet_view", scope)
        return FleetView(
            as_of=AT,
            scope=scope,
            n_models=0,
            n_monitored=0,
            n_matching=0,
            page_size=25,
            counts=(),
            decisions=(),
            n_decisions=0,
            trouble=(),
            units=(),
            rows=(),
            judged_at=None,
        )


class Unexpected(Exception):
    """A defect: something that no code expects."""
