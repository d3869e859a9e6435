"""What another policy would have said of the promotions of the past, by the findings of their day."""

from datetime import datetime
from typing import TYPE_CHECKING

from core.action import CHAMPION, Action, ActionKind
from core.candidate import DryCase, DryRun, Fact
from core.domain import Role
from core.errors import NotFound
from core.jobs import JobDesk
from core.policy.gates import judge_gates
from core.policy.policy_file import load_policy
from core.store import StateStore
from core.validation.comparable import comparable
from core.validation.desk import KIND

if TYPE_CHECKING:
    from core.validation.gatekeeper import Gatekeeper

MOST = 10_000


def dry_run(
    text: str, since: datetime, *, state: StateStore, jobs: JobDesk, gatekeeper: "Gatekeeper"
) -> DryRun:
    """Hold every promotion that was asked for since a time to a policy's gates; nothing is changed.

    Parameters
    ----------
    text
        The policy document.

    Returns
    -------
    DryRun
        Of monitored models; a promotion that rested on no validation lacks every fact. Files are taken to be
        what they were, and no waiver counts.

    Raises
    ------
    InvalidInput
        The policy cannot be used.
    """
    load_policy(text, "FILE")
    asked = state.pointers.actions(limit=MOST)
    chosen = [
        one
        for one in asked
        if one.kind is ActionKind.PROMOTE and one.alias == CHAMPION and one.asked_at >= since
    ]
    cases = (_case(one, text, state=state, jobs=jobs, gatekeeper=gatekeeper) for one in reversed(chosen))
    return DryRun(since=since, cases=tuple(case for case in cases if case is not None))


def _case(
    action: Action, text: str, *, state: StateStore, jobs: JobDesk, gatekeeper: "Gatekeeper"
) -> DryCase | None:
    try:
        monitor = state.monitor(action.name)
    except NotFound:
        return None
    policy = load_policy(text, "FILE", risk=monitor.spec.risk)
    job_id = action.evidence.get("validation job", "")
    try:
        job = jobs.get(job_id)
        findings = gatekeeper.findings(job)[0] if job.kind == KIND else None
    except NotFound:
        findings = None
    facts: tuple[Fact, ...] = ()
    if findings is not None:
        days = max((action.asked_at - findings.made_at).total_seconds() / 86_400, 0.0)
        facts = (
            *comparable(findings, action.from_version),
            Fact(metric="evidence_age", value=days, role=Role.OPERATIONS),
            Fact(metric="digest_unchanged", value=1.0, role=Role.OPERATIONS, note="taken to be"),
            gatekeeper.data_age(monitor, findings, at=action.asked_at),
        )
    gates = judge_gates(
        policy.gates, facts, monitor.spec, champion=action.from_version, waivers=(), now=action.asked_at
    )
    return DryCase(
        action=action.id,
        model=action.model,
        version=action.to_version,
        asked_at=action.asked_at,
        status=action.status.value,
        validated=findings is not None,
        gates=gates,
    )
