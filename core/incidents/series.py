"""Verdicts in a row: which series of windows fails often enough, from when, until when."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from core.domain import Role, Segment, Status, Verdict
from core.policy.rules import UNSURE, DriftRule, Policy, Rule

JUDGED = frozenset({Status.PASS, Status.WARN, Status.FAIL})

SeriesKey: TypeAlias = tuple[str, str, Role, str, Segment, str, bool]
"""Rule (series), metric, role, feature, segment, version, estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One rule on one thing over the windows: judged verdicts by window, UNKNOWN ones left out.

    ``retired_at`` is the last window in which the version had rows, once others have replaced it; None
    while it is in use.
    """

    key: SeriesKey
    rule: Rule
    verdicts: tuple[Verdict, ...]
    retired_at: int | None

    @property
    def failed(self) -> frozenset[str]:
        """Identities of the verdicts that failed, those that chance may explain included."""
        return frozenset(one.id for one in self.verdicts if is_outside(one))


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A stretch in which a series failed as often as its rule asks.

    ``fails`` are the verdicts outside their limits, ``opened_by`` the one that made them enough,
    ``closed_by`` the judged window after which there were no longer enough (None while it lasts, or for
    a retired version).
    """

    series: Series
    fails: tuple[Verdict, ...]
    opened_by: Verdict
    closed_by: Verdict | None
    is_open: bool

    @property
    def first(self) -> int:
        """Index of the first window that failed."""
        return index_of(self.fails[0])

    @property
    def last(self) -> int:
        """Index of the last window that failed."""
        return index_of(self.fails[-1])

    @property
    def until(self) -> int:
        """Index of the window that closed it; of the last that failed where none did."""
        return self.last if self.closed_by is None else index_of(self.closed_by)


def index_of(verdict: Verdict) -> int:
    """Return the index of a verdict's window; only windows with an index are in series."""
    index = verdict.measurement.window.index
    return -1 if index is None else index


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is to be known of all latest verdicts of a model: most of them pass, and need not be looked at.

    ``verdicts`` are the judged ones of everything that was outside its limits in some window
    (:func:`is_outside`), others may be among them.
    Of all verdicts, ``judged`` are the windows, ``busy`` those with rows by version, and ``n_features``
    says how many features were judged in some window.
    """

    verdicts: tuple[Verdict, ...]
    judged: frozenset[int]
    busy: Mapping[str, frozenset[int]]
    n_features: int

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> "History":
        """Return the history that all latest verdicts of a model tell."""
        busy: defaultdict[str, set[int]] = defaultdict(set)
        features = set()
        for one in verdicts:
            if one.measurement.n > 0 and index_of(one) >= 0:
                busy[one.measurement.version].add(index_of(one))
            if one.measurement.role is Role.FEATURE and one.status in JUDGED:
                features.add(one.measurement.feature)
        return cls(
            verdicts=tuple(verdicts),
            judged=frozenset(map(index_of, verdicts)),
            busy={version: frozenset(windows) for version, windows in busy.items()},
            n_features=len(features - {None}),
        )


def arrange(history: History, policy: Policy) -> list[Series]:
    """Sort verdicts into series by what their rule counts together, each in window order.

    Verdicts of rules that the policy no longer has are left out, and so are windows without an index.
    """
    by_key: defaultdict[SeriesKey, list[Verdict]] = defaultdict(list)
    rules = {rule.id: rule for rule in policy.rules}
    retired = _retired(history.busy, policy)
    for verdict in history.verdicts:
        rule = rules.get(verdict.rule)
        if rule is not None and verdict.status in JUDGED and index_of(verdict) >= 0:
            by_key[_key(verdict, rule)].append(verdict)
    return [
        Series(
            key=key,
            rule=rules.get(key[0], rules[members[0].rule]),
            verdicts=tuple(sorted(members, key=index_of)),
            retired_at=retired.get(key[5]),
        )
        for key, members in by_key.items()
    ]


def _key(verdict: Verdict, rule: Rule) -> SeriesKey:
    one = verdict.measurement
    # Which distance decides drift depends on the window's size; it is one question all the same.
    metric = "" if isinstance(rule, DriftRule) else one.metric
    return (rule.series, metric, one.role, one.feature or "", one.segment, one.version, one.estimated)


def _retired(busy: Mapping[str, frozenset[int]], policy: Policy) -> dict[str, int]:
    """Return version → last window with rows, for versions that others have replaced.

    A version counts as replaced once others had rows in as many later windows as any rule looks back.
    """
    patience = max((rule.persistence.windows for rule in policy.rules), default=1)
    everywhere = frozenset[int]().union(*busy.values())
    return {
        version: max(windows)
        for version, windows in busy.items()
        if sum(1 for index in everywhere if index > max(windows)) >= patience
    }


def episodes(series: Series, policy: Policy, *, after: int = -1) -> list[Episode]:
    """Return the stretches of a series that are incidents, oldest first.

    A stretch begins when ``fails`` of the last ``windows`` judged windows failed, and lasts while they
    do. A relapse within the policy's cooldown continues it.

    Parameters
    ----------
    series
        Judged verdicts in window order.
    policy
        Gives the cooldown, and the persistence of rules that count with others.
    after
        Windows up to this index do not count: a person has dealt with them.
    """
    verdicts = [one for one in series.verdicts if index_of(one) > after]
    stretches: list[Stretch] = []
    for position in range(len(verdicts)):
        width = _looks_back(verdicts, position, series.rule, policy)
        if width == 0:
            continue
        recent = range(max(0, position - width + 1), position + 1)
        first = next(i for i in recent if is_outside(verdicts[i]))
        if stretches and _goes_on(verdicts, stretches[-1], first, position, policy.cooldown):
            stretches[-1] = replace(stretches[-1], last=position)
        else:
            stretches.append(Stretch(first=first, opened=position, last=position))
    return [_episode(series, verdicts, stretch) for stretch in stretches]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Positions in a series: the first FAIL, the window that made it enough, the last that still was."""

    first: int
    opened: int
    last: int


def _looks_back(verdicts: Sequence[Verdict], position: int, base: Rule, policy: Policy) -> int:
    """Return over how many windows up to this one a rule of the series failed often enough; 0 for none.

    What chance may explain counts for the longer persistence only.
    """
    own = policy.rule(verdicts[position].rule) or base
    for persistence, counts in (
        (base.persistence, is_sure),
        (own.persistence, lambda one: is_sure(one) and one.rule == own.id),
        (base.unsure, is_outside),
    ):
        recent = verdicts[max(0, position - persistence.windows + 1) : position + 1]
        if sum(map(counts, recent)) >= persistence.fails:
            return persistence.windows
    return 0


def is_sure(verdict: Verdict) -> bool:
    """Return whether a verdict failed by more than chance explains."""
    return verdict.status is Status.FAIL and not verdict.reason.endswith(UNSURE)


def is_outside(verdict: Verdict) -> bool:
    """Return whether a verdict failed, or warns of what would have failed but that chance may explain it."""
    doubtful = verdict.status is Status.WARN and verdict.reason.endswith(UNSURE)
    return verdict.status is Status.FAIL or doubtful


def _goes_on(verdicts: Sequence[Verdict], stretch: Stretch, first: int, position: int, cooldown: int) -> bool:
    """Return whether a window continues a stretch: at once, or as a relapse within the cooldown."""
    last_fail = next(i for i in range(stretch.last, -1, -1) if is_outside(verdicts[i]))
    return stretch.last == position - 1 or first - last_fail <= cooldown


def _episode(series: Series, verdicts: Sequence[Verdict], stretch: Stretch) -> Episode:
    held = verdicts[stretch.first : stretch.last + 1]
    closing = verdicts[stretch.last + 1] if stretch.last + 1 < len(verdicts) else None
    return Episode(
        series=series,
        fails=tuple(one for one in held if is_outside(one)),
        opened_by=verdicts[stretch.opened],
        closed_by=closing,
        is_open=closing is None and series.retired_at is None,
    )


def clusters(found: Sequence[Episode], same_start: int) -> Iterator[tuple[Episode, ...]]:
    """Yield the episodes that share a cause: of one kind of rule, at the same time.

    An episode joins others that go on when it begins, if it begins within a few windows of the one
    before, or if its series was among them already and has come back.
    """
    by_group: defaultdict[str, list[Episode]] = defaultdict(list)
    for episode in found:
        by_group[episode.series.rule.group].append(episode)
    for members in by_group.values():
        together: list[list[Episode]] = []
        for episode in sorted(members, key=lambda one: (one.first, str(one.series.key))):
            home = next((one for one in reversed(together) if _belongs(episode, one, same_start)), None)
            if home is None:
                together.append([episode])
            else:
                home.append(episode)
        yield from map(tuple, together)


def _belongs(episode: Episode, others: Sequence[Episode], same_start: int) -> bool:
    goes_on = any(one.is_open or episode.first <= one.until for one in others)
    soon = episode.first - others[-1].first <= same_start
    back = any(one.series.key == episode.series.key for one in others)
    return goes_on and (soon or back)
