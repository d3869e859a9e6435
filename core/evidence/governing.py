"""From the stores to the Governance page: one of its parts at a time."""

from collections import defaultdict
from datetime import datetime

from core import watch
from core.access.person import Person
from core.access.roles import Right, allows, holders
from core.evidence import shown
from core.evidence.pack import Pack
from core.ledger import Ledger
from core.store import StateStore, StoredMonitor
from core.views.build.timeline import events
from core.views.governance import GovernanceScope, GovernanceView, LedgerNote, PackNote, PolicyRow

MOST_WALKED = 2_000
"""Entries of a ledger that is verified whenever the page is looked at; a longer one is on demand."""
MOST_EVENTS = 40
MOST_DECISIONS = 60


def ledger_note(ledger: Ledger, state: StateStore, *, anchored: bool) -> LedgerNote:
    """Return how the ledger stands; an empty one has no rows."""
    newest, signed = ledger.newest(), state.ledger.newest_checkpoint()
    rows = 0 if newest is None else newest.seq
    signed_seq = 0 if signed is None else signed.seq
    told = events(ledger.records(limit=MOST_EVENTS))
    return LedgerNote(
        rows=rows,
        head="" if newest is None else newest.hash,
        signed_seq=signed_seq,
        signed_at=None if signed is None else datetime.fromisoformat(signed.at),
        n_unsigned=max(0, rows - signed_seq),
        anchored=anchored,
        proof=ledger.verify() if 0 < rows <= MOST_WALKED else None,
        events=tuple(reversed(told)),
    )


def policy_rows(state: StateStore, monitors: list[StoredMonitor]) -> tuple[PolicyRow, ...]:
    """Return the policies that judge models now, each with its models."""
    judged: dict[tuple[str, str, str], list[StoredMonitor]] = defaultdict(list)
    policies = {}
    for monitor in monitors:
        policy = watch.policy_of(state, monitor)
        key = (policy.name, policy.risk.value, policy.digest)
        policies[key] = policy
        judged[key].append(monitor)
    return tuple(
        PolicyRow(
            name=policy.name,
            risk=policy.risk.value,
            digest=policy.digest,
            n_rules=len(policy.rules),
            n_gates=len(policy.gates),
            n_approvals=policy.approvals.promote,
            validate_every_days=policy.validation.every.days,
            models=tuple(sorted(one.spec.model for one in judged[key])),
        )
        for key, policy in sorted(policies.items())
    )


def why_not(person: Person, right: Right) -> str:
    """Return why somebody may not do something here; empty where they may."""
    return "" if allows(person.roles, right) else f"It takes {holders(right)}."


def frame(scope: GovernanceScope, models: tuple[str, ...], person: Person, now: datetime) -> GovernanceView:
    """Return the page without any of its parts."""
    return GovernanceView(
        as_of=now,
        scope=scope,
        models=models,
        why_not_fill=why_not(person, Right.DOCUMENT),
        why_not_accept=why_not(person, Right.APPROVE),
    )


def pack_notes(packs: list[Pack], monitor: StoredMonitor | None) -> tuple[PackNote, ...]:
    """Return the packs that concern a model, those that are looked at by default first."""
    spec = None if monitor is None else monitor.spec
    ours = [one for one in packs if one.applies.to(spec)]
    ordered = sorted(ours, key=lambda one: not one.by_default)
    return tuple(shown.pack_note(one, None, (), ()) for one in ordered)
