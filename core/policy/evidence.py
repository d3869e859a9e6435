"""What a judgement looks at: the measurements of a run, arranged, and the facts around them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from core.domain import Band, Limit, Measurement, Role, Segment, Status
from core.metrics.serial import Memory, MemoryKey
from core.policy import sentences
from core.policy.rules import Rule, SelfVariation
from core.spec import MonitorSpec

BandKey: TypeAlias = tuple[str, Role, str | None, Segment]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFacts:
    """What is known of one version's rows in one window besides its measurements.

    ``coverage`` is the share of labellable rows that have their label (None: of all rows). ``age`` is the
    time from the window's end to the greatest known event time of the model; None for windows without
    times.
    """

    n: int
    n_labelled: int
    age: timedelta | None
    closed: bool
    coverage: float | None = None
    n_unlabellable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentContext:
    """What is known of one segment of the rows, as a :class:`Context` knows it of all rows.

    ``n_silent`` counts the reference's windows that have rows, but none of the segment.
    """

    constant_columns: frozenset[str]
    window_facts: Mapping[tuple[str, int | None], WindowFacts]
    n_silent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything about a model that its verdicts depend on besides the measurements of the window.

    ``bands`` and ``reference_measurements`` are keyed by (metric, role, feature, segment): how the number
    behaves over the reference's own windows, and what it is on the whole reference. ``now`` dates the
    verdicts. ``segments`` holds what is different of each of the spec's segments. ``n_silent`` counts the
    reference's windows of the same season that have no row. ``memories`` say how alike neighbours among
    the reference's own windows are, by column.
    """

    spec: MonitorSpec
    bands: Mapping[BandKey, Band]
    constant_columns: frozenset[str]
    n_reference_windows: int
    window_facts: Mapping[tuple[str, int | None], WindowFacts]
    reference_measurements: Mapping[BandKey, Measurement]
    now: datetime
    segments: Mapping[Segment, "SegmentContext"] = field(default_factory=dict)
    n_silent: int = 0
    memories: Mapping[MemoryKey, Memory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one rule says about one measurement, before the worst rule is chosen."""

    measurement: Measurement
    rule: Rule
    status: Status
    reason: str
    sentence: str
    limit: Limit = field(default_factory=Limit)


def unknown(one: Measurement, rule: Rule, reason: str, need: str = "") -> Judgement:
    """Return that a measurement cannot be judged, why, and what it would ``need``."""
    return Judgement(
        measurement=one,
        rule=rule,
        status=Status.UNKNOWN,
        reason=reason,
        sentence=sentences.unknown(one, reason, need=need),
    )


FamilyKey: TypeAlias = tuple[str, int | None, Segment]
"""Version, window index and segment: what is judged together."""


class Evidence:
    """The measurements of the current windows, looked up by what they speak of.

    Measurements of the reference's own windows (negative index) are left out: they are never judged.
    """

    def __init__(self, measurements: Sequence[Measurement]) -> None:
        self.measurements = [one for one in measurements if one.window.index is None or one.window.index >= 0]
        self._columns: dict[Role, dict[FamilyKey, dict[str, dict[str, Measurement]]]] = {}
        self._by_metric: defaultdict[str, list[Measurement]] = defaultdict(list)
        for one in self.measurements:
            self._by_metric[one.metric].append(one)
            if not one.estimated:
                families = self._columns.setdefault(one.role, {})
                columns = families.setdefault(family(one), {})
                columns.setdefault(one.feature or "", {})[one.metric] = one

    def families(self, role: Role) -> Iterator[tuple[FamilyKey, Mapping[str, Mapping[str, Measurement]]]]:
        """Yield (version, window, segment) and column → metric → measurement for one role."""
        yield from self._columns.get(role, {}).items()

    def of_metric(self, metric: str, role: Role) -> list[Measurement]:
        """Return every measurement of a metric, measured and estimated."""
        return [one for one in self._by_metric.get(metric, []) if one.role is role]

    def group_rows(self, like: Measurement, segment: Segment) -> int | None:
        """Return how many rows a group has in the window of ``like``; None if nobody measured it.

        Only groups of people have such rates: the rows of the spec's segments are those measured.
        """
        if like.role is not Role.FAIRNESS:
            return None
        key = (like.version, like.window.index, segment)
        columns = self._columns.get(Role.FAIRNESS, {}).get(key, {})
        rates = (metrics.get("selection_rate") for metrics in columns.values())
        return next((rate.n for rate in rates if rate is not None), None)

    def groups(self, like: Measurement, metric: str) -> list[Measurement]:
        """Return a metric of every group of the attribute that ``like`` compares, in the same window.

        The attribute is its feature; ``"a,b"`` means the intersections of two.
        """
        wanted = set((like.feature or "").split(","))
        return [
            one
            for one in self._by_metric.get(metric, [])
            if (one.version, one.window.index, one.role) == (like.version, like.window.index, like.role)
            and {column for column, _ in one.segment.pairs} == wanted
        ]


def family(one: Measurement) -> FamilyKey:
    """Return what a measurement is judged together with."""
    return (one.version, one.window.index, one.segment)


def key_of(one: Measurement) -> BandKey:
    """Return the key of a measurement in bands and reference measurements; estimates share it."""
    return (one.metric, one.role, one.feature, one.segment)


def band_of(one: Measurement, context: Context, beyond: SelfVariation) -> Band | None:
    """Return how the reference's own windows behave, or None where they are too few to tell."""
    band = context.bands.get(key_of(one))
    return band if band is not None and band.n_windows >= beyond.min_windows else None


def facts_of(one: Measurement, context: Context) -> WindowFacts | None:
    """Return what is known about the window of a measurement: of its segment's rows, where it has one."""
    place = (one.version, one.window.index)
    segment = context.segments.get(one.segment)
    if segment is not None and place in segment.window_facts:
        return segment.window_facts[place]
    return context.window_facts.get(place)


def is_of_segment(one: Measurement) -> bool:
    """Return whether a measurement speaks of one of the spec's segments; groups of people are none."""
    return bool(one.segment.pairs) and one.role is not Role.FAIRNESS


def constants_of(one: Measurement, context: Context) -> frozenset[str]:
    """Return the columns that have one value in the reference of a measurement's segment."""
    segment = context.segments.get(one.segment)
    return context.constant_columns if segment is None else segment.constant_columns


def is_open(one: Measurement, context: Context) -> bool:
    """Return whether the window still fills: nothing is said about it before it closes."""
    facts = facts_of(one, context)
    return not one.window.closed or (facts is not None and not facts.closed)


def labels_gap(one: Measurement, context: Context, min_coverage: float) -> str | None:
    """Return why labels do not speak for this window yet, or None where they do.

    A window is immature while it is younger than the spec's label delay or fewer than ``min_coverage``
    of its labellable rows have their label: the labels that come first are not like the others. Where
    every row has its label there are no others to wait for, however young the window is.
    """
    facts = facts_of(one, context)
    if facts is None:
        return one.reason or "labels immature"
    if facts.n == 0:
        return "no traffic"
    if facts.n_unlabellable >= facts.n:
        return "no labellable rows"
    if facts.n_labelled == 0:
        return "no labels yet"
    young = facts.age is not None and facts.age < context.spec.label_delay
    coverage = facts.n_labelled / facts.n if facts.coverage is None else facts.coverage
    return "labels immature" if coverage < min_coverage or (young and coverage < 1) else None
