"""The chapters of the facade: what keeps its own things and is asked by its own name (``trimtab.jobs``)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from threading import Lock

from core.actions import ActionDesk, ActionRunner, Mirroring
from core.actions.approval_desk import ApprovalDesk
from core.actions.approving import Approving
from core.actions.closing import Closing
from core.actions.journal import FILE as JOURNAL
from core.actions.journal import Journal
from core.actions.retiring import Retiring
from core.actions.waiving import Waiving
from core.alerts import AlertDesk, MaintenanceDesk
from core.basis import Basis
from core.config import Settings
from core.datasets import Datasets
from core.domain import Incident
from core.evidence import EvidenceDesk
from core.evidence.archives import Archives
from core.explaining import Explaining
from core.explaining.files import VersionFiles
from core.identity import SessionDesk, TokenDesk
from core.jobs import JobDesk
from core.keeping.keeper import Keeper
from core.kpis import KpiDesk
from core.ledger import Ledger
from core.lineage.desk import Lineage
from core.ports import Channel, Clock, Deployment, Executor, Registry
from core.reports import Reports
from core.review import ReviewDesk
from core.review.carrying import Carrier, Snooze
from core.review.choices import Choices
from core.review.gather import Sources
from core.review.stale import Standing
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor
from core.training import Judges, Orchestrators, Reproducing, Retraining
from core.validation import Gatekeeper, Manifests, Suite, Validations


@dataclass(kw_only=True, eq=False, repr=False)
class Chapters:
    """One workspace's chapters, each knowing those it builds on; the facade is asked by these names."""

    jobs: JobDesk
    ledger: Ledger
    keeping: Keeper
    runner: ActionRunner
    actions: ActionDesk
    approvals: ApprovalDesk
    tokens: TokenDesk
    sessions: SessionDesk
    mirroring: Mirroring
    reports: Reports
    training: Retraining
    alerts: AlertDesk
    maintenance: MaintenanceDesk
    manifests: Manifests
    validations: Validations
    gatekeeper: Gatekeeper
    waiving: Waiving
    explaining: Explaining
    suite: Suite
    closing: Closing
    lineage: Lineage
    datasets: Datasets
    evidence: EvidenceDesk
    archives: Archives
    reviews: ReviewDesk
    kpis: KpiDesk
    reproducing: Reproducing

    def take(self, chapters: "Chapters") -> None:
        """Answer for these chapters from now on."""
        for chapter in fields(Chapters):
            setattr(self, chapter.name, getattr(chapters, chapter.name))


def open_chapters(
    settings: Settings,
    *,
    store: AnalyticsStore,
    state: StateStore,
    registries: Mapping[str, Registry],
    deployments: Mapping[str, Deployment],
    channels: Mapping[str, Channel],
    beacon: Channel | None,
    executor: Executor | None,
    clock: Clock,
    judging: Lock,
    judge: Callable[[], object],
    basis: Callable[[Cursor, StoredMonitor], Basis | None],
    incidents: Callable[[], Sequence[Incident]],
    snooze: Snooze,
) -> Chapters:
    """Put the chapters together.

    Parameters
    ----------
    judging
        Held while something is judged.
    judge
        Judges what is due.
    basis
        Returns what a model's windows are compared with.
    incidents, snooze
        Returns incidents as people see them; puts one aside until a time.
    """
    workspace = settings.workspace
    jobs = JobDesk(
        table=state.jobs,
        executor=executor,
        clock=clock,
        root=workspace.root,
        folder=workspace.spool / "jobs",
    )
    ledger = Ledger(state, keys=workspace.keys, clock=clock, anchor=settings.ledger_anchor)
    runner = ActionRunner(
        store=store,
        state=state,
        ledger=ledger,
        registries=registries,
        deployments=deployments,
        journal=Journal(workspace.root / JOURNAL),
        retiring=Retiring(
            store=store, state=state, ledger=ledger, root=workspace.root, judging=judging, clock=clock
        ),
        clock=clock,
    )
    lineage = Lineage(store=store, state=state, registries=registries, clock=clock)
    manifests = Manifests(
        store=store,
        state=state,
        ledger=ledger,
        registries=registries,
        scratch=workspace.spool / "manifests",
    )
    validations = Validations(
        store=store,
        state=state,
        jobs=jobs,
        registries=registries,
        manifests=manifests,
        settings=settings,
        clock=clock,
    )
    gatekeeper = Gatekeeper(
        store=store,
        state=state,
        validations=validations,
        jobs=jobs,
        manifests=manifests,
        registries=registries,
        ledger=ledger,
        clock=clock,
    )
    approving = Approving(state, ledger, gatekeeper, team=settings.identity.team)
    actions = ActionDesk(
        runner=runner,
        store=store,
        state=state,
        ledger=ledger,
        registries=registries,
        deployments=frozenset(deployments),
        approving=approving,
        clock=clock,
    )
    approvals = ApprovalDesk(actions, approving, runner, state=state, ledger=ledger, clock=clock)
    runner.also(approvals.tend)
    training = Retraining(
        store=store,
        state=state,
        ledger=ledger,
        registries=registries,
        jobs=jobs,
        actions=actions,
        judges=Judges(validations, gatekeeper, actions),
        orchestrators=Orchestrators(deployments, registries, clock),
        basis=basis,
        clock=clock,
        settings=settings,
        by_itself=executor is not None,
    )
    evidence = EvidenceDesk(
        settings,
        store=store,
        state=state,
        ledger=ledger,
        registries=registries,
        lineage=lineage,
        clock=clock,
    )
    standing = Standing(evidence.view, state=state, ledger=ledger, clock=clock)
    waiving = Waiving(gatekeeper, approving, state, registries, clock)
    return Chapters(
        jobs=jobs,
        ledger=ledger,
        keeping=Keeper(
            settings=settings,
            store=store,
            state=state,
            clock=clock,
            judging=judging,
            judge=judge,
            jobs=jobs,
            ledger=ledger,
        ),
        runner=runner,
        actions=actions,
        approvals=approvals,
        tokens=TokenDesk(state, ledger, clock),
        sessions=SessionDesk(state, ledger, settings.identity, clock),
        mirroring=Mirroring(store=store, registries=registries, desk=actions, clock=clock),
        reports=Reports(store, state, jobs, clock=clock, settings=settings),
        training=training,
        alerts=AlertDesk(settings.alerts, state=state, channels=channels, beacon=beacon, clock=clock),
        maintenance=MaintenanceDesk(state, ledger, clock),
        manifests=manifests,
        validations=validations,
        gatekeeper=gatekeeper,
        waiving=waiving,
        explaining=Explaining(
            store=store,
            state=state,
            jobs=jobs,
            registries=registries,
            files=VersionFiles(workspace.spool / "versions", registries=registries, manifests=manifests),
            ledger=ledger,
            settings=settings,
            clock=clock,
        ),
        suite=Suite(
            store=store,
            state=state,
            validations=validations,
            jobs=jobs,
            gatekeeper=gatekeeper,
            registries=registries,
            ledger=ledger,
            clock=clock,
        ),
        closing=Closing(approving, state, ledger, registries, clock),
        reproducing=Reproducing(state=state, jobs=jobs, registries=registries, settings=settings),
        lineage=lineage,
        datasets=Datasets(lineage=lineage, store=store, state=state, workspace=workspace, clock=clock),
        evidence=evidence,
        archives=Archives(evidence, jobs, ledger, settings),
        reviews=ReviewDesk(
            Sources(
                store=store,
                state=state,
                ledger=ledger,
                incidents=incidents,
                evidence=standing.stale,
            ),
            Choices(actions, training),
            Carrier(state=state, actions=actions, training=training, waiving=waiving, snooze=snooze),
            state=state,
            ledger=ledger,
            clock=clock,
        ),
        kpis=KpiDesk(
            store=store,
            state=state,
            ledger=ledger,
            incidents=incidents,
            documented=standing.documented,
            clock=clock,
        ),
    )
