"""Is retraining the answer? What the verdicts speak for, said before anything is trained. Pure.

Five causes, the first that fits counts:

- *data fault*: columns came to miss values, or rows were refused. What is learned from such rows is the
  fault; retraining is refused until they are mended.
- *season*: features drift in every window of some weekdays and in none of the others.
- *label shift*, of classifiers: outcomes became more or less frequent while features, and how well scores
  separate, did not change. Recalibrating is the cheaper remedy.
- *drift*: features, their relation to the outcome, or performance left the reference.
- *nothing*: no rule fails.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from core.domain import Measurement, Role, Status, Verdict
from core.metrics.catalogue import BY_NAME
from core.retrain import Advice
from core.training.guards import ENOUGH

FAULTS = frozenset({"missing_rate", "invalid_rate"})
"""Metrics of columns that tell a fault. New categories and values out of range may be the world's doing."""
PER_FEATURE = 10
"""Rows of the rarest outcome a feature that a fit needs (Peduzzi et al., 1996: ten events a variable)."""
_SEASON_WINDOWS = 14
_SHOWN = 3
_RANKING = frozenset({"roc_auc", "average_precision"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a model.

    Parameters
    ----------
    verdicts
        Of its last judged windows, in window order.
    open_faults
        Sentences of its open incidents about missing or refused values.
    leading
        The latest realised value of its leading metric, None where there is none.
    before
        The same metric over the whole reference.
    n_fresh, n_rarest
        Fresh, mature labelled rows, and those of the rarest outcome among them.
    n_features
        Inputs of the model.
    is_classifier, is_seasonal
        Whether it predicts classes; whether its spec compares like seasons already.
    """

    model: str
    verdicts: Sequence[Verdict]
    open_faults: Sequence[str]
    leading: Measurement | None
    before: float | None
    n_fresh: int
    n_rarest: int
    n_features: int
    is_classifier: bool
    is_seasonal: bool


def advise(facts: Facts) -> Advice:
    """Return what the evidence speaks for, as sentences, and whether retraining may be asked for."""
    latest = _latest(facts.verdicts)
    failed = [one for one in latest if one.status is Status.FAIL]
    faults = _faults(failed, facts)
    cause, sentences = _cause(facts, failed, faults)
    n_enough = _enough(facts)
    sentences.append(_rows(facts, n_enough))
    gain = _gain(facts)
    if gain is not None:
        sentences.append(gain)
    return Advice(
        model=facts.model,
        cause=cause,
        allowed=not faults,
        why_not="" if not faults else f"{' '.join(faults)} Training on such rows would teach the fault.",
        sentences=tuple(sentences),
        n_fresh=facts.n_fresh,
        n_enough=n_enough,
        gain=gain,
    )


def _cause(facts: Facts, failed: Sequence[Verdict], faults: Sequence[str]) -> tuple[str, list[str]]:
    if faults:
        return "data fault", [*faults, "This is a data fault: mend the feed, then look again."]
    drifted = _features(failed)
    days = "" if facts.is_seasonal else _season(facts.verdicts)
    if days:
        seen = f"Features drift on {days} and on no other days: this looks like a season."
        return "season", [seen, "Add seasonality: weekday to the spec; retraining would chase it."]
    if facts.is_classifier and _is_label_shift(failed, drifted):
        seen = "Outcomes became more or less frequent while the inputs did not change: label shift."
        return "label shift", [seen, "Recalibrating is the cheaper remedy."]
    told = _drift(failed, drifted)
    return (
        ("drift", told) if told else ("nothing", ["No rule fails: there is nothing that retraining mends."])
    )


def _latest(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return of each thing that is judged the last verdict that says something."""
    last: dict[tuple[object, ...], Verdict] = {}
    for one in verdicts:
        if one.status in (Status.PASS, Status.WARN, Status.FAIL):
            measured = one.measurement
            key = (measured.metric, measured.role, measured.feature, measured.segment, measured.estimated)
            last[key] = one
    return list(last.values())


def _faults(failed: Sequence[Verdict], facts: Facts) -> list[str]:
    """Return what is wrong with the rows themselves, worst first, a few of them."""
    found = facts.open_faults or [one.sentence for one in failed if one.measurement.metric in FAULTS]
    return list(dict.fromkeys(found))[:_SHOWN]


def _features(failed: Sequence[Verdict]) -> list[str]:
    """Return the features whose values moved away, each once."""
    moved = (one.measurement for one in failed if one.measurement.role is Role.FEATURE)
    return list(dict.fromkeys(one.feature for one in moved if one.feature is not None))


def _is_label_shift(failed: Sequence[Verdict], drifted: Sequence[str]) -> bool:
    """Say whether outcomes alone moved: neither an input nor how well scores separate them."""
    metrics = {one.measurement.metric for one in failed}
    moved = "label_rate" in metrics or any(one.measurement.role is Role.LABEL for one in failed)
    return moved and not drifted and not metrics & _RANKING and "concept_drift" not in metrics


def _drift(failed: Sequence[Verdict], drifted: Sequence[str]) -> list[str]:
    told = []
    if drifted:
        more = f" and {len(drifted) - _SHOWN} more" if len(drifted) > _SHOWN else ""
        told.append(f"Inputs moved away from the reference: {', '.join(drifted[:_SHOWN])}{more}.")
    outcomes = {one.measurement.metric for one in failed if one.measurement.role is not Role.SCORE}
    is_label = any(one.measurement.role is Role.LABEL for one in failed) or "label_rate" in outcomes
    if "concept_drift" in outcomes or (is_label and not drifted):
        told.append("The same inputs lead to other outcomes than before (concept drift).")
    worse = [
        one
        for one in failed
        if one.measurement.role is Role.PERFORMANCE and not one.measurement.estimated
        if one.measurement.metric != "concept_drift"
    ]
    titles = list(dict.fromkeys(BY_NAME[one.measurement.metric].title for one in worse))
    if titles:
        told.append(f"Performance is outside its limits: {', '.join(titles[:_SHOWN])}.")
        if not drifted and not told[:-1]:
            told.append("No input explains it; look at the cause before you train.")
    estimated = [one for one in failed if one.measurement.estimated]
    if estimated and not worse:
        told.append("Estimated performance is outside its limits; labels have yet to show it.")
    return told


def _season(verdicts: Sequence[Verdict]) -> str:
    """Return the weekdays on which features drift, where that is always then and never else; else nothing."""
    failed_on: dict[datetime, bool] = {}
    for one in verdicts:
        window = one.measurement.window
        if one.measurement.role is Role.FEATURE and window.start is not None and window.end is not None:
            if window.end - window.start != timedelta(days=1):
                return ""
            failed_on[window.start] = failed_on.get(window.start, False) or one.status is Status.FAIL
    by_day: dict[int, list[bool]] = defaultdict(list)
    for start, has_failed in failed_on.items():
        by_day[start.weekday()].append(has_failed)
    always = sorted(day for day, failed in by_day.items() if all(failed))
    never = [day for day, failed in by_day.items() if not any(failed)]
    is_clear = always and never and len(always) + len(never) == len(by_day)
    if len(failed_on) < _SEASON_WINDOWS or not is_clear:
        return ""
    return " and ".join(f"{_DAYS[day]}s" for day in always)


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _enough(facts: Facts) -> int:
    """Return how many fresh rows a fit of all coefficients anew asks for; see :data:`PER_FEATURE`."""
    needed = PER_FEATURE * max(1, facts.n_features)
    share = facts.n_rarest / facts.n_fresh if facts.is_classifier and facts.n_fresh and facts.n_rarest else 1
    return max(ENOUGH, ceil(needed / share))


def _rows(facts: Facts, n_enough: int) -> str:
    said = f"{facts.n_fresh:,} fresh rows have labels that are known and mature"
    if facts.n_fresh < n_enough:
        return f"{said}; about {n_enough:,} are needed ({PER_FEATURE} of the rarest outcome a feature)."
    return f"{said}, of about {n_enough:,} that are needed."


def _gain(facts: Facts) -> str | None:
    """Return what a candidate may win back at most: what was lost against the reference, by realised labels.

    Nothing where the metric is not known, or where its interval holds what it was.
    """
    now = facts.leading
    if now is None or now.value is None or facts.before is None:
        return None
    if now.low is not None and now.high is not None and now.low <= facts.before <= now.high:
        return None
    info = BY_NAME[now.metric]
    lost = facts.before - now.value if info.higher_is == "better" else now.value - facts.before
    if lost <= 0:
        return None
    return (
        f"{info.title} is {now.value:.3f} by the newest mature labels and was {facts.before:.3f} in the"
        f" reference: at most about {lost:.3f} can be won back, less where the rows themselves became harder."
    )
