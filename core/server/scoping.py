"""What each route takes: a token's scope and a role's right, in one table; what is not in it only admins may.

Where no right is named, the decision is about production and is taken where it belongs, so that who may
not gets a receipt or a reason on record: :mod:`core.actions.approving`, :mod:`core.actions.approval_desk`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from core.access.person import Person, shown_roles
from core.access.roles import Right, allows, holders
from core.access.scopes import Scope, covers
from core.errors import NotAllowed
from core.server.dependencies import Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a route takes."""

    scope: Scope
    right: Right | None


_PUBLIC = ("GET /healthz", "GET /readyz")
_READ = (
    "GET /metrics",
    "GET /api/v1/actions",
    "GET /api/v1/actions/{action_id}",
    "GET /api/v1/alerts",
    "GET /api/v1/approvals",
    "GET /api/v1/datasets/drift",
    "GET /api/v1/doctor",
    "GET /api/v1/evidence",
    "GET /api/v1/history",
    "GET /api/v1/incidents",
    "GET /api/v1/inventory",
    "GET /api/v1/jobs",
    "GET /api/v1/jobs/{job_id}",
    "GET /api/v1/jobs/{job_id}/result",
    "GET /api/v1/kpis",
    "GET /api/v1/ledger",
    "GET /api/v1/ledger/verify",
    "GET /api/v1/lineage",
    "GET /api/v1/maintenance",
    "GET /api/v1/me",
    "GET /api/v1/models",
    "GET /api/v1/models/{model:path}/actions/preview",
    "GET /api/v1/models/{model:path}/change",
    "GET /api/v1/models/{model:path}/evidence",
    "GET /api/v1/models/{model:path}/evidence/files/{name}",
    "GET /api/v1/models/{model:path}/fairness",
    "GET /api/v1/models/{model:path}/findings",
    "GET /api/v1/models/{model:path}/history",
    "GET /api/v1/models/{model:path}/importance",
    "GET /api/v1/models/{model:path}/measurements",
    "GET /api/v1/models/{model:path}/quarantine",
    "GET /api/v1/models/{model:path}/reports",
    "GET /api/v1/models/{model:path}/retrain/advice",
    "GET /api/v1/models/{model:path}/verdicts",
    "GET /api/v1/models/{model:path}/versions/{version}/contrast",
    "GET /api/v1/models/{model:path}/versions/{version}/gates",
    "GET /api/v1/models/{model:path}/versions/{version}/bundle",
    "GET /api/v1/models/{model:path}/versions/{version}/reproduction",
    "GET /api/v1/models/{model:path}/versions/{version}/validation",
    "GET /api/v1/models/{model:path}/versions/{version}/validation/report",
    "GET /api/v1/packs",
    "GET /api/v1/reviews/{review_id}",
    "GET /api/v1/reviews/{review_id}/minutes",
    "GET /api/v1/views/reviews",
    "GET /api/v1/retrains",
    "GET /api/v1/retrains/{retrain_id}",
    "GET /api/v1/verdicts/{verdict_id}",
    "GET /api/v1/views/actions",
    "GET /api/v1/views/activity",
    "GET /api/v1/views/change",
    "GET /api/v1/views/datasets",
    "GET /api/v1/views/drift",
    "GET /api/v1/views/explain",
    "GET /api/v1/views/fairness",
    "GET /api/v1/views/fleet",
    "GET /api/v1/views/governance",
    "GET /api/v1/views/lineage",
    "GET /api/v1/views/mitigation",
    "GET /api/v1/views/model",
    "GET /api/v1/views/reports",
    "GET /api/v1/views/retrain",
    "GET /api/v1/views/runs",
    # These store nothing: what is sent is looked at and answered.
    "POST /api/v1/compare",
    "POST /api/v1/ledger/verify",
    "POST /api/v1/policy/dry-run",
    # Signs what is there already, for whoever wants to keep it elsewhere.
    "POST /api/v1/ledger/checkpoint",
)
_OTHERS: Mapping[str, tuple[Scope, Right | None]] = {
    "POST /api/v1/models/{model:path}/predictions": (Scope.INGEST, Right.INGEST),
    "POST /api/v1/models/{model:path}/labels": (Scope.INGEST, Right.INGEST),
    "POST /api/v1/models/{model:path}/quarantine/retry": (Scope.INGEST, Right.INGEST),
    "POST /api/v1/lineage": (Scope.INGEST, Right.INGEST),
    "POST /api/v1/monitor": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/registry/refresh": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/jobs/{job_id}/cancel": (Scope.MONITOR, Right.MONITOR),
    "GET /api/v1/jobs/{job_id}/log": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/models/{model:path}/reports": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/models/{model:path}/versions/{version}/validate": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/models/{model:path}/importance": (Scope.MONITOR, Right.MONITOR),
    # What is known of one person: for those who work with the model, not for all who may look.
    "POST /api/v1/models/{model:path}/explanation": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/models/{model:path}/explanation/keep": (Scope.MONITOR, Right.MONITOR),
    "GET /api/v1/models/{model:path}/explanation": (Scope.MONITOR, Right.MONITOR),
    "POST /api/v1/models/{model:path}/versions/{version}/findings": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/findings/{finding_id}/close": (Scope.APPROVE, Right.APPROVE),
    "POST /api/v1/models/{model:path}/evidence/{pack}/{item}": (Scope.MONITOR, Right.DOCUMENT),
    "POST /api/v1/models/{model:path}/evidence/{pack}/{item}/accept": (Scope.APPROVE, Right.APPROVE),
    "POST /api/v1/inventory": (Scope.MONITOR, Right.DOCUMENT),
    "POST /api/v1/inventory/{name:path}/remove": (Scope.MONITOR, Right.DOCUMENT),
    "POST /api/v1/watch": (Scope.MONITOR, Right.WATCH),
    "POST /api/v1/incidents/{incident_id}/ack": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/incidents/{incident_id}/snooze": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/incidents/{incident_id}/resolve": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/alerts/{channel}/test": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/maintenance": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/maintenance/{identity}/end": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/models/{model:path}/promote": (Scope.ACT, None),
    "POST /api/v1/models/{model:path}/rollback": (Scope.ACT, None),
    "POST /api/v1/models/{model:path}/retire": (Scope.ACT, None),
    "POST /api/v1/models/{model:path}/mitigations": (Scope.ACT, Right.RETRAIN),
    "POST /api/v1/models/{model:path}/versions/{version}/reproduction": (Scope.ACT, Right.RETRAIN),
    "POST /api/v1/models/{model:path}/retrain": (Scope.ACT, None),
    "POST /api/v1/retrains/{retrain_id}/candidate": (Scope.ACT, Right.RETRAIN),
    # Rows of persons: for those who train on them.
    "GET /api/v1/retrains/{retrain_id}/snapshot": (Scope.ACT, Right.RETRAIN),
    "POST /api/v1/approvals/{action_id}/approve": (Scope.APPROVE, None),
    "POST /api/v1/approvals/{action_id}/reject": (Scope.APPROVE, None),
    "POST /api/v1/models/{model:path}/versions/{version}/waivers": (Scope.APPROVE, Right.APPROVE),
    "POST /api/v1/reviews": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/reviews/{review_id}/attendees": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/reviews/{review_id}/close": (Scope.MONITOR, Right.LOOK_AFTER),
    "POST /api/v1/reviews/{review_id}/items/{item_id}/decisions": (Scope.ACT, None),
    "POST /api/v1/ledger/export": (Scope.EXPORT, Right.EXPORT),
    "GET /api/v1/ledger/export": (Scope.EXPORT, Right.EXPORT),
    # The ledger is in it, with its private parts.
    "POST /api/v1/models/{model:path}/evidence/archive": (Scope.EXPORT, Right.EXPORT),
    "POST /api/v1/prune": (Scope.ADMIN, Right.KEEP),
    "POST /api/v1/models/{model:path}/erase": (Scope.ADMIN, Right.KEEP),
    "POST /api/v1/backup": (Scope.ADMIN, Right.KEEP),
    "POST /api/v1/ledger/key": (Scope.ADMIN, Right.ADMINISTER),
    "POST /api/v1/me/sign-out": (Scope.MONITOR, Right.READ),
    "GET /api/v1/sessions": (Scope.ADMIN, Right.ADMINISTER),
    "POST /api/v1/sessions/{key}/revoke": (Scope.ADMIN, Right.ADMINISTER),
    "GET /api/v1/tokens": (Scope.ADMIN, Right.ADMINISTER),
    "POST /api/v1/tokens": (Scope.ADMIN, Right.ADMINISTER),
    "POST /api/v1/tokens/{name}/revoke": (Scope.ADMIN, Right.ADMINISTER),
}
NEEDS: Mapping[str, Need | None] = {
    **dict.fromkeys(_PUBLIC),
    **dict.fromkeys(_READ, Need(scope=Scope.READ, right=Right.READ)),
    **{route: Need(scope=scope, right=right) for route, (scope, right) in _OTHERS.items()},
}
"""Method and pattern of every route → what it takes; None for those that ask nobody."""
_UNLISTED = Need(scope=Scope.ADMIN, right=Right.ADMINISTER)


def need_of(method: str, pattern: str) -> Need | None:
    """Return what a route takes; of one that nobody thought of, the most there is."""
    return NEEDS.get(f"{'GET' if method == 'HEAD' else method} {pattern}", _UNLISTED)


def refusal(person: Person, need: Need) -> NotAllowed | None:
    """Return why somebody may not use a route, None where they may."""
    who = person.name
    if not covers(person.scopes, need.scope):
        shown = ", ".join(sorted(person.scopes)) or "none"
        hint = f"It takes a token with --scope {need.scope.value}."
        return NotAllowed(f"{who} may not use this part of the API (scopes: {shown})", hint=hint)
    if need.right is not None and not allows(person.roles, need.right):
        what = f"{who} may not {need.right.value} (roles: {shown_roles(person)})"
        return NotAllowed(what, hint=f"It takes {holders(need.right)}.")
    return None


async def authorise(request: Request, person: Asking) -> None:
    """Refuse who may not use the route that was found; a dependency of every route."""
    pattern = getattr(request.scope.get("route"), "path", "")
    need = need_of(request.method, pattern)
    refused = None if need is None else refusal(person, need)
    if refused is not None:
        raise refused
