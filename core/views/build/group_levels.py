"""Groups of people beside each other: each one's number, and how it lies to the reference group's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from typing import Literal

from core.domain import Limit, Measurement, Segment, Status
from core.metrics import intervals
from core.metrics.intervals import Interval, students
from core.policy.ratios import RATIOS, Compared, for_all_pairs
from core.policy.rules import Policy, RatioRule
from core.views.build.points import Record
from core.views.fairness import CrossCell, GroupContrast, GroupLevel, Mark

SHOWN_FROM = 30
"""Rows under which a group's number is withheld."""

FOUR_FIFTHS = Limit(low=0.8, high=1.25)
JUDGED_FROM = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What can be compared between groups.

    ``best`` says which end is best off; ``judged`` is the ratio between all groups that policies judge, the
    one that is this measure's alone; ``comparison`` says how two groups are set beside each other.
    """

    name: str
    title: str
    what: str
    best: Literal["high", "low"]
    judged: str | None = None
    comparison: Literal["ratio", "difference"] = "ratio"


MEASURES = (
    Measure(
        name="selection_rate", title="Selection rate", what="share of the rows with the outcome {positive}",
        best="high", judged="demographic_parity_ratio",
    ),
    Measure(
        name="true_positive_rate", title="True positive rate",
        what="share of the rows that came out {positive} which the model called so",
        best="high", judged="equal_opportunity_ratio",
    ),
    Measure(
        name="false_positive_rate", title="False positive rate",
        what="share of the rows that came out otherwise which the model called {positive}", best="low",
    ),
    Measure(
        name="false_negative_rate", title="False negative rate",
        what="share of the rows that came out {positive} which the model did not call so", best="low",
    ),
    Measure(
        name="precision", title="Precision", what="share of the rows called {positive} that came out so",
        best="high",
    ),
    Measure(name="accuracy", title="Accuracy", what="share of the rows called as they came out", best="high"),
    Measure(
        name="calibration_error", title="Calibration error",
        what="mean distance between the score and how often it came true", best="low",
        comparison="difference",
    ),
)  # fmt: skip
ERRORS = (
    Measure(name="mae", title="Mean absolute error", what="mean size of the errors", best="low"),
    Measure(
        name="bias", title="Mean error", what="mean of prediction − label", best="low",
        comparison="difference",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """From how many rows groups are judged, and the band that ratios are held to."""

    limit: Limit = FOUR_FIFTHS
    min_rows: int = JUDGED_FROM

    @classmethod
    def of(cls, policy: Policy, measure: Measure) -> "Guards":
        """Return those of the policy's rule on this measure, else of its rule on any ratio."""
        rules = [rule for rule in policy.rules if isinstance(rule, RatioRule)]
        found = next((rule for rule in rules if measure.judged in rule.metrics), next(iter(rules), None))
        return cls() if found is None else cls(limit=found.limit, min_rows=found.min_group_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group and what was measured of it; ``n`` counts its rows."""

    name: str
    segment: Segment
    n: int
    one: Measurement

    @property
    def is_shown(self) -> bool:
        """Whether enough rows stand behind the number for it to be shown."""
        return min(self.n, self.one.n) >= SHOWN_FROM and self.one.value is not None

    def is_judged(self, guards: Guards) -> bool:
        """Whether enough rows stand behind the number for a comparison."""
        return self.one.n >= guards.min_rows and self.one.value is not None

    @property
    def note(self) -> str:
        """Why there is no number; empty where there is one."""
        if self.n < SHOWN_FROM:
            return f"fewer than {SHOWN_FROM} rows"
        if self.one.value is None:
            return self.one.reason or "not enough data"
        return "" if self.one.n >= SHOWN_FROM else f"fewer than {SHOWN_FROM} rows to measure it on"


def groups_of(measured: Sequence[Measurement], measure: str) -> list[Group]:
    """Return the groups of what was measured, in the order of their names, those without a value last."""
    rows: dict[Segment, int] = {}
    for one in measured:
        if one.segment.pairs:
            rows[one.segment] = max(rows.get(one.segment, 0), one.n)
    found = [
        Group(name=name_of(one.segment), segment=one.segment, n=rows[one.segment], one=one)
        for one in measured
        if one.metric == measure and one.segment.pairs
    ]
    return sorted(found, key=lambda group: (group.name.startswith("("), group.name))


def name_of(segment: Segment) -> str:
    """Return a group's name: its values joined by a comma."""
    return ",".join(value for _, value in segment.pairs)


def levels(groups: Sequence[Group], stored: Mapping[str, Record]) -> tuple[GroupLevel, ...]:
    """Return each group's number, with its stored verdict where there is one.

    Parameters
    ----------
    stored
        Group → what is stored of it in the window shown; empty for several windows together.
    """
    return tuple(_level(group, stored.get(group.name)) for group in groups)


def _level(group: Group, record: Record | None) -> GroupLevel:
    is_shown = group.is_shown
    judged = None if record is None or record.verdict is None else record
    return GroupLevel(
        name=group.name,
        n=group.n,
        n_behind=group.one.n,
        value=group.one.value if is_shown else None,
        low=group.one.low if is_shown else None,
        high=group.one.high if is_shown else None,
        note=group.note,
        status=None if judged is None else judged.verdict,
        sentence="" if judged is None else judged.sentence or "",
        verdict_id=None if judged is None else judged.verdict_id,
    )


def best_off(groups: Sequence[Group], measure: Measure, guards: Guards) -> Group | None:
    """Return the group with the most favourable number among those with enough rows."""
    large = [group for group in groups if group.is_judged(guards)]
    if measure.name == "bias":
        return min(large, key=lambda group: abs(group.one.value or 0.0), default=None)
    pick = max if measure.best == "high" else min
    return pick(large, key=lambda group: group.one.value or 0.0, default=None)


def contrasts(
    groups: Sequence[Group],
    base: Group | None,
    measure: Measure,
    guards: Guards,
    compared: Compared | None = None,
) -> tuple[GroupContrast, ...]:
    """Return how each group lies beside the reference group, with intervals that hold for all pairs together.

    Parameters
    ----------
    compared
        What the policy's rule made of the group farthest from the best-off one, where that is the reference:
        the mark then rests on the interval of the verdict.
    """
    if base is None:
        return ()
    z = for_all_pairs(sum(group.is_judged(guards) for group in groups))
    return tuple(_contrast(group, base, measure, guards, z, compared) for group in groups)


def _contrast(
    group: Group, base: Group, measure: Measure, guards: Guards, z: float, compared: Compared | None
) -> GroupContrast:
    if group is base:
        value = 1.0 if measure.comparison == "ratio" else 0.0
        return GroupContrast(name=group.name, n=group.n, value=value, low=None, high=None, mark="reference")
    if not group.is_shown:
        return _nothing(group, group.note)
    ratio = _set_beside(group.one, base.one, measure, z)
    if ratio is None:
        return _nothing(group, f"nothing of {base.name} to compare with")
    value, (low, high) = ratio
    if compared is not None and abs(compared.value - value) < 1e-12 and compared.low is not None:
        low, high = compared.low, compared.high
    is_judged = group.is_judged(guards) and base.is_judged(guards)
    return GroupContrast(
        name=group.name,
        n=group.n,
        value=value,
        low=low,
        high=high,
        mark=_mark(low, high, measure, guards.limit) if is_judged else "unknown",
        note="" if is_judged else f"fewer than {guards.min_rows} rows: no verdict",
    )


def _nothing(group: Group, note: str) -> GroupContrast:
    return GroupContrast(
        name=group.name, n=group.n, value=None, low=None, high=None, mark="unknown", note=note
    )


def _mark(low: float, high: float, measure: Measure, limit: Limit) -> Mark:
    if measure.comparison == "difference":
        return "inside" if low <= 0 <= high else "crosses"
    bottom = 0.0 if limit.low is None else limit.low
    top = float("inf") if limit.high is None else limit.high
    if high < bottom or low > top:
        return "outside"
    return "inside" if low >= bottom and high <= top else "crosses"


def _set_beside(
    one: Measurement, base: Measurement, measure: Measure, z: float
) -> tuple[float, Interval] | None:
    """Return ratio or difference of two groups and its interval; None where it has none."""
    value, other = one.value or 0.0, base.value or 0.0
    if measure.comparison == "difference":
        half = z * sqrt(_error(one) ** 2 + _error(base) ** 2)
        return value - other, (value - other - half, value - other + half)
    if measure.name == "mae":
        if min(value, other) <= 0:
            return None
        half = z * sqrt((_error(one) / value) ** 2 + (_error(base) / other) ** 2)
        centre = log(value / other)
        return value / other, (exp(centre - half), exp(centre + half))
    if other <= 0:
        return None
    interval = intervals.ratio(value * one.n, one.n, other * base.n, base.n, z=z)
    if interval is None:
        return None
    # Half a hit is added where a group has none, which moves the interval off the value.
    return value / other, (min(interval[0], value / other), interval[1])


def _error(one: Measurement) -> float:
    """Return the standard error behind a symmetric interval; 0 where there is none."""
    if one.value is None or one.high is None or one.n < 2:
        return 0.0
    found = (one.high - one.value) / students(one.n - 1)
    return found if isfinite(found) else 0.0


def cells(
    groups: Sequence[Group],
    order: tuple[str, str],
    base: Group | None,
    measure: Measure,
    guards: Guards,
    compared: Compared | None = None,
) -> tuple[CrossCell, ...]:
    """Return the crossed groups as cells; ``order`` names the column of the rows and that of the columns."""
    beside = {one.name: one for one in contrasts(groups, base, measure, guards, compared)}
    return tuple(_cell(group, order, beside.get(group.name)) for group in groups)


def _cell(group: Group, order: tuple[str, str], beside: GroupContrast | None) -> CrossCell:
    values = group.segment.as_dict()
    shown = group.is_shown and beside is not None
    return CrossCell(
        row=values[order[0]],
        column=values[order[1]],
        n=group.n,
        value=group.one.value if group.is_shown else None,
        ratio=beside.value if shown and beside else None,
        low=beside.low if shown and beside else None,
        high=beside.high if shown and beside else None,
        mark=beside.mark if beside else "unknown",
        note=group.note or (beside.note if beside else ""),
    )


def is_judged_ratio(measure: Measure) -> bool:
    """Return whether policies can judge the ratio of this measure between groups."""
    return measure.judged in RATIOS


def worst_status(found: Sequence[GroupLevel]) -> Status | None:
    """Return the worst stored verdict on any group; None where no rule judges groups."""
    rank = (Status.FAIL, Status.WARN, Status.PASS, Status.UNKNOWN)
    seen = {one.status for one in found}
    return next((status for status in rank if status in seen), None)
