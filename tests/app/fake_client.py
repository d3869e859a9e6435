"""A client that answers with made views: what a page shows, without a control process."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from core.action import Action, ActionKind, Contrasts, Pending, Stay
from core.candidate import Standing
from core.errors import NotFound, TrimtabError
from core.explain import Explained
from core.job import Job, JobStatus
from core.retrain import Advice, Retrain
from core.views.actions import ActionScope, ActionsView
from core.views.activity import ActivityScope, ActivityView
from core.views.change import ChangeScope, ChangeView
from core.views.drift import DriftScope, DriftView
from core.views.explain import ExplainScope, ExplainView
from core.views.fairness import FairnessScope, FairnessView
from core.views.fleet import FleetScope, FleetView
from core.views.governance import EvidenceItem, GovernanceScope, GovernanceView
from core.views.mitigation import MitigationScope, MitigationView
from core.views.model import ModelScope, ModelView
from core.views.reports import ReportRow, ReportScope, ReportsView
from core.views.retrain import RetrainScope, RetrainView
from core.views.runs import RunsView
from core.views.validation import ValidationView

from .fake_lineage import FakeLineage
from .fake_reviews import FakeReviews
from .made_actions import actions_view, contrasts, pressed, would
from .made_activity import activity_view
from .made_change_view import change_view
from .made_drift import drift_view
from .made_explanations import EXPLAINED, ROW_DONE, explain_view
from .made_explanations import RUNNING as COMPUTING
from .made_fairness import fairness_view
from .made_fleet import fleet_view
from .made_governance import ITEMS, PACKING, governance_view
from .made_mitigation import TRYING, mitigation_view
from .made_model import MIDNIGHT, model_view
from .made_reports import DONE, RUNNING, reports_view
from .made_retraining import SOUND, TRAINING, retrain_view
from .made_validation import VALIDATING, validation_view


@dataclass
class FakeClient(FakeLineage, FakeReviews):
    """Answers like control; ``error`` is raised by every call, ``unknown`` models do not exist."""

    n_models: int = 5000
    error: TrimtabError | None = None
    unknown: frozenset[str] = frozenset({"nope"})
    registry_problem: str | None = None
    reports: tuple[ReportRow, ...] = (DONE,)
    archives: tuple[Job, ...] = ()
    asked: list[tuple[str, object]] = field(default_factory=list)
    refuses: TrimtabError | None = None
    change: ChangeView | None = None
    fairness: FairnessView | None = None
    mitigation: MitigationView | None = None
    pressed: tuple[Action, ...] = ()
    pending: tuple[Pending, ...] = ()
    training: RetrainView | None = None
    explaining: ExplainView | None = None
    row_job: Job = ROW_DONE
    explained: Explained | None = EXPLAINED
    advice: Advice = SOUND
    validations: str | None = None
    n_objects: int = 30
    items: tuple[EvidenceItem, ...] = ITEMS
    runs: RunsView | None = None

    def fleet_view(self, scope: FleetScope) -> FleetView:
        """Return the fleet."""
        self._check(None)
        return replace(fleet_view(scope, n_models=self.n_models), registry_problem=self.registry_problem)

    def model_view(self, scope: ModelScope) -> ModelView:
        """Return one model."""
        self._check(scope.model)
        return model_view(scope)

    def drift_view(self, scope: DriftScope) -> DriftView:
        """Return one model's drift."""
        self._check(scope.model)
        view = drift_view(scope)
        if self.n_models:
            return view
        return replace(
            view,
            name=None,
            rows=(),
            windows=(),
            detail=None,
            models=(),
            empty_reason="No model is monitored yet.",
        )

    def fairness_view(self, scope: FairnessScope) -> FairnessView:
        """Return how one model treats groups of people."""
        self._check(scope.model)
        return self.fairness or fairness_view(scope, n_models=self.n_models)

    def governance_view(self, scope: GovernanceScope) -> GovernanceView:
        """Return a part of governance."""
        self._check(scope.model)
        return governance_view(scope, n_models=self.n_models, items=self.items)

    def fill_form(
        self, model: str, item: str, *, text: str, owner: str | None, until: datetime | None
    ) -> None:
        """Remember what was written."""
        self._decide("fill", (model, item, text, owner, until))

    def accept_evidence(self, model: str, item: str) -> None:
        """Remember what was accepted."""
        self._decide("accept", (model, item))

    def mitigation_view(self, scope: MitigationScope) -> MitigationView:
        """Return what was tried to treat groups more alike."""
        self._check(scope.model)
        return self.mitigation or mitigation_view(scope)

    def mitigate(self, model: str, *, by: str, measure: str) -> Job:
        """Remember what was to be tried; it runs from then on."""
        self.asked.append(("mitigate", (model, by, measure)))
        if self.refuses is not None:
            raise self.refuses
        scope = MitigationScope(model=model.partition("/")[2], by=by, measure=measure)
        self.mitigation = mitigation_view(scope, job=TRYING)
        return TRYING

    def reports_view(self, scope: ReportScope) -> ReportsView:
        """Return a model's reports."""
        self._check(scope.model)
        return reports_view(scope, *self.reports)

    def make_report(self, model: str, *, window: int | None = None, version: str | None = None) -> Job:
        """Remember what was asked for; from then on it runs."""
        self.asked.append(("make", (model, window, version)))
        if self.refuses is not None:
            raise self.refuses
        self.reports = (RUNNING, *self.reports)
        return Job(
            id=RUNNING.id,
            kind="report",
            model=model,
            subject=RUNNING.subject,
            about={},
            status=JobStatus.QUEUED,
            actor="ann",
            asked_at=MIDNIGHT,
        )

    def cancel(self, job_id: str) -> None:
        """Remember what was cancelled."""
        self.asked.append(("cancel", job_id))
        if self.refuses is not None:
            raise self.refuses
        self.reports = tuple(one for one in self.reports if one.id != job_id)
        self.archives = tuple(one for one in self.archives if one.id != job_id)

    def change_view(self, scope: ChangeScope) -> ChangeView:
        """Return why one model's metric changed."""
        self._check(scope.model)
        return self.change or change_view(scope)

    def explain_view(self, scope: ExplainScope) -> ExplainView:
        """Return what a version leans on."""
        self._check(scope.model)
        return self.explaining or explain_view(scope)

    def ask_importance(self, model: str, version: str | None = None) -> Job:
        """Remember what was asked for; it runs from then on."""
        self._decide("importance", (model, version))
        self.explaining = explain_view(ExplainScope(model=model), overall=None, job=COMPUTING)
        return COMPUTING

    def ask_explanation(self, model: str, row: str) -> Job:
        """Remember what was asked for."""
        self._decide("explain", (model, row))
        return self.row_job

    def job(self, job_id: str) -> Job:
        """Return the job that explains a row, or validates a version."""
        self._check(None)
        if job_id == VALIDATING.id:
            return VALIDATING
        assert job_id == self.row_job.id
        return self.row_job

    def explanation(self, model: str, row: str) -> Explained:
        """Return why one prediction came out as it did."""
        self._check(model)
        if row == "gone":
            raise NotFound(f"row of {model}", row, hint="What was erased cannot be explained.")
        if self.explained is None:
            raise NotFound("explanation of row", row)
        return replace(self.explained, row=row)

    def keep_explanation(self, model: str, row: str) -> Explained:
        """Remember what was kept."""
        self._decide("keep", (model, row))
        self.explained = replace(EXPLAINED, kept_at=MIDNIGHT)
        return self.explained

    def activity_view(self, scope: ActivityScope) -> ActivityView:
        """Return what goes on."""
        self._check(None)
        seen = ("ack", "1nc1") in self.asked
        ended = ("end", "m1") in self.asked
        return activity_view(scope, changed=seen, empty=not self.n_models, ended=ended)

    def end_maintenance(self, identity: str) -> None:
        """Remember what was ended; nothing is in maintenance then."""
        self._decide("end", identity)

    def approvals(self) -> list[Pending]:
        """Return what waits for approval."""
        self._check(None)
        return list(self.pending)

    def approve(self, action_id: str, *, reason: str) -> Action:
        """Remember who agreed; nothing waits then."""
        return self._opine("approve", action_id, reason)

    def reject(self, action_id: str, *, reason: str) -> Action:
        """Remember who did not agree; nothing waits then."""
        return self._opine("reject", action_id, reason)

    def _opine(self, verb: str, action_id: str, reason: str) -> Action:
        self._decide(verb, (action_id, reason))
        action = next(one.action for one in self.pending if one.action.id == action_id)
        self.pending = ()
        return action

    def fleet_at(self, at: datetime) -> list[Stay]:
        """Return the champions of a day; before 2026 there were none."""
        self.asked.append(("fleet_at", at))
        return list(actions_view(ActionScope(model="lending")).stays[1:2]) if at.year > 2025 else []

    def acknowledge(self, incident_id: str) -> None:
        """Remember who was looked after."""
        self._decide("ack", incident_id)

    def snooze(self, incident_id: str, until: str) -> None:
        """Remember what was put aside."""
        self._decide("snooze", (incident_id, until))

    def resolve(self, incident_id: str, cause: str) -> None:
        """Remember what was resolved."""
        self._decide("resolve", (incident_id, cause))

    def _decide(self, verb: str, what: object) -> None:
        self.asked.append((verb, what))
        if self.refuses is not None:
            raise self.refuses

    def actions_view(self, scope: ActionScope) -> ActionsView:
        """Return a model's champions and changes."""
        self._check(scope.model)
        return actions_view(ActionScope(model=scope.model.rpartition("/")[2]), *self.pressed)

    def preview(
        self, model: str, kind: ActionKind, *, version: str | None = None, alias: str = "champion"
    ) -> Action:
        """Return what a change would do."""
        self._check(None)
        return would(model.partition("/")[2], kind, version)

    def gates(self, model: str, version: str) -> Standing:
        """Return a version that nobody validated."""
        self._check(None)
        name = model.partition("/")[2]
        known = {"champion": "17", "policy": "default", "policy_digest": ""}
        return Standing(model=name, version=version, gates=(), **known)

    def validation(self, model: str, version: str) -> ValidationView:
        """Return how a version's validation stands."""
        self._check(model)
        kinds = {"18": "none", "7": "findings"} if self.validations is None else {}
        return validation_view(model, version, self.validations or kinds.get(version, "broken"))

    def validate(self, model: str, version: str) -> None:
        """Remember what was asked for; from then on it runs."""
        self._decide("validate", (model, version))
        self.validations = "running"

    def close_finding(self, identity: str, *, reason: str) -> None:
        """Remember what was closed, and why."""
        self._decide("close", (identity, reason))

    def contrasts(self, model: str, version: str, *, against: str | None = None) -> Contrasts:
        """Return two versions that differ in a metric and a parameter."""
        self._check(None)
        return contrasts(model.partition("/")[2], against, version)

    def jobs(
        self, *, model: str | None = None, kind: str | None = None, open_only: bool = False
    ) -> list[Job]:
        """Return what was asked for of that kind: ZIPs of evidence, and nothing is being validated."""
        self._check(model)
        return [job for job in self.archives if job.kind == kind]

    def make_archive(self, model: str, *, pack: str | None = None) -> Job:
        """Remember what was asked for; it is packed from then on."""
        self._decide("archive", (model, pack))
        self.archives = (PACKING,)
        return PACKING

    def promote(self, model: str, version: str, *, reason: str, generation: int, key: str) -> Action:
        """Remember what was asked for; from then on it waits for rows."""
        return self._press(ActionKind.PROMOTE, model, version, reason, generation, key)

    def roll_back(self, model: str, *, to: str, reason: str, generation: int, key: str) -> Action:
        """Remember what was asked for; from then on it waits for rows."""
        return self._press(ActionKind.ROLL_BACK, model, to, reason, generation, key)

    def retire(self, model: str, *, reason: str, generation: int, key: str) -> Action:
        """Remember what was asked for; it is done at once."""
        return self._press(ActionKind.RETIRE, model, None, reason, generation, key)

    def _press(
        self, kind: ActionKind, model: str, version: str | None, reason: str, generation: int, key: str
    ) -> Action:
        assert key, "every press has a key of its own"
        self.asked.append((kind.value, (model, version, reason, generation)))
        if self.refuses is not None:
            raise self.refuses
        self.pressed = (pressed(kind, model.partition("/")[2], version),)
        return self.pressed[0]

    def job_log(self, job_id: str, *, lines: int) -> list[str]:
        """Return what a job printed."""
        self._check(None)
        return ["epoch 1 of 20"][:lines]

    def retrain_view(self, scope: RetrainScope) -> RetrainView:
        """Return whether a model may be trained anew."""
        self._check(scope.model)
        return self.training or retrain_view(scope)

    def retrain_advice(self, model: str) -> Advice:
        """Return what the evidence speaks for."""
        self._check(None)
        return self.advice

    def retrain(self, model: str, *, reason: str, recalibrate: bool, recipe: str, key: str) -> Retrain:
        """Remember what was asked for; it runs from then on."""
        assert key, "every press has a key of its own"
        self.asked.append((recipe or ("recalibrate" if recalibrate else "retrain"), (model, reason)))
        if self.refuses is not None:
            raise self.refuses
        self.training = retrain_view(RetrainScope(model=model.partition("/")[2]), TRAINING)
        return TRAINING

    def _check(self, model: str | None) -> None:
        if self.error is not None:
            raise self.error
        if model in self.unknown:
            raise NotFound("model", model or "")
