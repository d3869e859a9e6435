"""The API's calls as methods: domain values in and out, errors as they were raised on the other side."""

import os
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Literal, Self, TypeVar, cast
from urllib.parse import quote

from core import wire
from core.change import ChangeExplained
from core.client.actions import ActionCalls
from core.client.alerts import AlertCalls
from core.client.asker import opened_file
from core.client.evidence import EvidenceCalls
from core.client.explanations import ExplanationCalls
from core.client.gates import GateCalls
from core.client.jobs import JobCalls
from core.client.keeping import KeepingCalls
from core.client.kpis import KpiCalls
from core.client.ledger import LedgerCalls
from core.client.lineage import LineageCalls
from core.client.people import PeopleCalls
from core.client.reviews import ReviewCalls
from core.client.tokens import TokenCalls
from core.client.training import TrainingCalls
from core.client.transports import Loopback
from core.client.validations import ValidationCalls
from core.config import Workspace
from core.domain import Baseline, Incident, Measurement, Segment, Status, Verdict
from core.receipts import (
    Check,
    Comparison,
    IngestReceipt,
    ModelSummary,
    MonitorReceipt,
    QuarantinedRow,
    Revision,
    WatchReceipt,
)
from core.views.actions import ActionScope, ActionsView
from core.views.activity import ActivityScope, ActivityView
from core.views.change import ChangeScope, ChangeView
from core.views.drift import DriftScope, DriftView
from core.views.fairness import FairnessScope, FairnessView
from core.views.fleet import FleetScope, FleetView
from core.views.mitigation import MitigationScope, MitigationView
from core.views.model import ModelScope, ModelView
from core.views.reports import ReportScope, ReportsView
from core.views.retrain import RetrainScope, RetrainView

View = TypeVar("View")
Moment = datetime | str
_PANE_PATIENCE_S = 5.0


class Client(
    ActionCalls,
    AlertCalls,
    EvidenceCalls,
    ExplanationCalls,
    GateCalls,
    JobCalls,
    KeepingCalls,
    KpiCalls,
    LedgerCalls,
    LineageCalls,
    PeopleCalls,
    ReviewCalls,
    TokenCalls,
    TrainingCalls,
    ValidationCalls,
):
    """Asks one workspace; safe to share between threads. Use it as a context manager or close it.

    Every method raises the error that the server raised (``InvalidInput``, ``NotFound``, ``Conflict``,
    ``Unavailable`` …), or ``Unavailable`` where no server answers. A model is named ``name`` while that
    is unique, else ``registry/name``. A moment is a ``datetime``, or text as a person types it: an ISO
    date or time, or a span such as 30d.

    Parameters
    ----------
    transport
        How requests travel; it is closed with the client.
    token
        Allows to write, where the transport does not bring one itself.
    """

    @classmethod
    def of_pane(
        cls,
        workspace: str | os.PathLike[str] | None = None,
        *,
        signed_in: Callable[[], str | None] = lambda: None,
    ) -> Self:
        """Return a client that only ever goes over the loopback and outlives control's restarts.

        Parameters
        ----------
        signed_in
            Returns for whom the pane asks now, as its own door told the page; asked at each request.
        """
        return cls(Loopback(Workspace.at(workspace), patience_s=_PANE_PATIENCE_S, signed_in=signed_in))

    # ---------------------------------------------------------------- the fleet

    def models(self) -> list[ModelSummary]:
        """Return the fleet, worst first."""
        return [wire.model_of(each) for each in cast("list[wire.ModelObject]", self._get("models"))]

    def watch(
        self,
        document: str,
        *,
        reference: Path | None = None,
        policy: str | None = None,
        create: bool = False,
    ) -> WatchReceipt:
        """Monitor a model as ``document`` (the spec's text) says, and pin its reference.

        ``policy`` is the text of the policy file that the spec names, if it names one.
        """
        form = {"spec": document, "create": "true" if create else "false"}
        if policy is not None:
            form["policy"] = policy
        files = {} if reference is None else {"reference": reference}
        return wire.watch_of(cast("wire.WatchObject", self._form("watch", form, files)))

    def refresh_registry(self) -> None:
        """Let the registries be read now."""
        self._send("POST", "registry/refresh")

    def doctor(self) -> list[Check]:
        """Return the findings of the workspace's checks."""
        return [wire.check_of(each) for each in cast("list[wire.CheckObject]", self._get("doctor"))]

    # ---------------------------------------------------------------- rows

    def ingest(
        self,
        model: str,
        file: Path,
        *,
        kind: Literal["predictions", "labels"] = "predictions",
        batch_key: str | None = None,
    ) -> IngestReceipt:
        """Send a file of rows; when this returns they are on disk.

        A batch sent again under the same ``batch_key`` is answered with the first receipt.
        """
        headers = {} if batch_key is None else {"Idempotency-Key": batch_key}
        with opened_file(file) as body:
            answer = self._send(
                "POST",
                f"models/{_quoted(model)}/{kind}",
                params={"name": file.name},
                content=body,
                headers=headers,
            )
        return wire.ingest_of(cast("wire.IngestObject", answer.json()))

    def quarantine(self, model: str, *, limit: int = 1000) -> list[QuarantinedRow]:
        """Return rows that could not be used, newest first."""
        found = self._get(f"models/{_quoted(model)}/quarantine", {"limit": str(limit)})
        return [wire.quarantine_of(each) for each in cast("list[wire.QuarantineObject]", found)]

    def retry_quarantine(self, model: str) -> IngestReceipt:
        """Try the quarantined rows again."""
        answer = self._send("POST", f"models/{_quoted(model)}/quarantine/retry")
        return wire.ingest_of(cast("wire.IngestObject", answer.json()))

    # ---------------------------------------------------------------- judgements

    def monitor(self, model: str | None = None) -> MonitorReceipt:
        """Judge what is due, of one model or of all."""
        answer = self._send("POST", "monitor", params={} if model is None else {"model": model})
        return wire.monitor_of(cast("wire.MonitorObject", answer.json()))

    def measurements(
        self,
        model: str,
        *,
        metric: str | None = None,
        feature: str | None = None,
        segment: Segment | None = None,
        since: Moment | None = None,
        exact: bool = False,
        include_reference: bool = False,
        baseline: Baseline = "fixed",
    ) -> list[Measurement]:
        """Return measurements, oldest window first."""
        asked = _given(
            metric=metric,
            feature=feature,
            since=since,
            segment=None if segment is None else wire.segment_texts(segment),
            exact=exact or None,
            include_reference=include_reference or None,
            baseline=None if baseline == "fixed" else baseline,
        )
        found = self._get(f"models/{_quoted(model)}/measurements", asked)
        return [wire.measurement_of(each) for each in cast("list[wire.MeasurementObject]", found)]

    def verdicts(
        self,
        model: str,
        *,
        segment: Segment | None = None,
        since: Moment | None = None,
        as_of: Moment | None = None,
        statuses: Collection[Status] = (),
    ) -> list[Verdict]:
        """Return verdicts, oldest window first: as they are, or as they stood at a time.

        ``statuses`` leaves out all verdicts of another one; empty, it leaves out none.
        """
        texts = None if segment is None else wire.segment_texts(segment)
        asked = _given(since=since, segment=texts, as_of=as_of, status=_texts(statuses))
        found = self._get(f"models/{_quoted(model)}/verdicts", asked)
        return [wire.verdict_of(each) for each in cast("list[wire.VerdictObject]", found)]

    def verdict_history(
        self,
        model: str,
        *,
        segment: Segment | None = None,
        since: Moment | None = None,
        statuses: Collection[Status] = (),
    ) -> list[Revision]:
        """Return every revision of the verdicts: what was known when, oldest window first."""
        texts = None if segment is None else wire.segment_texts(segment)
        asked = _given(since=since, segment=texts, history=True, status=_texts(statuses))
        found = self._get(f"models/{_quoted(model)}/verdicts", asked)
        return [wire.revision_of(each) for each in cast("list[wire.RevisionObject]", found)]

    def verdict(self, verdict_id: str) -> Verdict:
        """Return one verdict."""
        return wire.verdict_of(cast("wire.VerdictObject", self._get(f"verdicts/{_quoted(verdict_id)}")))

    def compare(
        self,
        document: str,
        reference: Path,
        current: Path,
        *,
        policy: str | None = None,
        by_window: bool = False,
    ) -> Comparison:
        """Compare two files as a spec says, whole or window by window; nothing is stored."""
        form = {"spec": document} if policy is None else {"spec": document, "policy": policy}
        if by_window:
            form["by_window"] = "true"
        found = self._form("compare", form, {"reference": reference, "current": current})
        return wire.comparison_of(cast("wire.ComparisonObject", found))

    def fairness(
        self,
        model: str,
        by: tuple[str, ...],
        *,
        since: Moment | None = None,
        against: str | None = None,
        windows: str | None = None,
        version: str | None = None,
        of_class: str | None = None,
    ) -> Comparison:
        """Measure rates by group, or by intersections of groups, over every ingested row.

        ``windows`` ("7", "0..23") asks for closed windows instead, of one ``version`` or of all.
        """
        asked = _given(by=",".join(by), since=since, against=against, windows=windows, version=version)
        asked |= _given(**{"class": of_class})
        found = self._get(f"models/{_quoted(model)}/fairness", asked)
        return wire.comparison_of(cast("wire.ComparisonObject", found))

    def change(
        self,
        model: str,
        *,
        before: str = "reference",
        after: str = "latest",
        metric: str | None = None,
        by: tuple[str, ...] = (),
    ) -> ChangeExplained:
        """Explain why a metric differs between two windows, or between the reference and a window."""
        asked = {"from": before, "to": after, **_given(metric=metric, by=",".join(by) or None)}
        found = self._get(f"models/{_quoted(model)}/change", asked)
        return wire.change_of(cast("wire.ChangeObject", found))

    # ---------------------------------------------------------------- incidents

    def incidents(self, *, open_only: bool = False) -> list[Incident]:
        """Return incidents, worst first."""
        found = self._get("incidents", {"open": "true"} if open_only else {})
        return [wire.incident_of(each) for each in cast("list[wire.IncidentObject]", found)]

    def acknowledge(self, incident_id: str) -> Incident:
        """Say that the current user looks at an incident."""
        return self._decide(incident_id, "ack", None)

    def snooze(self, incident_id: str, until: Moment) -> Incident:
        """Keep an incident quiet until a moment; a span counts from now on."""
        return self._decide(incident_id, "snooze", {"until": _text(until)})

    def resolve(self, incident_id: str, cause: str) -> Incident:
        """Close an incident and put its cause on record."""
        return self._decide(incident_id, "resolve", {"cause": cause})

    def _decide(self, incident_id: str, verb: str, body: dict[str, str] | None) -> Incident:
        answer = self._send("POST", f"incidents/{_quoted(incident_id)}/{verb}", json=body)
        return wire.incident_of(cast("wire.IncidentObject", answer.json()))

    # ---------------------------------------------------------------- views

    def fleet_view(self, scope: FleetScope) -> FleetView:
        """Return what the Fleet page shows."""
        return self._view(FleetView, "fleet", scope)

    def model_view(self, scope: ModelScope) -> ModelView:
        """Return what the Model page shows."""
        return self._view(ModelView, "model", scope)

    def drift_view(self, scope: DriftScope) -> DriftView:
        """Return what the Drift page shows."""
        return self._view(DriftView, "drift", scope)

    def fairness_view(self, scope: FairnessScope) -> FairnessView:
        """Return what the Fairness page shows."""
        return self._view(FairnessView, "fairness", scope)

    def reports_view(self, scope: ReportScope) -> ReportsView:
        """Return what a page shows of a model's deep reports."""
        return self._view(ReportsView, "reports", scope)

    def activity_view(self, scope: ActivityScope) -> ActivityView:
        """Return what the Activity page shows."""
        return self._view(ActivityView, "activity", scope)

    def actions_view(self, scope: ActionScope) -> ActionsView:
        """Return what a page shows of a model's champions and changes."""
        return self._view(ActionsView, "actions", scope)

    def change_view(self, scope: ChangeScope) -> ChangeView:
        """Return what the Segments tab shows."""
        return self._view(ChangeView, "change", scope)

    def retrain_view(self, scope: RetrainScope) -> RetrainView:
        """Return what a page shows of training a model anew."""
        return self._view(RetrainView, "retrain", scope)

    def mitigation_view(self, scope: MitigationScope) -> MitigationView:
        """Return what a page shows of treating groups more alike."""
        return self._view(MitigationView, "mitigation", scope)

    def _view(self, kind: type[View], name: str, scope: object) -> View:
        answer = self._send("GET", f"views/{name}", params=wire.parameters_of(scope))
        return wire.value_of(kind, answer.content)


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _text(at: Moment) -> str:
    return at if isinstance(at, str) else wire.moment(at)


def _texts(statuses: Collection[Status]) -> list[str] | None:
    return [status.value for status in statuses] or None


def _given(**parameters: str | datetime | bool | list[str] | None) -> dict[str, str | list[str]]:
    texts: dict[str, str | list[str]] = {}
    for name, value in parameters.items():
        if isinstance(value, bool):
            texts[name] = str(value).lower()
        elif isinstance(value, datetime):
            texts[name] = wire.moment(value)
        elif value is not None:
            texts[name] = value
    return texts
