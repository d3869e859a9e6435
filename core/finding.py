"""A finding of a validation: what is wrong with a version, how bad it is, who sees to it, and its end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a validation, or a person, takes exception to in a version.

    ``check`` is the policy's check that failed; empty for one that a person wrote. ``owner`` sees to it until
    ``due_at``. ``closed_at``, ``closed_by`` and ``closed_why`` are set together.
    """

    id: str
    registry: str
    model: str
    version: str
    check: str
    severity: Severity
    title: str
    owner: str | None
    opened_at: datetime
    opened_by: str
    due_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_why: str | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_at is None

    def overdue(self, now: datetime) -> bool:
        """Tell whether it is open beyond its day."""
        return self.open and now > self.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """That a version was validated: when, how it stood, and the digests of all that this rests on."""

    job: str
    registry: str
    model: str
    version: str
    made_at: datetime
    actor: str
    n_rows: int
    loads: bool
    version_digest: str
    findings_digest: str
    policy_digest: str
    rows_digest: str
