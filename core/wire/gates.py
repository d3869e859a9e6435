"""How candidates stand, waivers and dry runs as JSON, and back."""

import json
from typing import cast

from typing_extensions import TypedDict

from core.action import Gate
from core.candidate import DryCase, DryRun, Findings, Standing, Waiver
from core.wire.actions import GateObject, gate_object, gate_of
from core.wire.moments import moment, moment_of
from core.wire.values import dumps, value_json, value_of


class StandingObject(TypedDict):
    """How a version stands before its gates; ``findings`` is what its validation found, null without one."""

    model: str
    version: str
    champion: str | None
    passes: bool
    sentence: str
    policy: str
    policy_digest: str
    gates: list[GateObject]
    findings: dict[str, object] | None
    findings_digest: str
    job: str | None
    open_job: str | None
    failed: str | None


class WaiverObject(TypedDict):
    """Who stands for which gate of which version, why, and until when."""

    id: str
    registry: str
    model: str
    version: str
    gate: str
    stood_for: str
    covers: list[dict[str, object]]
    reason: str
    actor: str
    at: str
    until: str


class CaseObject(TypedDict):
    """One promotion of the past before the gates of a policy."""

    action: str
    model: str
    version: str | None
    asked_at: str
    status: str
    validated: bool
    gates: list[GateObject]


class DryRunObject(TypedDict):
    """What a policy's gates would have said of past promotions."""

    since: str
    promotions: int
    blocked: int
    not_validated: int
    sentence: str
    cases: list[CaseObject]


def standing_object(standing: Standing) -> StandingObject:
    """Return how a version stands as JSON."""
    found = standing.findings
    return {
        "model": standing.model,
        "version": standing.version,
        "champion": standing.champion,
        "passes": standing.passes,
        "sentence": standing.sentence,
        "policy": standing.policy,
        "policy_digest": standing.policy_digest,
        "gates": [gate_object(gate) for gate in standing.gates],
        "findings": None if found is None else json.loads(value_json(found)),
        "findings_digest": standing.findings_digest,
        "job": standing.job,
        "open_job": standing.open_job,
        "failed": standing.failed,
    }


def standing_of(document: StandingObject) -> Standing:
    """Read how a version stands."""
    found = document["findings"]
    return Standing(
        model=document["model"],
        version=document["version"],
        champion=document["champion"],
        policy=document["policy"],
        policy_digest=document["policy_digest"],
        gates=_gates(document["gates"]),
        findings=None if found is None else value_of(Findings, dumps(found)),
        findings_digest=document["findings_digest"],
        job=document["job"],
        open_job=document["open_job"],
        failed=document["failed"],
    )


def waiver_object(waiver: Waiver) -> WaiverObject:
    """Return a waiver as JSON."""
    times = {"at": moment(waiver.at), "until": moment(waiver.until)}
    return cast("WaiverObject", json.loads(value_json(waiver)) | times)


def waiver_of(document: WaiverObject) -> Waiver:
    """Read a waiver."""
    return value_of(Waiver, dumps(document))


def dry_run_object(run: DryRun) -> DryRunObject:
    """Return a dry run as JSON."""
    return {
        "since": moment(run.since),
        "promotions": len(run.cases),
        "blocked": len(run.blocked),
        "not_validated": run.n_not_validated,
        "sentence": run.sentence,
        "cases": [
            {
                "action": case.action,
                "model": case.model,
                "version": case.version,
                "asked_at": moment(case.asked_at),
                "status": case.status,
                "validated": case.validated,
                "gates": [gate_object(gate) for gate in case.gates],
            }
            for case in run.cases
        ],
    }


def dry_run_of(document: DryRunObject) -> DryRun:
    """Read a dry run."""
    return DryRun(
        since=moment_of(document["since"]),
        cases=tuple(
            DryCase(
                action=case["action"],
                model=case["model"],
                version=case["version"],
                asked_at=moment_of(case["asked_at"]),
                status=case["status"],
                validated=case["validated"],
                gates=_gates(case["gates"]),
            )
            for case in document["cases"]
        ),
    )


def _gates(documents: list[GateObject]) -> tuple[Gate, ...]:
    return tuple(gate_of(document) for document in documents)
