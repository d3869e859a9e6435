"""Drift that does not cry wolf: one verdict a column and window, from one deciding measure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.special import chdtrc, chdtri, kolmogi

from core.domain import LABEL_KEY, PREDICTION_KEY, Limit, Measurement, Role, Status
from core.metrics.column_drift import SQUARES
from core.policy import sentences
from core.policy.chance import Usual, tail
from core.policy.evidence import (
    Context,
    Evidence,
    Judgement,
    band_of,
    constants_of,
    is_open,
    key_of,
    labels_gap,
    unknown,
)
from core.policy.multiplicity import adjust
from core.policy.rules import UNSURE, DriftRule

LARGEST_FREEDOM = 2000
"""More categories than this are counted as others, so no test has more degrees of freedom."""

Measures = Mapping[str, Measurement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column in one window: ``carrier`` bears the verdict, ``deciding`` is compared, ``p`` tested.

    ``usual`` are the distances of the reference's own windows, None where they are too few.
    """

    carrier: Measurement
    deciding: Measurement
    p: float
    m: int
    usual: Usual | None

    @property
    def chance(self) -> float:
        """How likely is the distance, by how much the reference's own windows differ? 1 where unknown."""
        return 1.0 if self.usual is None else self.usual.chance(self.deciding.value or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A column's test among those of its window.

    ``p`` is adjusted, ``needed`` the raw p value below which the column would fail, all others as they
    are. ``chance`` and ``chance_needed`` are the same of the reference's own variation, over the columns
    of all segments. ``n_columns`` counts those, ``n_families`` the segments (all rows are one).
    """

    p: float
    needed: float
    chance: float
    chance_needed: float
    n_columns: int
    n_families: int = 1


def judge_drift(rule: DriftRule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    """Judge every column of every window: has its distribution left the reference?

    By m = min(n, n_reference): too few rows are UNKNOWN, then KS or chi-squared decides, then PSI with
    the test. p values are adjusted over the columns of one version, window, segment and role. Where the
    reference has enough windows of its own, the deciding distance must also exceed what they differ by,
    and chance must not explain that it does, of all columns of all segments: less than that warns.
    A column that is constant in the reference fails as soon as another value comes. Of a segment only
    what chance does not explain fails, the number of segments looked at considered; less than that warns.

    Yields
    ------
    Judgement
        Exactly one a column, window, segment and version.
    """
    for role in rule.roles:
        families: defaultdict[tuple[str, int | None], list[list[Column]]] = defaultdict(list)
        for (version, index, _), columns in evidence.families(role):
            tested: list[Column] = []
            for measures in columns.values():
                outcome = _look_at(measures, rule, context)
                if isinstance(outcome, Judgement):
                    yield outcome
                elif outcome is not None:
                    tested.append(outcome)
            if tested:
                families[version, index].append(tested)
        for together in families.values():
            yield from _test(together, rule, context)


def _test(together: Sequence[Sequence[Column]], rule: DriftRule, context: Context) -> Iterator[Judgement]:
    """Judge the columns of all segments of a window by p values that are adjusted over them."""
    columns = [column for tested in together for column in tested]
    known = [column for column in columns if column.usual is not None]
    chances = dict(zip(map(id, known), _adjusted([one.chance for one in known], rule), strict=True))
    for tested in together:
        for column, (p, needed) in zip(tested, _adjusted([one.p for one in tested], rule), strict=True):
            chance, chance_needed = chances.get(id(column), (0.0, 1.0))
            test = Adjusted(
                p=p,
                needed=needed,
                chance=chance,
                chance_needed=chance_needed,
                n_columns=len(columns),
                n_families=len(together),
            )
            yield _compare(column, test, rule, context)


def _adjusted(raw: Sequence[float], rule: DriftRule) -> Iterator[tuple[float, float]]:
    """Yield each p value adjusted for the others, and below which raw one it would fail as they are."""
    adjusted = adjust(raw)
    rejected = sum(p < rule.p.fail for p in adjusted)
    for p in adjusted:
        rank = rejected if p < rule.p.fail else rejected + 1
        yield p, rule.p.fail * rank / len(raw)


def _look_at(measures: Measures, rule: DriftRule, context: Context) -> Column | Judgement | None:
    """Return what is to be compared, or at once the judgement where nothing is; None: no drift here."""
    test = measures.get("ks") or measures.get("chi_squared")
    if test is None:
        return None
    carrier = measures.get("label_rate", test) if test.role is Role.LABEL else test
    gap = _gap(carrier, test, rule, context)
    if gap is not None:
        return unknown(carrier, rule, gap)
    if _is_constant(test, context):
        return _constant(carrier, measures, rule)
    m = min(test.n, test.n_reference or 0)
    if m < rule.min_rows:
        return unknown(carrier, rule, test.reason or "not enough data", f", {rule.min_rows} needed")
    deciding = test if m <= rule.tested_up_to else measures.get("psi", test)
    if deciding.value is None or test.p_value is None:
        return unknown(carrier, rule, deciding.reason or test.reason or "no test")
    if carrier is test:
        carrier = deciding
    return Column(
        carrier=carrier, deciding=deciding, p=test.p_value, m=m, usual=_usual(deciding, rule, context)
    )


def _usual(deciding: Measurement, rule: DriftRule, context: Context) -> Usual | None:
    band = band_of(deciding, context, rule.beyond)
    if band is None:
        return None
    memory = context.memories.get((deciding.role, deciding.feature or "", deciding.segment))
    return Usual(band=band, memory=memory, squared=deciding.metric in SQUARES)


def _gap(carrier: Measurement, test: Measurement, rule: DriftRule, context: Context) -> str | None:
    if is_open(carrier, context):
        return "window open"
    if test.role is Role.LABEL:
        immature = labels_gap(test, context, rule.min_coverage)
        if immature is not None:
            return immature
    if test.n_reference is None or test.n_reference == 0:
        return test.reason or "no reference"
    return None


def _is_constant(test: Measurement, context: Context) -> bool:
    own_name = {Role.PREDICTION: PREDICTION_KEY, Role.LABEL: LABEL_KEY}.get(test.role, test.feature)
    return bool({own_name, test.feature} & constants_of(test, context))


def _constant(carrier: Measurement, measures: Measures, rule: DriftRule) -> Judgement:
    """Judge a column with a single value in the reference: any other value is a change, whatever n."""
    distances = [one for one in measures.values() if one.value is not None and one.n_reference is not None]
    moved = [one for one in distances if one.value is not None and one.value > 1e-12]
    if moved:
        bearer = carrier if carrier in moved or carrier.metric == "label_rate" else moved[0]
        sentence = (
            f"{bearer.feature or bearer.role.value} had one value in the reference and now has others "
            f"({sentences.count(bearer.n)}): fails."
        )
        return Judgement(
            measurement=bearer,
            rule=rule,
            status=Status.FAIL,
            reason="no longer constant",
            sentence=sentence,
            limit=Limit(high=0.0),
        )
    if not distances or carrier.n < rule.min_rows:
        return unknown(carrier, rule, "constant" if carrier.n >= rule.min_rows else "not enough data")
    sentence = (
        f"{carrier.feature} has the one value that it had in the reference ({sentences.count(carrier.n)})."
    )
    return Judgement(
        measurement=distances[0] if carrier not in distances else carrier,
        rule=rule,
        status=Status.PASS,
        reason="constant as in the reference",
        sentence=sentence,
        limit=Limit(high=0.0),
    )


def critical_distance(one: Measurement, p: float) -> float:
    """Return the distance at which the test of a measurement would reach a raw p value.

    The inverse of the tests in :mod:`core.metrics.drift`: Kolmogorov's limit with Stephens' correction,
    and chi-squared with the degrees of freedom that value and p imply; where they imply none (Fisher's
    exact test), the distance itself stands in.

    Examples
    --------
    >>> from core.domain import Measurement, Role, Window
    >>> ks = Measurement(model="m", version="1", metric="ks", role=Role.FEATURE, feature="age", n=101,
    ...     window=Window(index=0, start=None, end=None), value=0.15, n_reference=10_000, method="")
    >>> round(critical_distance(ks, 0.02), 2)
    0.15
    """
    value = one.value or 0.0
    if one.metric == "ks":
        n, n_reference = one.n, one.n_reference or 0
        effective = sqrt(n * n_reference / (n + n_reference))
        return float(kolmogi(p)) / (effective + 0.12 + 0.11 / effective)
    if one.p_value is None or not 0 < one.p_value < 1:
        return value
    possible = np.arange(1, LARGEST_FREEDOM)
    apart = np.abs(chdtrc(possible, value) / one.p_value - 1)
    return float(chdtri(possible[apart.argmin()], p)) if apart.min() < 1e-6 else value


def _compare(column: Column, test: Adjusted, rule: DriftRule, context: Context) -> Judgement:
    """Compare the deciding distance and its adjusted p value with the levels, worst first."""
    distance, floor = column.deciding.value or 0.0, _floor(column.usual, rule)
    by_size = column.deciding.metric == "psi"
    status, reason = _decide(column, test, rule)
    least = critical_distance(column.deciding, test.needed)
    edge = max(rule.psi.fail if by_size else least, floor)
    if column.usual is not None:
        edge = max(edge, column.usual.limit(test.chance_needed))
    lead = _against_levels(column, test, rule, status, least)
    ending = {Status.PASS: ": no drift", Status.WARN: ": warns"}.get(status)
    if ending is None:
        gap = distance - edge
        ending = f": fails by {sentences.number(gap, sentences.places_for([gap, 0.0]))}"
    if reason.endswith(UNSURE):
        ending = f"{ending}, {sentences.CHANCE}" if status is Status.FAIL else f", {sentences.CHANCE}{ending}"
    return Judgement(
        measurement=column.carrier,
        rule=rule,
        status=status,
        reason=reason,
        sentence=f"{lead}{_against_itself(column, test, rule, context)}{ending}.",
        # The share of a label is not the distance that is limited.
        limit=Limit(high=edge) if column.carrier is column.deciding else Limit(),
    )


def _floor(usual: Usual | None, rule: DriftRule) -> float:
    """Return what the reference differs from itself; nothing where its windows are too few to tell."""
    return -inf if usual is None else usual.band.mean + rule.beyond.sds * usual.band.sd


def _decide(column: Column, test: Adjusted, rule: DriftRule) -> tuple[Status, str]:
    """Return the status of a column and the reason for it."""
    distance = column.deciding.value or 0.0
    by_size = column.deciding.metric == "psi"
    warn = (not by_size or distance >= rule.psi.warn) and test.p < rule.p.warn
    fail = (not by_size or distance >= rule.psi.fail) and test.p < rule.p.fail
    if distance <= _floor(column.usual, rule):
        return Status.PASS, "as different as the reference from itself" if warn else "no drift"
    sure, is_proven = _is_sure(column, test, rule), test.chance < rule.p.fail
    # Of many segments some always lie a little outside: that calls nobody.
    if fail and (sure or not column.carrier.segment.pairs):
        reason = "drift" if sure and is_proven else f"drift, {UNSURE}"
        if is_proven:
            return Status.FAIL, reason
        if not column.carrier.segment.pairs:
            return Status.WARN, reason
    return (Status.WARN, "slight drift") if warn else (Status.PASS, "no drift")


def _is_sure(column: Column, test: Adjusted, rule: DriftRule) -> bool:
    """Does chance not explain the distance, all columns of all segments and further windows considered?"""
    if column.usual is None:
        return test.p * test.n_families < rule.p.fail
    return column.chance < tail(rule.beyond, test.n_columns)


def _against_levels(column: Column, test: Adjusted, rule: DriftRule, status: Status, least: float) -> str:
    """Read out the deciding distance, its level, the gap, and the test."""
    one = column.deciding
    value = one.value if one.value is not None else 0.0
    level, sign = least, ">"
    if one.metric == "psi":
        level, sign = (rule.psi.fail if status is Status.FAIL else rule.psi.warn), "≥"
    places = sentences.places_for([value, level])
    lead = f"{sentences.subject(column.carrier)} {sentences.number(column.carrier.value or 0.0, places)}"
    if column.carrier is not one:
        lead += f", {sentences.title(one.metric)} {sentences.number(value, places)}"
    reached = value >= level
    lead += f" {sign if reached else {'>': '≤', '≥': '<'}[sign]} {sentences.number(level, places)}"
    p_level = rule.p.fail if status is Status.FAIL else rule.p.warn
    against = f"{'<' if test.p < p_level else '≥'} {p_level:g}"
    return f"{lead} ({sentences.count(column.m)}; adjusted {sentences.p_text(test.p)} {against})"


def _against_itself(column: Column, test: Adjusted, rule: DriftRule, context: Context) -> str:
    """Say how the distance compares with the reference's own, or that this cannot be told."""
    one = column.deciding
    value = one.value if one.value is not None else 0.0
    if column.usual is None:
        own = context.bands.get(key_of(one))
        n = min(context.n_reference_windows, rule.beyond.min_windows - 1) if own is None else own.n_windows
        windows = "no window" if n == 0 else f"only {n} window{'s' if n > 1 else ''}"
        return f"; the reference has {windows} of this size, so its own variation is not considered"
    floor, limit = _floor(column.usual, rule), column.usual.limit(test.chance_needed)
    places = sentences.places_for([value, floor])
    said = (
        f"; {'above' if value > floor else 'within'} {sentences.number(floor, places)}, what the reference "
        f"differs from itself (mean + {rule.beyond.sds:g} sd over {column.usual.band.n_windows} windows)"
    )
    if value <= floor or limit <= floor:
        return said
    side = "and above" if value > limit else "but within"
    places = sentences.places_for([value, limit])
    return f"{said}, {side} {sentences.number(limit, places)}, what chance allows a new window"
