"""Validations as they are kept and shown: on record once made, with findings, and a day to repeat."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from core import watch
from core.action import shown_version
from core.candidate import Findings
from core.chain.entries import Draft, moment
from core.errors import InvalidInput, NotFound, Problem
from core.finding import Finding, Severity, Validated
from core.job import Job, JobStatus
from core.jobs import JobDesk
from core.ledger import Ledger
from core.ledger.desk import SYSTEM
from core.policy.told import failed, rule_of, told
from core.ports import Clock, Registry
from core.store import AnalyticsStore, StateStore, StoredMonitor, registry_mirror
from core.validation.desk import KIND, Validations, champion_of
from core.validation.gatekeeper import Gatekeeper
from core.validation.sections import sections
from core.views.validation import Digests, ValidationView, Verdict

_log = logging.getLogger("trimtab.validation")


class Suite:
    """Keeps validations and their findings, and says how versions stand after them.

    Parameters
    ----------
    store, state
        The mirror of registries; what is on record.
    validations, jobs, gatekeeper
        Where validations are asked for, what became of them, and what they found.
    registries
        Short name → registry.
    ledger
        Is told what was made, opened and closed, and what falls due.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        validations: Validations,
        jobs: JobDesk,
        gatekeeper: Gatekeeper,
        registries: Mapping[str, Registry],
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._validations = validations
        self._jobs = jobs
        self._gatekeeper = gatekeeper
        self._registries = registries
        self._ledger = ledger
        self._clock = clock

    # ---------------------------------------------------------------- on record

    def tend(self) -> None:
        """Put validations on record that are not yet, and say which of what is in production fall due."""
        for monitor in self._state.list_monitors():
            if monitor.retired_at is None:
                self._take_in(monitor)
                self._note_due(monitor)

    def _take_in(self, monitor: StoredMonitor) -> None:
        """Put what was made since on record, each once, with a finding for each check that failed."""
        known = self._state.validations.jobs()
        made = [
            job
            for job in self._jobs.every(model=monitor.spec.model, kind=KIND)
            if job.about.get("model_key") == monitor.key
            and job.status is JobStatus.DONE
            and job.id not in known
        ]
        for job in reversed(made):
            findings, digest = self._gatekeeper.findings(job)
            if findings is not None and self._jobs.is_as_made(job):
                self._record(monitor, job, findings, digest)

    def _record(self, monitor: StoredMonitor, job: Job, findings: Findings, digest: str) -> None:
        spec = monitor.spec
        made = Validated(
            job=job.id,
            registry=spec.registry,
            model=spec.model,
            version=findings.version,
            made_at=findings.made_at,
            actor=job.actor,
            n_rows=findings.n_rows,
            loads=any(one.metric == "loads" and one.value == 1 for one in findings.facts),
            version_digest=findings.digest,
            findings_digest=digest,
            policy_digest=findings.policy_digest,
            rows_digest=findings.rows_digest,
        )
        draft = Draft(
            kind="validation.made",
            actor=job.actor,
            model=monitor.name,
            facts={
                "job": job.id,
                "version": made.version,
                "made_at": moment(made.made_at),
                "n_rows": made.n_rows,
                "version_digest": made.version_digest,
                "findings_digest": digest,
                "policy_digest": made.policy_digest,
                "rows_digest": made.rows_digest,
            },
        )
        opened = self._opened(monitor, findings)
        with self._state.together():
            if not self._state.validations.add(made):
                return
            self._ledger.append(draft)
            for one in opened:
                self._open(monitor, one)

    def _opened(self, monitor: StoredMonitor, findings: Findings) -> list[Finding]:
        """Return a finding for each check that fails and was not found of this version before."""
        spec, policy = monitor.spec, watch.policy_of(self._state, monitor)
        before = self._state.validations.findings(spec.registry, spec.model, findings.version)
        known, found = {one.check for one in before if one.check}, []
        for fact in findings.facts:
            rule = rule_of(fact, policy.validation.checks, spec, findings.against)
            if rule is None:
                continue
            sentence, gate = told(fact, rule)
            check = f"{rule.id}/{fact.feature}" if fact.feature else rule.id
            if failed(gate) and check not in known:
                known.add(check)
                severity = Severity(policy.validation.severities[rule.id])
                found.append(self._finding(monitor, findings.version, severity, sentence, check=check))
        return found

    def _finding(
        self,
        monitor: StoredMonitor,
        version: str,
        severity: Severity,
        title: str,
        *,
        check: str = "",
        actor: str = SYSTEM,
        owner: str | None = None,
        due_at: datetime | None = None,
    ) -> Finding:
        now, spec = self._clock.now(), monitor.spec
        within = watch.policy_of(self._state, monitor).validation.close_within
        return Finding(
            id=token_hex(4),
            registry=spec.registry,
            model=spec.model,
            version=version,
            check=check,
            severity=severity,
            title=title,
            owner=owner or spec.owner,
            opened_at=now,
            opened_by=actor,
            due_at=due_at or now + within[severity.value],
        )

    def _open(self, monitor: StoredMonitor, one: Finding) -> None:
        draft = Draft(
            kind="finding.opened",
            actor=one.opened_by,
            model=monitor.name,
            facts={
                "finding": one.id,
                "version": one.version,
                "check": one.check,
                "severity": one.severity.value,
                "due_at": moment(one.due_at),
            },
            private={"title": one.title, "owner": one.owner},
        )
        self._state.validations.add_finding(one)
        self._ledger.append(draft)

    def open(
        self,
        model: str,
        version: str,
        *,
        severity: Severity,
        title: str,
        actor: str,
        owner: str | None = None,
        due_at: datetime | None = None,
    ) -> Finding:
        """Write a finding down that no check made.

        Raises
        ------
        InvalidInput
            It says nothing, or its day has passed.
        NotFound
            The model is not monitored, or has no such version.
        """
        monitor, problems = self._state.monitor(model), []
        self._check_version(monitor, version)
        if not title.strip():
            problems.append(Problem(field="title", message="is empty", remedy="say what is wrong"))
        if due_at is not None and due_at <= self._clock.now():
            problems.append(Problem(field="due", message="has passed", remedy="name a day to come"))
        if problems:
            raise InvalidInput("The finding", problems)
        made = self._finding(
            monitor, version, severity, title.strip(), actor=actor, owner=owner, due_at=due_at
        )
        with self._state.together():
            self._open(monitor, made)
        return made

    def findings(self, model: str, *, version: str | None = None, open_only: bool = False) -> list[Finding]:
        """Return a model's findings, the open ones first; raises ``NotFound``."""
        monitor = self._state.monitor(model)
        self._take_in(monitor)
        found = self._state.validations.findings(monitor.spec.registry, monitor.spec.model, version)
        return [one for one in found if one.open or not open_only]

    # ---------------------------------------------------------------- due again

    def _note_due(self, monitor: StoredMonitor) -> None:
        """Put on record, once, that the version in production must be validated anew."""
        spec = monitor.spec
        with self._store.reading() as cursor:
            mirrored = registry_mirror.models(cursor, registry=spec.registry, name=spec.model)
        stay = mirrored[0].aliases.get("champion") if mirrored else None
        latest = self._state.validations.latest(spec.registry, spec.model)
        made = None if stay is None else latest.get(stay.version)
        if made is None:
            return
        due_at = made.made_at + watch.policy_of(self._state, monitor).validation.every
        name = f"validation_due/{monitor.key}"
        if self._clock.now() <= due_at or self._state.setting(name) == made.job:
            return
        facts = {"version": made.version, "job": made.job, "due_at": moment(due_at)}
        with self._state.together():
            self._state.save_setting(name, made.job)
            self._ledger.append(
                Draft(kind="validation.due", actor=SYSTEM, model=monitor.name, facts=dict(facts))
            )
        _log.warning("validation.due model=%s version=%s", monitor.name, made.version)

    # ---------------------------------------------------------------- shown

    def view(self, model: str, version: str) -> ValidationView:
        """Return how a version stands after its latest validation.

        Raises
        ------
        NotFound
            The model is not monitored, or has no such version.
        """
        monitor = self._state.monitor(model)
        champion = self._check_version(monitor, version)
        self._take_in(monitor)
        spec, now = monitor.spec, self._clock.now()
        of_version = self._validations.of(monitor, version)
        newest = of_version[0] if of_version else None
        job = next((one for one in of_version if one.status is JobStatus.DONE), None)
        found, digest = (None, "") if job is None else self._gatekeeper.findings(job)
        name = f"{spec.model} {shown_version(version)}"
        view = ValidationView(
            as_of=now,
            model=spec.model,
            registry=spec.registry,
            version=version,
            verdict=Verdict.NOT_VALIDATED,
            sentence=f"{name} is not validated: nothing is known of it.",
            findings=tuple(self._state.validations.findings(spec.registry, spec.model, version)),
            job=newest.id if newest is not None and not newest.status.over else None,
            failed=newest.error if newest is not None else None,
        )
        if found is None or job is None:
            return view
        policy = watch.policy_of(self._state, monitor)
        rules = (*policy.validation.checks, *policy.gates)
        parts = sections(found, rules, spec, champion)
        view = replace(
            view,
            sections=parts,
            made_at=found.made_at,
            actor=job.actor,
            digests=Digests(
                version=found.digest, policy=found.policy_digest, rows=found.rows_digest, findings=digest
            ),
            due_at=found.made_at + policy.validation.every,
            stale=self._stale(monitor, job, found),
        )
        verdict, sentence = _verdict(view, found, name)
        return replace(view, verdict=verdict, sentence=sentence)

    def _stale(self, monitor: StoredMonitor, job: Job, found: Findings) -> str:
        if not self._jobs.is_as_made(job):
            return "the findings are not those that the validation made"
        if monitor.changed_at > found.made_at:
            return "the spec or the policy changed since"
        return ""

    def _check_version(self, monitor: StoredMonitor, version: str) -> str | None:
        """Return what is champion now; raises ``NotFound`` where there is no such version."""
        spec = monitor.spec
        found = self._registries[spec.registry].model(spec.model)
        if version not in {one.version for one in found.versions}:
            raise NotFound(f"version of {spec.model}", version)
        return champion_of(found)


def _verdict(view: ValidationView, found: Findings, name: str) -> tuple[Verdict, str]:
    if view.stale:
        return Verdict.NOT_VALIDATED, f"{name} is to be validated again: {view.stale}."
    loads = next((one for one in found.facts if one.metric == "loads"), None)
    if loads is None or loads.value != 1:
        why = "nobody tried" if loads is None else loads.note
        return Verdict.FAILS, f"{name} fails: it does not answer rows: {why}."
    waiting = [one for one in view.findings if one.open]
    rows = f"{found.n_rows:,} rows"
    if not found.n_rows:
        return Verdict.FAILS, f"{name} could not be measured: {found.why_no_rows}."
    if waiting:
        n_late = sum(one.overdue(view.as_of) for one in waiting)
        late = f", {n_late} of them overdue" if n_late else ""
        late = ", overdue" if n_late == len(waiting) else late
        s = "" if len(waiting) == 1 else "s"
        return Verdict.OPEN_FINDINGS, f"{name} has {len(waiting)} open finding{s}{late}, on {rows}."
    return Verdict.PASSES, f"{name} is validated on {rows}; no finding is open."
