"""What a policy may ask: one frozen value per kind of rule, the limits in it, nothing computed.

A policy is data (see :mod:`core.policy.policy_file`); these types say which data makes sense.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from core.domain import Limit, Risk, Role, Severity, Task
from core.policy.gate_rules import GateRule

UNSURE = "perhaps by chance"
"""Ends the reason of a FAIL that is outside its limits by so little that chance may explain it.

Limits come from few reference windows, and many numbers are judged. Of performance the verdict stays a
FAIL, of drift it is a WARN unless the chance is under the rule's level; either takes longer to become an
incident.
"""


class Group(StrEnum):
    """Rules that share an incident, because they speak of one kind of cause."""

    DRIFT = "drift"
    QUALITY = "quality"
    PERFORMANCE = "performance"
    FAIRNESS = "fairness"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How often a rule must fail before people are called: ``fails`` of the last ``windows`` judged."""

    fails: int
    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Where a number starts to warn and where it fails."""

    warn: float
    fail: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfVariation:
    """How far a number must leave what the reference does by itself: mean + ``sds`` standard deviations.

    Counted over the reference's own windows, and only where there are at least ``min_windows`` of them.
    ``confidence`` is that of ranges in which a new window falls if nothing has changed: they stand in for
    the band where windows are too few, and say which FAILs chance may explain where they are few.
    """

    sds: float
    min_windows: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every rule has.

    ``id`` names the rule in its verdicts. ``series`` names the rules whose FAILs are counted together
    for persistence: a feature that is all missing also counts as one that misses more than it did.
    ``unsure`` is the persistence of FAILs that chance may explain (:data:`UNSURE`).
    """

    id: str
    group: Group
    severity: Severity
    persistence: Persistence
    unsure: Persistence
    series: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRule(Rule):
    """Has the distribution of a column moved away from the reference?

    Below ``min_rows`` nothing is said, up to ``tested_up_to`` the test decides, above it PSI with the
    test; p values are adjusted over the columns of one window that share one of the ``roles``.
    Label drift waits until ``min_coverage`` of the labellable rows have their label.
    """

    roles: tuple[Role, ...]
    min_rows: int
    min_coverage: float
    tested_up_to: int
    p: Levels
    psi: Levels
    beyond: SelfVariation


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRule(Rule):
    """Is a metric worse than the reference's own windows ever explain?

    A metric in ``limits`` is held to that limit instead. ``warn_margin`` is absolute for metrics in
    [0, 1] and relative to the reference's mean absolute error for errors.
    """

    role: Role
    metrics: Mapping[Task, tuple[str, ...]]
    min_rows: int
    min_group_rows: int
    beyond: SelfVariation
    warn_margin: float
    min_coverage: float
    limits: Mapping[str, Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRangeRule(Rule):
    """Does a number leave the range in which it lies over the reference's own windows?

    On the side on which the metric does harm. There is no other limit: with fewer windows than
    ``beyond`` asks for nothing is said.
    """

    role: Role
    metrics: tuple[str, ...]
    min_rows: int
    beyond: SelfVariation


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule(Rule):
    """Does something unwanted happen more often than in the reference, and often enough to matter?

    Two-proportion test (``p``, adjusted over the columns of a window), absolute ``margin`` over the
    reference's rate, and beyond the reference's own variation: all three.
    """

    role: Role
    metrics: tuple[str, ...]
    min_rows: int
    p: Levels
    margin: Levels
    beyond: SelfVariation


@dataclass(frozen=True, slots=True, kw_only=True)
class AllMissingRule(Rule):
    """Is a feature that used to have values missing in every row of the window?

    ``p`` is how unlikely that must be by the reference's missing rate: few rows prove nothing.
    """

    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioRule(Rule):
    """Does a ratio's whole interval lie outside the allowed range?

    Only groups with ``min_group_rows`` are compared. Ratios of rates that need labels wait until
    ``min_coverage`` of the labellable rows have theirs.
    """

    role: Role
    metrics: tuple[str, ...]
    limit: Limit
    min_group_rows: int
    min_coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRule(Rule):
    """Did a closed window get no rows at all? Warns when it got fewer than the reference ever did."""

    beyond: SelfVariation


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule(Rule):
    """Is a metric outside a fixed range that its owner chose?"""

    role: Role
    metrics: tuple[str, ...]
    warn: Limit
    fail: Limit
    min_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """How many people must agree to a promotion beside who asked for it, and within how many hours."""

    promote: int = 0
    expire_after_h: float = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """How often a version in production is validated anew, and what a validation takes exception to.

    ``every`` is by the model's risk. ``checks`` become findings where they fail, of the severity in
    ``severities`` (check's id → severity), to be closed within the time that ``close_within`` gives it.
    """

    every: timedelta = timedelta(days=365)
    close_within: Mapping[str, timedelta] = field(default_factory=dict)
    checks: tuple[GateRule, ...] = ()
    severities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All rules for one risk tier, and how their FAILs become incidents.

    ``digest`` is the SHA-256 of the whole document, tiers included, so that two models under one policy
    show the same digest. ``cooldown`` is how many judged windows must pass after a series' last FAIL
    before a new one counts as a new incident; ``same_start`` how many windows apart two series may begin
    and still be one incident. ``gates`` are what a version must pass before it goes into production,
    ``validation`` what a validation looks at, and how long it holds.
    """

    name: str
    digest: str
    risk: Risk
    rules: tuple[Rule, ...]
    cooldown: int
    same_start: int
    approvals: ApprovalRule = ApprovalRule()
    gates: tuple[GateRule, ...] = ()
    validation: ValidationRule = field(default_factory=ValidationRule)

    def rule(self, identifier: str) -> Rule | None:
        """Return the rule with this id, or None where the tier does not judge it."""
        return next((rule for rule in self.rules if rule.id == identifier), None)
