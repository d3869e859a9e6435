"""A version that may go into production, as a value: what its files are, and what a validation found.

A *validation* scores rows that nobody trained on with the candidate and with the champion, and notes what it
found as facts; gates (:mod:`core.policy.gates`) judge facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from core.action import Gate
from core.domain import Role


class Baseline(StrEnum):
    """What a fact is compared with.

    ``none``: it is the candidate's own number. ``champion``: candidate minus champion, on the same rows.
    ``clean``: the candidate on spoilt rows minus itself on the rows as they are. ``reference``: the newest
    live rows held against the reference's.
    """

    NONE = "none"
    CHAMPION = "champion"
    CLEAN = "clean"
    REFERENCE = "reference"


class Condition(StrEnum):
    """How the rows were before they were scored: as logged, or spoilt in one of four ways."""

    AS_LOGGED = "as_logged"
    NOISE = "noise"
    MISSING_VALUES = "missing_values"
    OUT_OF_RANGE = "out_of_range"
    TYPOS = "typos"


YES_OR_NO = ("loads", "signature_compatible", "digest_unchanged")
"""Facts that are 1 or 0; their ``note`` says of what."""

AGES = ("evidence_age", "data_age")
"""Facts that grow old by themselves, in days: told when they are asked for, not when they were found."""

OTHERS: Mapping[str, str] = {
    "loads": "whether the version's files make a model that answers rows: 1 or 0",
    "signature_compatible": "whether the logs carry every input that it needs: 1 or 0",
    "digest_unchanged": "whether its files are those that were registered and validated: 1 or 0",
    "evidence_age": "days since it was validated",
    "data_age": "days between the newest validated row and the newest row known, beyond the label delay",
    "latency_p95": "95th percentile of the time that one row takes, alone, in milliseconds",
    "size": "megabytes of its files",
    "segment_shortfall": "how far the leading metric of the worst segment lies behind that of all rows",
    "label_alone": "how well the best single input tells the label: ROC AUC, or squared rank correlation",
    "equal_rows": "share of the rows that are also among the reference's, inputs and label alike",
    "late_inputs": "how many inputs hold times later than the decision",
    "seed_spread": "standard deviation of the leading metric over refits with other seeds",
}
"""Facts that are no metric of the catalogue → what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number about a candidate, or the reason why there is none.

    ``metric`` is one of the catalogue's or of :data:`OTHERS`. ``feature`` is the attribute whose groups are
    compared, or the input that is meant; ``segment`` the rows that are, None for all. ``low`` and ``high``
    are the 95 % interval where one is known, ``n`` the rows behind it. ``beside`` is what a difference starts
    from: the champion's value, or the candidate's own on clean rows. ``note`` says of a yes or no what it
    rests on; ``reason`` is set exactly when ``value`` is None.
    """

    metric: str
    value: float | None
    n: int = 0
    low: float | None = None
    high: float | None = None
    role: Role = Role.PERFORMANCE
    baseline: Baseline = Baseline.NONE
    condition: Condition = Condition.AS_LOGGED
    feature: str | None = None
    beside: float | None = None
    method: str = ""
    note: str = ""
    reason: str | None = None
    segment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The files of a version as they were: path → SHA-256 in hex, and their size together."""

    files: Mapping[str, str]
    n_bytes: int

    @property
    def digest(self) -> str:
        """Return the SHA-256 over the sorted list of files; two versions with equal files share it.

        Examples
        --------
        >>> one = Manifest(files={"MLmodel": "ab", "model.skops": "cd"}, n_bytes=10)
        >>> one.digest == Manifest(files={"model.skops": "cd", "MLmodel": "ab"}, n_bytes=10).digest
        True
        """
        listed = "".join(f"{digest}  {path}\n" for path, digest in sorted(self.files.items()))
        return sha256(listed.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one validation found.

    Parameters
    ----------
    against
        The champion that was scored on the same rows; None where there was none, or the candidate is it.
    n_rows, rows_from, rows_until, rows_of
        The labelled rows that were scored: how many, their event times, and where they are from ("current"
        or "reference").
    digest, against_digest
        SHA-256 of both versions' files, as they were scored.
    why_no_rows
        Why no row was scored; set exactly when none was.
    policy_digest, rows_digest
        SHA-256 of the policy in force then, and of the file of rows that were scored.
    """

    model: str
    version: str
    against: str | None
    made_at: datetime
    n_rows: int
    rows_of: str
    rows_from: datetime | None = None
    rows_until: datetime | None = None
    digest: str
    against_digest: str | None = None
    why_no_rows: str = ""
    policy_digest: str = ""
    rows_digest: str = ""
    facts: tuple[Fact, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What somebody stands for: what was held to the limit then, and how far from that it may be later.

    ``feature`` is the attribute whose groups were compared. Both numbers are None where the fact was missing.
    """

    feature: str | None
    held: float | None
    reach: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody stands for a gate that a version does not pass: who, why, and until when.

    ``stood_for`` is how the gate stood, FAIL or UNKNOWN; ``covers`` is what exactly was seen and stood for.
    """

    id: str
    registry: str
    model: str
    version: str
    gate: str
    stood_for: str
    covers: tuple[Covered, ...]
    reason: str
    actor: str
    at: datetime
    until: datetime


NOT_VALIDATED = "not validated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A candidate before its gates.

    ``job`` is the validation that ``findings`` are from, ``open_job`` one that is under way, ``failed`` why
    the latest one came to nothing. ``champion`` is what the candidate would take the place of.
    """

    model: str
    version: str
    champion: str | None
    policy: str
    policy_digest: str
    gates: tuple[Gate, ...]
    findings: Findings | None = None
    findings_digest: str = ""
    job: str | None = None
    open_job: str | None = None
    failed: str | None = None

    @property
    def blocking(self) -> tuple[Gate, ...]:
        """Gates that stand in the way."""
        return tuple(gate for gate in self.gates if gate.blocks)

    @property
    def passes(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.blocking

    @property
    def loads(self) -> Fact | None:
        """Whether its files make a model that answers rows; None where nobody tried."""
        facts = () if self.findings is None else self.findings.facts
        return next((fact for fact in facts if fact.metric == "loads"), None)

    @property
    def evidence(self) -> Mapping[str, str]:
        """What a decision on it rests on, as names and texts for auditors; digests are SHA-256."""
        if self.findings is None:
            return {"validation": NOT_VALIDATED, "policy digest": self.policy_digest}
        return {
            "validation": f"{self.findings.n_rows:,} rows, {self.findings.made_at:%d %b %Y %H:%M} UTC",
            "validation job": self.job or "",
            "validation digest": self.findings_digest,
            "files digest": self.findings.digest,
            "policy digest": self.policy_digest,
        }

    @property
    def sentence(self) -> str:
        """How it stands, in one sentence."""
        n, held = len(self.gates), len(self.blocking)
        if not n:
            return f"{self.model} {self.version}: the policy {self.policy} has no gates for it."
        if self.findings is None:
            return f"{self.model} {self.version} is not validated: {held} of {n} gates block."
        if not self.findings.n_rows:
            why = self.findings.why_no_rows or "no row was scored"
            return f"{self.model} {self.version} could not be scored: {why}; {held} of {n} gates block."
        ends = "all gates pass" if not held else f"{held} of {n} gates block"
        rows = f"{self.findings.n_rows:,} rows of the {_ROWS[self.findings.rows_of]}"
        return f"{self.model} {self.version}: {ends}, validated on {rows}."


_ROWS = {"current": "live traffic", "reference": "reference"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DryCase:
    """One promotion of the past before the gates of another policy; ``status`` is what became of it then."""

    action: str
    model: str
    version: str | None
    asked_at: datetime
    status: str
    validated: bool
    gates: tuple[Gate, ...]

    @property
    def blocked(self) -> bool:
        """Whether the policy would have stood in its way."""
        return any(gate.blocks for gate in self.gates)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a policy would have said of the promotions that were asked for since a time, oldest first."""

    since: datetime
    cases: tuple[DryCase, ...]

    @property
    def blocked(self) -> tuple[DryCase, ...]:
        """Those that it would have blocked."""
        return tuple(case for case in self.cases if case.blocked)

    @property
    def n_not_validated(self) -> int:
        """How many of those blocked were never validated, so that nothing else is known of them."""
        return sum(not case.validated for case in self.blocked)

    @property
    def sentence(self) -> str:
        """The result in one sentence.

        Examples
        --------
        >>> from datetime import UTC
        >>> DryRun(since=datetime(2026, 11, 1, tzinfo=UTC), cases=()).sentence
        'No promotion was asked for since 2026-11-01.'
        """
        n, since = len(self.cases), f"{self.since:%Y-%m-%d}"
        if not n:
            return f"No promotion was asked for since {since}."
        bare = f", {self.n_not_validated} of them for want of a validation" if self.n_not_validated else ""
        return f"Since {since} it would have blocked {len(self.blocked)} of {n} promotions{bare}."
