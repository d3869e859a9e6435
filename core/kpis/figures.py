"""The figures themselves: delivery as DORA defines it, care for the fleet, alarms, labels. Pure.

Source of the first five: Forsgren, Humble & Kim (2018), Accelerate; dora.dev, "DORA's software delivery
metrics". A deployment is a promotion of a model's champion.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from core.action import MoveKind
from core.domain import Incident, IncidentStatus, Severity
from core.incidents.lifecycle import resolved_by_person
from core.kpis.facts import Facts, Model
from core.kpis.intervals import FEWEST, median_interval, middle, poisson_interval
from core.metrics.intervals import wilson
from core.views.kpis import Kpi
from core.views.words import count

PROBATION = timedelta(days=30)
"""A promotion that is rolled back within so long has failed; younger ones are not counted yet."""
FALSE_ALARM = "false alarm"
"""A cause that begins so says that an incident was none."""
MONTH = 30
"""Days that must be on record before a frequency is told."""
_DAY_S = 86_400.0


def figures(facts: Facts) -> tuple[Kpi, ...]:
    """Return all figures of these models, in the order in which they are read."""
    return tuple(tell(facts) for tell in _FIGURES)


def lead_time(facts: Facts) -> Kpi:
    """Return how long a version takes from registration to production: the median, in days."""
    spans = [
        (one.at - one.made_at).total_seconds() / _DAY_S for one in facts.releases if one.made_at is not None
    ]
    counted = "From a version's registration to its promotion as champion, median (DORA: lead time)."
    return _median("lead_time", "Lead time to production", spans, "promotion", counted)


def frequency(facts: Facts) -> Kpi:
    """Return how often versions go into production, in promotions per 30 days."""
    began = max(facts.since, facts.recorded_since or facts.since)
    days, n = (facts.now - began).total_seconds() / _DAY_S, len(facts.releases)
    name, title, unit = "deployment_frequency", "Deployment frequency", "per 30 days"
    counted = "Promotions of champions in this time, per 30 days (DORA: deployment frequency)."
    if days < MONTH:
        reason = f"{count(int(days), 'day')} on record; a frequency needs {MONTH}"
        return _none(name, title, unit, n, counted, reason)
    scale = MONTH / days
    low, high = poisson_interval(n)
    return Kpi(
        name=name,
        title=title,
        unit=unit,
        n=n,
        counted=counted,
        value=n * scale,
        low=low * scale,
        high=high * scale,
    )


def detection(facts: Facts) -> Kpi:
    """Return how long a failure goes unseen: from the first failing window's start, median, in days."""
    spans = [
        (one.opened_at - one.first_window.start).total_seconds() / _DAY_S
        for one in _lately(facts)
        if one.first_window.start is not None
    ]
    counted = (
        "From the start of an incident's first failing window to its opening, in event time: windows and"
        " persistence are in it, late labels are not. Median."
    )
    return _median("time_to_detect", "Time to detect", spans, "incident", counted)


def restoration(facts: Facts) -> Kpi:
    """Return how long a critical incident lasts: from its opening to its end, median, in days."""
    spans = [
        max(0.0, (one.resolved_at - one.opened_at).total_seconds() / _DAY_S)
        for one in facts.incidents
        if one.severity is Severity.CRITICAL
        and one.resolved_at is not None
        and one.resolved_at >= facts.since
    ]
    n_open = sum(_is_open(one) and one.severity is Severity.CRITICAL for one in facts.incidents)
    counted = (
        "From a critical incident's opening to its end, median (DORA: failed deployment recovery time)."
        f" {n_open} still open and not in it."
    )
    return _median("time_to_restore", "Time to restore", spans, "ended critical incident", counted)


def failures(facts: Facts) -> Kpi:
    """Return the share of promotions that were rolled back within 30 days; younger ones are left out."""
    ripe = [one for one in facts.releases if facts.now - one.at >= PROBATION]
    backs = [one for one in facts.moves if one.kind is MoveKind.ROLL_BACK]
    undone = sum(
        any(
            (back.registry, back.model, back.from_version) == (one.registry, one.model, one.version)
            and one.at <= back.at <= one.at + PROBATION
            for back in backs
        )
        for one in ripe
    )
    early = sum(
        any(
            (back.registry, back.model, back.from_version) == (one.registry, one.model, one.version)
            and one.at <= back.at
            for back in backs
        )
        for one in facts.releases
        if facts.now - one.at < PROBATION
    )
    counted = (
        "Promotions rolled back within 30 days, of those at least 30 days old (DORA: change failure rate)."
        f" {len(facts.releases) - len(ripe)} are younger, {early} of them rolled back already."
    )
    return _rate("change_failure_rate", "Change failure rate", undone, len(ripe), "such promotion", counted)


def monitored(facts: Facts) -> Kpi:
    """Return the share of models in production that are monitored."""
    counted = "Of all models with a champion, those that are watched. A count of all: no interval."
    return _share("monitored", "Fleet monitored", facts.models, lambda one: one.monitored, counted)


def validated(facts: Facts) -> Kpi:
    """Return the share of models in production whose champion stands validated."""
    counted = (
        "Of all models with a champion, those whose champion passed a validation that is not past its day."
        " A count of all: no interval."
    )
    return _share("validated", "Fleet validated", facts.models, lambda one: one.validated, counted)


def documented(facts: Facts) -> Kpi:
    """Return the share of models in production of whose evidence nothing is missing or stale."""
    asked = [one for one in facts.models if one.documented is not None]
    counted = (
        "Of the models with a champion of which a rule pack asks for evidence, those where no item is missing"
        " or stale. A count of all: no interval."
    )
    return _share("documented", "Fleet documented", asked, lambda one: bool(one.documented), counted)


def precision(facts: Facts) -> Kpi:
    """Return the share of incidents that were real, of those that a person closed."""
    closed = [one for one in _lately(facts) if resolved_by_person(one)]
    real = sum(not (one.resolution or "").lower().startswith(FALSE_ALARM) for one in closed)
    counted = (
        "Of the incidents of this time that a person closed, those whose cause does not begin with"
        f" “{FALSE_ALARM}”. What closed by its rule is in neither count."
    )
    return _rate(
        "alarm_precision", "Alarm precision", real, len(closed), "incident that a person closed", counted
    )


def label_delay(facts: Facts) -> Kpi:
    """Return how late labels come: the median over models of each model's own median, in days."""
    delays = [one.delay_s / _DAY_S for one in facts.models if one.delay_s is not None]
    counted = "Median over the models with late labels of each one's latest median delay."
    if not delays:
        return _none("label_delay", "Label delay", "days", 0, counted, "no model has labels that come late")
    ends = median_interval(delays)
    return Kpi(
        name="label_delay",
        title="Label delay",
        unit="days",
        n=len(delays),
        counted=counted,
        value=middle(delays),
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
    )


_FIGURES: tuple[Callable[[Facts], Kpi], ...] = (
    lead_time, frequency, detection, restoration, failures, monitored, validated, documented, precision,
    label_delay,
)  # fmt: skip


def _lately(facts: Facts) -> list[Incident]:
    return [one for one in facts.incidents if one.opened_at >= facts.since]


def _is_open(one: Incident) -> bool:
    return one.status is not IncidentStatus.RESOLVED


def _median(name: str, title: str, spans: Sequence[float], what: str, counted: str) -> Kpi:
    n = len(spans)
    if n < FEWEST:
        return _none(name, title, "days", n, counted, f"{_few(n, what)}; a median needs {FEWEST}")
    ends = median_interval(spans)
    return Kpi(
        name=name,
        title=title,
        unit="days",
        n=n,
        counted=counted,
        value=middle(spans),
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
    )


def _rate(name: str, title: str, n_hits: int, n: int, what: str, counted: str) -> Kpi:
    ends = wilson(n_hits, n)
    if n < FEWEST or ends is None:
        return _none(name, title, "share", n, counted, f"{_few(n, what)}; a share needs {FEWEST}")
    return Kpi(
        name=name,
        title=title,
        unit="share",
        n=n,
        counted=counted,
        value=n_hits / n,
        low=ends[0],
        high=ends[1],
    )


def _few(n: int, what: str) -> str:
    """Return a small count in words: the first noun of "incident that a person closed" takes the plural.

    Examples
    --------
    >>> _few(1, "such promotion"), _few(2, "incident that a person closed")
    ('1 such promotion', '2 incidents that a person closed')
    """
    noun, that, rest = what.partition(" that ")
    return f"{count(n, noun)}{that}{rest}"


def _share(
    name: str, title: str, models: Sequence[Model], holds: Callable[[Model], bool], counted: str
) -> Kpi:
    live = [one for one in models if one.champion is not None]
    if not live:
        return _none(name, title, "share", 0, counted, "no such model has a champion")
    share = sum(map(holds, live)) / len(live)
    return Kpi(name=name, title=title, unit="share", n=len(live), counted=counted, value=share)


def _none(name: str, title: str, unit: str, n: int, counted: str, reason: str) -> Kpi:
    return Kpi(name=name, title=title, unit=unit, n=n, counted=counted, reason=reason)
