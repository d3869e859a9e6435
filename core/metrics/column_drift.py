"""Drift of every column of some windows: which columns there are, and what is said where no value is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from core.domain import (
    LABEL_KEY,
    PREDICTION_KEY,
    CategoricalProfile,
    NumericProfile,
    Profile,
    Reference,
    Role,
    Task,
)
from core.metrics import intervals
from core.metrics.category_columns import CategoricalColumns
from core.metrics.columns import NumericColumns
from core.metrics.compared import Compared
from core.metrics.reading import CONSTANT, NO_LABELS, NO_REFERENCE, NO_TRAFFIC, NOT_ENOUGH, Reading
from core.metrics.record import Sink
from core.spec import Features, MonitorSpec

DISTANCES = frozenset(
    {
        "ks", "wasserstein", "psi", "chi_squared", "jensen_shannon", "hellinger", "total_variation",
        "l_infinity",
    }
)  # fmt: skip
"""Everything that says how far a column lies from a reference."""

SQUARES = frozenset({"psi", "chi_squared"})
"""Distances that grow with the square of what moved; the others grow with it."""

TESTED = frozenset({"ks", "chi_squared"})
"""Distances that carry the p value of their test."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column whose distribution is watched; ``key`` finds its edges or categories in the reference."""

    role: Role
    name: str
    key: str


def measure_drift(
    sinks: Sequence[Sink],
    profiles: Sequence[Profile],
    reference: Reference,
    spec: MonitorSpec,
    *,
    values_only: bool = False,
) -> None:
    """Add the distances of every column of the profiles from the reference to their sinks.

    ``values_only`` leaves out their intervals, which take many times as long.
    """
    for numeric, categorical in families(spec):
        if numeric:
            _measure_numeric(sinks, profiles, reference, numeric, values_only)
        if categorical:
            _measure_categorical(sinks, profiles, reference, spec, categorical, values_only)


def numeric_profile(profile: Profile, column: Column) -> NumericProfile | None:
    """Return what a profile holds of a numeric column, or None."""
    match column.role:
        case Role.PREDICTION:
            found = profile.predictions
        case Role.LABEL:
            found = profile.labels
        case Role.SCORE:
            found = profile.scores.get(column.name)
        case _:
            found = profile.numeric.get(column.name)
    return found if isinstance(found, NumericProfile) else None


def categorical_profile(profile: Profile, column: Column) -> CategoricalProfile | None:
    """Return what a profile holds of a categorical column, or None."""
    targets: Mapping[Role, object] = {Role.PREDICTION: profile.predictions, Role.LABEL: profile.labels}
    found = targets.get(column.role, profile.categorical.get(column.name))
    return found if isinstance(found, CategoricalProfile) else None


def families(spec: MonitorSpec) -> list[tuple[list[Column], list[Column]]]:
    """Return numeric and categorical columns, role by role: each has bins of its own kind."""
    features = spec.features or Features()
    targets = [
        Column(role, name, key)
        for role, name, key in (
            (Role.PREDICTION, spec.columns.prediction, PREDICTION_KEY),
            (Role.LABEL, spec.columns.label, LABEL_KEY),
        )
        if name is not None
    ]
    is_number = spec.task is Task.REGRESSION
    return [
        (
            [Column(Role.FEATURE, name, name) for name in features.numeric],
            [Column(Role.FEATURE, name, name) for name in features.categorical],
        ),
        ([Column(Role.SCORE, name, name) for name in dict.fromkeys(spec.columns.scores.values())], []),
        *(([target], []) if is_number else ([], [target]) for target in targets),
    ]


def _measure_numeric(
    sinks: Sequence[Sink],
    profiles: Sequence[Profile],
    reference: Reference,
    columns: Sequence[Column],
    values_only: bool,
) -> None:
    edges = [reference.edges.get(column.key, ()) for column in columns]

    def row(profile: Profile) -> list[NumericProfile]:
        return [
            numeric_profile(profile, column) or _no_numbers(profile.n, len(cut) + 1)
            for column, cut in zip(columns, edges, strict=True)
        ]

    basis = NumericColumns.of([column.name for column in columns], row(reference.profile), edges)
    compared = basis.compare([row(profile) for profile in profiles], values_only=values_only)
    _note(sinks, profiles, columns, compared)


def _measure_categorical(
    sinks: Sequence[Sink],
    profiles: Sequence[Profile],
    reference: Reference,
    spec: MonitorSpec,
    columns: Sequence[Column],
    values_only: bool,
) -> None:
    sizes = [len(reference.categories.get(column.key, ())) for column in columns]

    def row(profile: Profile) -> list[CategoricalProfile]:
        return [
            categorical_profile(profile, column) or _no_categories(profile.n, size)
            for column, size in zip(columns, sizes, strict=True)
        ]

    basis = CategoricalColumns.of([column.name for column in columns], row(reference.profile))
    rows = [row(profile) for profile in profiles]
    compared = basis.compare(rows, values_only=values_only)
    _note(sinks, profiles, columns, compared)
    if columns[0].role is Role.LABEL:
        for place, sink in enumerate(sinks):
            rate = Reading.nothing(NO_TRAFFIC)
            if profiles[place].n > 0:
                rate = label_rate(rows[place][0], reference, spec, float(compared.p[place, 0]))
            sink.add("label_rate", Role.LABEL, rate, feature=columns[0].name)


def label_rate(
    labels: CategoricalProfile, reference: Reference, spec: MonitorSpec, p_value: float
) -> Reading:
    """Share of the watched class among the labels: do more rows turn out positive than before?

    labels of the class / labels, the class being the positive one or, of several, the reference's
    commonest; range [0, 1]; no change is the reference's value. No labels: "no labels yet"; no class in
    the reference: "no reference". Interval: Wilson. Test: that of all classes (chi-squared).

    Source: Wilson (1927), JASA 22; Pearson (1900) for the test.
    """
    known = reference.categories.get(LABEL_KEY, ())
    before = reference.profile.labels
    n_reference = sum(before.counts) + before.n_other if isinstance(before, CategoricalProfile) else 0
    watched = (spec.positive or "1") if spec.task is Task.BINARY else next(iter(known), None)
    n = sum(labels.counts) + labels.n_other
    if n == 0:
        return Reading.nothing(NO_LABELS, n_reference=n_reference)
    if watched is None:
        return Reading.nothing(NO_REFERENCE, n, n_reference=n_reference)
    seen = dict(zip(known, labels.counts, strict=False))
    hits = seen.get(watched, labels.new.get(watched, 0))
    p = None if isnan(p_value) else p_value
    return Reading.of(hits / n, n, intervals.wilson(hits, n), p_value=p, n_reference=n_reference)


def _note(
    sinks: Sequence[Sink], profiles: Sequence[Profile], columns: Sequence[Column], compared: Compared
) -> None:
    # Plain lists: reading single numbers out of arrays would cost more than computing them did.
    distances = {name: values.tolist() for name, values in compared.distances.items()}
    bounds = {name: (low.tolist(), high.tolist()) for name, (low, high) in compared.bounds.items()}
    tests, ns, ns_reference = compared.p.tolist(), compared.n.tolist(), compared.n_reference.tolist()
    for w, (sink, profile) in enumerate(zip(sinks, profiles, strict=True)):
        for c, column in enumerate(columns):
            n, n_reference = ns[w][c], ns_reference[w][c]
            absent = _why_none(column, profile, n, n_reference)
            for metric, values in distances.items():
                value = values[w][c]
                if absent is not None:
                    reading = Reading.nothing(absent, n, n_reference=n_reference)
                elif metric == "wasserstein" and isnan(value):  # divided by a spread of nothing
                    reading = Reading.nothing(CONSTANT, n, n_reference=n_reference)
                else:
                    p = tests[w][c] if metric in TESTED else None
                    low, high = bounds.get(metric, (None, None))
                    interval = (low[w][c], high[w][c]) if low and high else None
                    reading = Reading.of(value, n, interval, p_value=p, n_reference=n_reference)
                sink.add(metric, column.role, reading, feature=column.name)


def _why_none(column: Column, profile: Profile, n: int, n_reference: int) -> str | None:
    if profile.n == 0:
        return NO_TRAFFIC
    if n_reference == 0:
        return NO_REFERENCE
    if n == 0:
        return NO_LABELS if column.role is Role.LABEL else NOT_ENOUGH
    return None


def _no_numbers(n: int, n_bins: int) -> NumericProfile:
    return NumericProfile(
        n=n, n_null=n, n_nonfinite=0, total=0.0, total_squares=0.0, low=None, high=None, counts=(0,) * n_bins
    )


def _no_categories(n: int, n_categories: int) -> CategoricalProfile:
    return CategoricalProfile(n=n, n_null=n, counts=(0,) * n_categories, n_other=0)
