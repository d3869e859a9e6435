"""What a page shows of a version's validation: sections of numbers, findings, and until when it holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain import Status
from core.finding import Finding

NOT_VALIDATED = "not validated"


class Verdict(StrEnum):
    """How a version's validation stands."""

    NOT_VALIDATED = "not validated"
    FAILS = "fails"
    OPEN_FINDINGS = "open findings"
    PASSES = "passes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One number: its interval and ``n`` where they are known, what it is held to, and one sentence.

    ``status`` is None where it is held to nothing.
    """

    name: str
    sentence: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    limit_low: float | None = None
    limit_high: float | None = None
    unit: str = ""
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a validation; without ``lines``, ``empty`` says why."""

    title: str
    about: str
    lines: tuple[Line, ...]
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """SHA-256 of what a validation rests on: the version's files, policy, rows, and what was found."""

    version: str
    policy: str
    rows: str
    findings: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationView:
    """How one version stands after its latest validation.

    ``job`` is one under way, ``failed`` why the last came to nothing, ``stale`` why what was found no longer
    counts.
    """

    as_of: datetime
    model: str
    registry: str
    version: str
    verdict: Verdict
    sentence: str
    sections: tuple[Section, ...] = ()
    findings: tuple[Finding, ...] = ()
    made_at: datetime | None = None
    actor: str | None = None
    digests: Digests | None = None
    due_at: datetime | None = None
    job: str | None = None
    failed: str | None = None
    stale: str = ""

    @property
    def overdue(self) -> bool:
        """Whether it must be validated anew by now."""
        return self.due_at is not None and self.as_of > self.due_at
