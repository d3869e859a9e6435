"""One sentence for an incident: what, on which columns or groups, since when, how bad; and why, if known."""

from collections.abc import Mapping, Sequence

from core.domain import Measurement, Role, Verdict
from core.incidents.series import Episode, index_of
from core.policy import sentences
from core.policy.rules import Group

SHOWN = 4
"""How many columns a sentence names before it says how many more there are."""

WHY = ". Why, in window "
"""What stands between an incident's sentence and the explanation of a window."""

_PERSONS = "Brier"
"""Who has given a metric their name, which stays a name within a sentence."""

QUALITY = {
    "missing_rate": "missing values in",
    "new_category_rate": "new categories in",
    "out_of_range_rate": "values out of range in",
    "invalid_rate": "rows refused for",
}


def cause(cluster: Sequence[Episode], n_features: int) -> str:
    """Return the sentence of an incident.

    Parameters
    ----------
    cluster
        Episodes of one group of rules, at least one.
    n_features
        How many features the model's verdicts speak of: "4 of 7".
    """
    group = cluster[0].series.rule.group
    since = _where(cluster) + _since(cluster)
    if group is Group.DRIFT:
        return _drift(cluster, n_features, since)
    if group is Group.QUALITY:
        return _quality(cluster, n_features, since)
    if group is Group.OPERATIONS and any(one.fails[-1].reason == "no traffic" for one in cluster):
        return f"No traffic {since}"
    return _numbers(cluster, since)


def explained(text: str, cluster: Sequence[Episode], why: Mapping[tuple[str, int], str]) -> str:
    """Return the sentence of an incident on performance with what was explained of its first failing window.

    Parameters
    ----------
    text
        The sentence.
    why
        Version and window → why the model's leading metric differs from the reference there. Of the windows
        that failed the first one counts that has an explanation; without any the sentence stays as it is.
    """
    if cluster[0].series.rule.group is not Group.PERFORMANCE:
        return text
    failed = {(index_of(one), one.measurement.version) for episode in cluster for one in episode.fails}
    first = next(((index, version) for index, version in sorted(failed) if (version, index) in why), None)
    if first is None:
        return text
    index, version = first
    return f"{text}{WHY}{index}: {why[version, index].rstrip('.')}"


def headline(text: str) -> str:
    """Return an incident's sentence without its explanation.

    Examples
    --------
    >>> headline("MAE outside the limits since window 7: 3.1, limit 2.5. Why, in window 7: MAE rose")
    'MAE outside the limits since window 7: 3.1, limit 2.5'
    """
    return text.partition(WHY)[0]


def features(cluster: Sequence[Episode]) -> tuple[str, ...]:
    """Return the columns that an incident is about, the one furthest beyond its limit first."""
    ranked = sorted(cluster, key=lambda one: (-excess(_worst(one)), str(one.series.key)))
    names = [one.fails[-1].measurement.feature for one in ranked if _is_feature(one)]
    attributes = [
        column
        for one in ranked
        if one.fails[-1].measurement.role is Role.FAIRNESS
        for column, _ in one.fails[-1].measurement.segment.pairs
    ]
    return tuple(dict.fromkeys([name for name in names if name is not None] + attributes))


def faults(cluster: Sequence[Episode]) -> tuple[str, ...]:
    """Return what is wrong with which of the features, as ``kind:column`` in alphabetical order.

    The kind is ``drift``, or the metric of quality that failed; of other groups of rules there is none,
    because they do not speak of what was sent.
    """
    group = cluster[0].series.rule.group
    if group not in {Group.DRIFT, Group.QUALITY}:
        return ()
    told = [
        (group.value if group is Group.DRIFT else one.metric, one.feature)
        for episode in cluster
        for one in (episode.fails[-1].measurement,)
        if one.role is Role.FEATURE and one.feature is not None
    ]
    return tuple(sorted({f"{kind}:{column}" for kind, column in told}))


def excess(verdict: Verdict) -> float:
    """Return how far a failed value lies beyond its limit, relative to the limit; 1 where there is none.

    Examples
    --------
    A PSI of 1.0 against 0.2 is 4 limits beyond it; used to order columns within an incident only.
    """
    value, limit = verdict.measurement.value, verdict.limit
    if value is None:
        return 1.0
    for edge in (limit.low, limit.high):
        beyond = edge is not None and (value < edge if edge == limit.low else value > edge)
        if edge is not None and beyond:
            return abs(value - edge) / max(abs(edge), 1e-9)
    return abs(value)


def _worst(episode: Episode) -> Verdict:
    return max(episode.fails, key=excess)


def _is_feature(episode: Episode) -> bool:
    return episode.fails[-1].measurement.role in {Role.FEATURE, Role.FAIRNESS}


def _where(cluster: Sequence[Episode]) -> str:
    """Say in which segments something fails where it does not in all rows; groups name themselves."""
    if cluster[0].series.rule.group not in {Group.DRIFT, Group.QUALITY, Group.OPERATIONS}:
        return ""
    segments = list(dict.fromkeys(str(one.fails[-1].measurement.segment) for one in cluster))
    if any(not one.fails[-1].measurement.segment.pairs for one in cluster):
        return ""
    more = f" and {len(segments) - SHOWN} more segments" if len(segments) > SHOWN else ""
    return f"for {'; '.join(segments[:SHOWN])}{more} "


def _since(cluster: Sequence[Episode]) -> str:
    first, last = min(one.first for one in cluster), max(one.last for one in cluster)
    if any(one.is_open for one in cluster):
        return f"since window {first}"
    return f"in window {first}" if first == last else f"in windows {first} to {last}"


def _drift(cluster: Sequence[Episode], n_features: int, since: str) -> str:
    named = [one for one in cluster if one.fails[-1].measurement.role is Role.FEATURE]
    columns = features(named)
    parts = [_of(len(columns), n_features)] if columns else []
    joint = {one.fails[-1].measurement.metric for one in named if one.fails[-1].measurement.feature is None}
    if joint - {"attribution_ndcg"}:
        parts.append("the features taken together")
    if "attribution_ndcg" in joint:
        parts.append("the order of the features by importance")
    roles = {one.fails[-1].measurement.role for one in cluster} - {Role.FEATURE}
    parts += [f"the {role.value}" for role in (Role.SCORE, Role.PREDICTION, Role.LABEL) if role in roles]
    return f"Drift on {_joined(parts)} {since}{_listed(columns)}"


def _quality(cluster: Sequence[Episode], n_features: int, since: str) -> str:
    parts = []
    for metric, words in QUALITY.items():
        columns = features([one for one in cluster if one.fails[-1].measurement.metric == metric])
        if columns:
            parts.append(f"{words} {_of(len(columns), n_features)}{_listed(columns)}")
    if not parts:
        return _numbers(cluster, since)
    text = f"{'; '.join(parts)}"
    return f"{text[0].upper()}{text[1:]}, {since}"


def _numbers(cluster: Sequence[Episode], since: str) -> str:
    """Name the metrics that fail, first the one furthest gone, with its latest value and limit."""
    ranked = sorted(cluster, key=lambda one: (-excess(one.fails[-1]), str(one.series.key)))
    subjects = list(dict.fromkeys(sentences.subject(one.fails[-1].measurement) for one in ranked))
    if len(subjects) > SHOWN:
        subjects = [*subjects[: SHOWN - 1], f"{len(subjects) - SHOWN + 1} more"]
    named = [subjects[0], *(_lower(text) for text in subjects[1:])]
    whose = f"{_lower(subjects[0])} " if len(named) > 1 else _plain(ranked[0].fails[-1].measurement)
    return f"{_joined(named)} outside the limits {since}: {_latest(ranked[0], whose)}"


def _latest(episode: Episode, whose: str) -> str:
    verdict = episode.fails[-1]
    one, limit = verdict.measurement, verdict.limit
    value = one.value if one.value is not None else 0.0
    below = limit.low is not None and value < limit.low
    edge = limit.low if below else limit.high
    if edge is None:
        return verdict.reason
    places = sentences.places_for([value, edge])
    return (
        f"{whose}{sentences.number(value, places)} in window {index_of(verdict)}, "
        f"limit {sentences.number(edge, places)}"
    )


def _plain(one: Measurement) -> str:
    return "estimated " if one.estimated else ""


def _lower(text: str) -> str:
    return text if text[1:2].isupper() or text.startswith(_PERSONS) else text[0].lower() + text[1:]


def _of(n: int, n_features: int) -> str:
    return f"{n} of {n_features} features" if n_features > 1 else "the feature"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _listed(columns: Sequence[str]) -> str:
    if not columns:
        return ""
    more = f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
    return f": {', '.join(columns[:SHOWN])}{more}"
