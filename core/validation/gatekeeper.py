"""How a candidate stands: the latest validation, what has grown old since, and the policy's gates on it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex

from pydantic import ValidationError

from core import watch
from core.candidate import DryRun, Fact, Findings, Standing, Waiver
from core.chain.entries import Draft, moment
from core.domain import Role
from core.errors import NotFound, TrimtabError
from core.job import Job, JobStatus
from core.jobs import JobDesk
from core.ledger import Ledger
from core.policy.gates import check_waiver, judge_gates
from core.policy.waivers import covers, not_counted, stood_for
from core.ports import Clock, Registry
from core.store import AnalyticsStore, StateStore, StoredMonitor
from core.validation.comparable import comparable, without_comparisons
from core.validation.desk import Validations, champion_of
from core.validation.dry_run import dry_run
from core.validation.manifests import Manifests
from core.validation.request import FINDINGS
from core.validation.rows import newest_at

OWN = "who asked for this change, trained the version or edited the spec: that does not count"


class Gatekeeper:
    """Says how candidates stand, and takes waivers.

    Parameters
    ----------
    store, state
        The two stores.
    validations
        Whose findings are judged.
    jobs
        Where the findings lie.
    manifests
        Knows the versions' files.
    registries
        Short name → registry.
    ledger
        Is told of waivers.
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
        manifests: Manifests,
        registries: Mapping[str, Registry],
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._validations = validations
        self._jobs = jobs
        self._manifests = manifests
        self._registries = registries
        self._ledger = ledger
        self._clock = clock

    def standing(self, model: str, version: str) -> Standing:
        """Return how a version stands against its registry's champion now.

        Raises
        ------
        NotFound
            The model is not monitored, or its registry does not have it.
        """
        monitor = self._state.monitor(model)
        found = self._registries[monitor.spec.registry].model(monitor.spec.model)
        if version not in {one.version for one in found.versions}:
            raise NotFound(f"version of {monitor.spec.model}", version)
        return self.judge(monitor, version, champion_of(found))

    def judge(
        self,
        monitor: StoredMonitor,
        version: str,
        champion: str | None,
        *,
        anew: bool = False,
        against: Callable[[Waiver], bool] = lambda _: False,
    ) -> Standing:
        """Hold a version to the gates of its model's policy.

        Parameters
        ----------
        anew
            Whether its files are hashed again, as they must be where it may go into production now.
        against
            Tells which waivers do not count, because of who gave them.
        """
        policy = watch.policy_of(self._state, monitor)
        of_version = self._validations.of(monitor, version)
        done = next((job for job in of_version if job.status is JobStatus.DONE), None)
        findings, digest = (None, "") if done is None else self.findings(done)
        waivers = self._state.candidates.waivers(monitor.spec.registry, monitor.spec.model, version)
        now = self._clock.now()
        kept = done is None or self._jobs.is_as_made(done)
        facts = (
            () if findings is None else self._facts(monitor, findings, champion, now, kept=kept, anew=anew)
        )
        newest = of_version[0] if of_version else None
        return Standing(
            model=monitor.spec.model,
            version=version,
            champion=champion,
            policy=policy.name,
            policy_digest=policy.digest,
            gates=not_counted(
                [one for one in waivers if against(one) and one.until > now],
                judge_gates(
                    policy.gates,
                    facts,
                    monitor.spec,
                    champion=None if champion == version else champion,
                    waivers=[one for one in waivers if not against(one)],
                    now=now,
                ),
                OWN,
            ),
            findings=findings,
            findings_digest=digest,
            job=None if findings is None or done is None else done.id,
            open_job=newest.id if newest is not None and not newest.status.over else None,
            failed=newest.error if newest is not None else None,
        )

    def findings(self, job: Job) -> tuple[Findings | None, str]:
        """Read what a validation found, and the SHA-256 of the document; nothing where it is gone."""
        try:
            text = self._jobs.result(job.id).read_bytes()
            return FINDINGS.validate_json(text), sha256(text).hexdigest()
        except (NotFound, OSError, ValidationError):
            return None, ""

    def digests(self, monitor: StoredMonitor, version: str) -> tuple[str, str]:
        """Return the digests of a version's files as registered and of its latest findings; "" without.

        Nothing is read anew: whether the files still are those is a gate's question.
        """
        spec = monitor.spec
        manifest = self._state.candidates.manifest(spec.registry, spec.model, version)
        job = self._validations.latest(monitor, version)
        return "" if manifest is None else manifest.digest, "" if job is None else self.findings(job)[1]

    def waive(
        self,
        model: str,
        version: str,
        gate: str,
        *,
        reason: str,
        until: datetime,
        actor: str,
        four_eyes: str = "",
    ) -> Waiver:
        """Put on record that somebody stands for a gate that a version does not pass.

        Parameters
        ----------
        four_eyes
            What that is worth: whether a second person stands behind it, and why not where none does.

        Raises
        ------
        NotFound, InvalidInput, Conflict
            As of :func:`core.policy.gates.check_waiver`.
        """
        monitor, standing = self._state.monitor(model), self.standing(model, version)
        waiver = Waiver(
            id=token_hex(6),
            registry=monitor.spec.registry,
            model=monitor.spec.model,
            version=version,
            gate=gate,
            stood_for=stood_for(standing.gates, gate).value,
            covers=covers(standing.gates, gate),
            reason=reason.strip(),
            actor=actor,
            at=self._clock.now(),
            until=until,
        )
        check_waiver(watch.policy_of(self._state, monitor).gates, standing.gates, waiver)
        draft = Draft(
            kind="gate.waived",
            actor=actor,
            model=monitor.name,
            facts={
                "waiver": waiver.id,
                "version": version,
                "gate": gate,
                "stood_for": waiver.stood_for,
                "covers": [
                    {"feature": one.feature, "held": _text(one.held), "reach": _text(one.reach)}
                    for one in waiver.covers
                ],
                "four_eyes": four_eyes,
                "until": moment(until),
                "policy_digest": standing.policy_digest,
                "findings_digest": standing.findings_digest,
            },
            private={"reason": waiver.reason},
        )
        with self._state.together():
            self._state.candidates.add_waiver(waiver)
            self._ledger.append(draft)
        return waiver

    def dry_run(self, text: str, since: datetime) -> DryRun:
        """Say what a policy's gates would have done to past promotions; see :func:`dry_run.dry_run`."""
        return dry_run(text, since, state=self._state, jobs=self._jobs, gatekeeper=self)

    def _facts(
        self,
        monitor: StoredMonitor,
        findings: Findings,
        champion: str | None,
        now: datetime,
        *,
        kept: bool,
        anew: bool,
    ) -> tuple[Fact, ...]:
        """Return what was found, as far as it still holds, and what can only be said now."""
        of_now = self._of_now(monitor, findings, now, anew=anew)
        why = ""
        if not kept:
            why = "the findings are not those that the validation made: validate it again"
        elif monitor.changed_at > findings.made_at:
            why = "the spec or the policy changed since: validate it again"
        if why:
            return (*(replace(fact, value=None, reason=why) for fact in findings.facts), *of_now)
        found = comparable(findings, champion)
        if not self._is_registered_champion(monitor, findings):
            found = without_comparisons(
                found, f"the files of version {findings.against} that were scored are not those registered"
            )
        return (*found, *of_now)

    def _is_registered_champion(self, monitor: StoredMonitor, findings: Findings) -> bool:
        """Tell whether what the candidate was compared with is what was registered as that version."""
        if findings.against is None or findings.against_digest is None:
            return True
        spec = monitor.spec
        known = self._state.candidates.manifest(spec.registry, spec.model, findings.against)
        return known is None or known.digest == findings.against_digest

    def _of_now(
        self, monitor: StoredMonitor, findings: Findings, now: datetime, *, anew: bool
    ) -> tuple[Fact, ...]:
        age = (now - findings.made_at).total_seconds() / 86_400
        return (
            Fact(metric="evidence_age", value=max(age, 0.0), role=Role.OPERATIONS),
            self.data_age(monitor, findings, at=None),
            self._unchanged(monitor, findings, anew=anew),
        )

    def data_age(self, monitor: StoredMonitor, findings: Findings, *, at: datetime | None) -> Fact:
        """Return how many days beyond the label delay lie between the newest validated row and the newest.

        Parameters
        ----------
        at
            A time of the past: the newest row up to it counts. None: now.
        """
        with self._store.reading() as cursor:
            newest = newest_at(cursor, monitor.layout, until=at)
        if findings.rows_until is None or newest is None:
            why = "the validated rows have no time" if findings.n_rows else "no row was validated"
            return Fact(metric="data_age", value=None, role=Role.OPERATIONS, reason=why)
        beyond = newest - findings.rows_until - monitor.spec.label_delay
        days = max(beyond / timedelta(days=1), 0.0)
        return Fact(metric="data_age", value=days, role=Role.OPERATIONS, n=findings.n_rows)

    def _unchanged(self, monitor: StoredMonitor, findings: Findings, *, anew: bool) -> Fact:
        """Compare the files as they are now with those that were registered, and those that were scored."""
        spec = monitor.spec
        try:
            registered = self._manifests.registered(spec.registry, spec.model, findings.version)
            look = self._manifests.now if anew else self._manifests.lately
            now = look(spec.registry, spec.model, findings.version)
        except TrimtabError as error:
            why = error.hint or error.message
            return Fact(metric="digest_unchanged", value=None, role=Role.OPERATIONS, reason=why)
        differing = sorted(
            path
            for path in {*registered.files, *now.files}
            if registered.files.get(path) != now.files.get(path)
        )
        if differing:
            note = f"{', '.join(differing[:3])} is not what was registered"
        elif now.digest != findings.digest:
            note = "they are not those that were validated"
        else:
            note = f"SHA-256 {now.digest[:12]}…, as registered and as validated"
        return Fact(
            metric="digest_unchanged",
            value=float(not differing and now.digest == findings.digest),
            role=Role.OPERATIONS,
            note=note,
            n=len(now.files),
        )


def _text(number: float | None) -> str | None:
    """Return a number as the ledger takes it: fractions as text."""
    return None if number is None else repr(number)
