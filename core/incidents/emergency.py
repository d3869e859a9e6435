"""An incident that no verdict opens: production was changed in an emergency, and a review is due."""

from datetime import datetime, timedelta
from hashlib import sha256

from core.domain import Incident, IncidentStatus, Severity, Window

RULE = "emergency"
"""What such an incident has in the place of a group of rules."""
REVIEW_WITHIN = timedelta(days=3)


def review_due(model: str, action: str, *, versions: tuple[str, str], actor: str, at: datetime) -> Incident:
    """Return the incident of a roll back that one person decided alone, past approvals and ledger.

    It calls people as any critical incident does, and stays open until somebody closes it with what the
    review found.

    Parameters
    ----------
    action
        The action's id; the same action always gives the same incident.
    versions
        Where from and where to, as sentences name them.
    at
        When it was decided, aware UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> review_due("loans", "a1", versions=("v2", "v1"), actor="ann", at=noon).cause
    'Rolled back from v2 to v1 in an emergency by ann: a review is due by 28 Nov 2026 12:00 UTC'
    """
    before, after = versions
    none = Window(index=None, start=None, end=None)
    return Incident(
        id=sha256(f"{RULE}\x1f{action}".encode()).hexdigest()[:16],
        model=model,
        severity=Severity.CRITICAL,
        status=IncidentStatus.OPEN,
        opened_at=at,
        first_window=none,
        last_window=none,
        cause=f"Rolled back from {before} to {after} in an emergency by {actor}: a review is due by"
        f" {at + REVIEW_WITHIN:%d %b %Y %H:%M} UTC",
        rule=RULE,
        features=(),
        verdicts=(),
    )
