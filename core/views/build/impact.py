"""Tables that rules ask for: the four-fifths screen, and New York City's Local Law 144 impact ratios."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.domain import Task
from core.policy.ratios import compare
from core.profiles import windows as cutting
from core.profiles.relation import MISSING_GROUP
from core.profiles.scoring import scored_groups
from core.views.build.fairness_cards import Asked
from core.views.build.group_levels import (
    MEASURES,
    Guards,
    best_off,
    contrasts,
    groups_of,
)
from core.views.fairness import Impact, ImpactRow, ImpactTable

FOUR_FIFTHS, LL144 = "four_fifths", "ll144"
LEAST_SHARE = 0.02
"""Share of the data under which a category may be left out (6 RCNY § 5-301)."""

_SELECTION = MEASURES[0]
_UNKNOWN = frozenset(
    {MISSING_GROUP, "", "unknown", "not stated", "not disclosed", "not specified", "declined"}
)
_SEX, _RACE = {"sex", "gender"}, {"race", "ethnicity", "ethnic"}

Groups = Mapping[tuple[str, ...], tuple[int, int]]
"""Values of the sensitive columns → rows, and rows with the outcome."""


def impact_of(asked: Asked) -> Impact:
    """Return the table that the link asks for, the four-fifths screen where it names none."""
    if asked.scope.preset == LL144:
        return _ll144(asked)
    return _four_fifths(asked)


def _four_fifths(asked: Asked) -> Impact:
    """Return each group's selection rate over that of the group with the highest rate."""
    found = Impact(preset=FOUR_FIFTHS, rate="selection")
    if asked.spec.task is Task.REGRESSION:
        return replace(
            found, missing="The screen compares how often groups are selected; this model selects nobody."
        )
    measured = asked.measured((asked.attribute,))
    groups = groups_of(measured, _SELECTION.name)
    guards = Guards(min_rows=asked.guards.min_rows)
    best = best_off(groups, _SELECTION, guards)
    compared = compare([[group.one for group in groups]], guards.min_rows)
    beside = {one.name: one for one in contrasts(groups, best, _SELECTION, guards, compared)}
    rows = tuple(
        ImpactRow(
            category=group.name,
            n=group.n,
            n_hits=round((group.one.value or 0.0) * group.one.n) if group.is_shown else None,
            rate=group.one.value if group.is_shown else None,
            ratio=beside[group.name].value if group.name in beside else None,
            low=beside[group.name].low if group.name in beside else None,
            high=beside[group.name].high if group.name in beside else None,
            mark=beside[group.name].mark if group.name in beside else "unknown",
            note=group.note or (beside[group.name].note if group.name in beside else ""),
        )
        for group in groups
    )
    table = ImpactTable(title=asked.attribute, rows=rows, most="" if best is None else best.name)
    return replace(found, tables=(table,))


def _ll144(asked: Asked) -> Impact:
    """Return selection or scoring rates and impact ratios by sex, race/ethnicity, and both crossed."""
    has_score = asked.spec.task is Task.REGRESSION or bool(asked.spec.columns.scores)
    scoring = asked.spec.task is Task.REGRESSION or (asked.scope.rate == "scoring" and has_score)
    found = Impact(
        preset=LL144,
        rate="scoring" if scoring else "selection",
        rates=_rates(asked),
    )
    columns = {
        name: _column(asked.spec.sensitive, words)
        for name, words in (("Sex", _SEX), ("Race/ethnicity", _RACE))
    }
    named = {title: column for title, column in columns.items() if column is not None}
    absent = [title.lower() for title, column in columns.items() if column is None]
    note = (
        f"The rule asks for {' and '.join(absent)}; no sensitive column of this model is called so."
        if absent
        else ""
    )
    if not named:
        return replace(found, missing=note)
    counted, median, missing = _scored(asked) if scoring else (_selected(asked), None, "")
    if missing:
        return replace(found, missing=missing)
    tables = [_table(asked, counted, title, (column,)) for title, column in named.items()]
    if len(named) == len(columns):
        tables.append(_table(asked, counted, "Sex × race/ethnicity", tuple(named.values())))
    return replace(found, tables=tuple(tables), median=median, note=note)


def _rates(asked: Asked) -> tuple[str, ...]:
    if asked.spec.task is Task.REGRESSION:
        return ("scoring",)
    return (
        ("selection", "scoring")
        if asked.spec.task is Task.BINARY and asked.spec.columns.scores
        else ("selection",)
    )


def _column(sensitive: Sequence[str], words: set[str]) -> str | None:
    """Return the first column that has one of the words in its name.

    Examples
    --------
    >>> _column(("trace_id", "age", "applicant_race"), {"race"})
    'applicant_race'
    """
    return next((name for name in sensitive if words & set(re.split(r"[^a-z]+", name.lower()))), None)


def _selected(asked: Asked) -> Groups:
    """Return rows with a decision, and those selected, by all sensitive columns."""
    cells = asked.pooled.whole.outcomes
    positive = asked.of_class or asked.spec.positive or "1"
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    if cells is None:
        return found
    for group, prediction, n in zip(cells.groups, cells.prediction, cells.n, strict=True):
        if prediction is not None:
            rows, hits = found.get(group, (0, 0))
            found[group] = rows + n, hits + (n if prediction == positive else 0)
    return found


def _scored(asked: Asked) -> tuple[Groups, float | None, str]:
    """Return rows with a score and those above the sample's median, from rows; or why they cannot be read."""
    spec, layout = asked.spec, asked.monitor.layout
    if spec.source is not None:
        return {}, None, "The scoring rate is counted from rows, and this model's rows lie elsewhere."
    state = cutting.read_state(asked.cursor, layout.key)
    if asked.chosen[0].index < cutting.first_whole(spec, state):
        return {}, None, "The scoring rate is counted from rows, and rows of these windows were pruned."
    column = (
        "prediction"
        if spec.task is Task.REGRESSION
        else layout.scores[next(iter(spec.columns.scores.values()))]
    )
    version = asked.single.version if asked.single is not None else None
    indexes = range(asked.chosen[0].index, asked.chosen[-1].index + 1)
    found = scored_groups(asked.cursor, layout, spec, indexes, column, version=version)
    counted = {group: (n, found.above.get(group, 0)) for group, n in found.n.items()}
    return counted, found.median, "" if counted else "No row of these windows has a score."


def _table(asked: Asked, counted: Groups, title: str, columns: tuple[str, ...]) -> ImpactTable:
    """Return one table exactly as the rule defines it: rate over the rate of the most selected category."""
    places = [asked.spec.sensitive.index(name) for name in columns]
    by_category: dict[tuple[str, ...], tuple[int, int]] = {}
    n_unknown = 0
    for group, (n, hits) in counted.items():
        category = tuple(group[place] for place in places)
        if any(value.strip().lower() in _UNKNOWN for value in category):
            n_unknown += n
            continue
        rows, selected = by_category.get(category, (0, 0))
        by_category[category] = rows + n, selected + hits
    total = sum(n for n, _ in by_category.values()) + n_unknown
    small = {name for name, (n, _) in by_category.items() if n < LEAST_SHARE * total}
    rates = {name: hits / n for name, (n, hits) in by_category.items() if n and name not in small}
    most = max(rates, key=lambda name: rates[name], default=None)
    highest = 0.0 if most is None else rates[most]
    rows_of = tuple(
        ImpactRow(
            category=", ".join(name),
            n=n,
            n_hits=hits,
            rate=hits / n if n else None,
            ratio=rates[name] / highest if name in rates and highest > 0 else None,
            note="left out: under 2 % of the data" if name in small else "",
        )
        for name, (n, hits) in sorted(by_category.items())
    )
    return ImpactTable(
        title=f"{title} ({' × '.join(columns)})",
        rows=rows_of,
        most="" if most is None else ", ".join(most),
        n_unknown=n_unknown,
        n_left_out=len(small),
    )
