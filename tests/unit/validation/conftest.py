"""A monitored model under the default policy, whose validations come to whatever a test wants."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from core.access.person import Person
from core.access.roles import AccessRole
from core.action import Action, ActionKind
from core.actions import Asked
from core.candidate import AGES, Fact, Findings
from core.config import Workspace, create_workspace
from core.domain import ModelVersion, Risk
from core.job import Job, JobStatus
from core.policy.policy_file import default_policy
from core.ports import RegisteredModel
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.validation.manifests import manifest_of
from core.validation.request import FINDINGS, OUTPUT
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows
from tests.unit.policy.made_facts import passing

GATES = default_policy(Risk.HIGH).gates
TOLD_LATER = (*AGES, "digest_unchanged")
"""Facts that are no part of the findings."""


@dataclass
class Gated:
    """A workspace, and a hand on all that a candidate is judged by."""

    trimtab: Trimtab
    registry: FakeRegistry
    executor: FakeExecutor
    clock: FixedClock
    files: Path

    @property
    def facts(self) -> list[Fact]:
        """What a candidate passes with."""
        spec = self.trimtab._state.monitor("loans").spec
        every = [one for gate in GATES if spec.task in gate.metric for one in passing(gate, spec)]
        return [one for one in every if one.metric not in TOLD_LATER]

    @property
    def champion(self) -> str | None:
        return self.registry.registered["loans"].aliases.get("champion")

    def findings(self, version: str, facts: Sequence[Fact] | None = None, **changes: object) -> Findings:
        digest = manifest_of(self.files).digest
        found = Findings(
            model="loans",
            version=version,
            against=self.champion,
            made_at=self.clock.now(),
            n_rows=1000,
            rows_of="current",
            rows_until=DAY_0 + timedelta(days=2),
            digest=digest,
            against_digest=digest,
            facts=tuple(self.facts if facts is None else facts),
        )
        return replace(found, **changes)

    def validate(self, version: str, facts: Sequence[Fact] | None = None, **changes: object) -> Job:
        """Ask for a validation, and let it come to this."""
        job = self.trimtab.validations.ask("loans", version, actor="ann")
        if job.status.over:
            self.rewrite(job, self.findings(version, facts, **changes))
            return job
        assert self.executor.begin(job.id)
        found = self.findings(version, facts, **changes)
        self.executor.finish(job.id, OUTPUT, FINDINGS.dump_json(found))
        return self.trimtab.jobs.get(job.id)

    def rewrite(self, job: Job, findings: Findings) -> None:
        """Let a validation have come to something else."""
        content = FINDINGS.dump_json(findings)
        self.trimtab.jobs.result(job.id).write_bytes(content)
        digest = sha256(content).hexdigest()
        self.trimtab._state.jobs.change(job.id, out_of=(JobStatus.DONE,), digest=digest)

    def promote(self, version: str, **more: object) -> Action:
        asked = {"kind": ActionKind.PROMOTE, "model": "loans", "reason": "better", "actor": "ann", **more}
        return self.trimtab.actions.ask(Asked(version=version, **asked))

    def waive(self, version: str, gate: str, days: float = 7, by: Person | None = None) -> None:
        until = self.clock.now() + timedelta(days=days)
        person = by or Person(name="bob", roles=frozenset({AccessRole.APPROVER}))
        self.trimtab.waiving.waive("loans", version, gate, reason="looked at", until=until, person=person)

    def blocking(self, version: str) -> set[str]:
        return {gate.rule for gate in self.trimtab.gatekeeper.standing("loans", version).blocking}

    def records(self, kind: str) -> list:
        return [one.entry for one in self.trimtab.ledger.records(limit=None) if one.entry.kind == kind]


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def trimtab(
    tmp_path: Path, registry: FakeRegistry, clock: FixedClock, executor: FakeExecutor, state_file: Path
) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(state_file),
        registries={"local": registry},
        executor=executor,
        clock=clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def gated(
    tmp_path: Path,
    trimtab: Trimtab,
    registry: FakeRegistry,
    clock: FixedClock,
    executor: FakeExecutor,
    file: Callable,
) -> Gated:
    files = tmp_path / "files"
    files.mkdir()
    (files / "MLmodel").write_text("flavors: {}")
    (files / "model.skops").write_bytes(b"weights")
    names = [str(number) for number in range(1, 30)]
    registry.registered["loans"] = RegisteredModel(
        registry="local",
        name="loans",
        aliases={"champion": "1"},
        versions=tuple(ModelVersion(registry="local", model="loans", version=name) for name in names),
    )
    registry.model_folders.update({("loans", name): files for name in names})
    trimtab.refresh_registry()
    trimtab.watch(SPEC, reference=file(rows(-3, 3, n=100)))
    trimtab.ingest("loans", file(rows(0, 3, n=100)), kind="predictions")
    return Gated(trimtab, registry, executor, clock, files)
