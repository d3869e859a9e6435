"""A comparison of two files, told column by column: what was measured of each, and a small profile."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.comparison import Compared
from core.domain import CategoricalProfile, Measurement, NumericProfile, Profile, Status, Verdict
from core.spec import MonitorSpec
from core.views.datasets import ColumnDistance, ColumnDrift, ColumnProfile

LEAST_ALIKE = 10
"""A text is named as the commonest only where so many rows have it: one that few have may name a person."""
_ORDER = (Status.FAIL, Status.WARN, Status.PASS, Status.UNKNOWN, None)


def columns_of(compared: Compared, spec: MonitorSpec) -> tuple[ColumnDrift, ...]:
    """Return the spec's features: the worst judged first, then by population stability index."""
    verdicts = {one.id: one for one in compared.comparison.verdicts}
    measured: dict[str, list[ColumnDistance]] = defaultdict(list)
    for one in compared.comparison.measurements:
        if one.feature is not None:
            measured[one.feature].append(_distance(one, verdicts.get(one.identity)))
    features = spec.features
    if features is None or not compared.profiles:
        return ()
    kinds = dict.fromkeys(features.numeric, "numeric") | dict.fromkeys(features.categorical, "categorical")
    categories = compared.reference.categories
    before, after = compared.reference.profile, compared.profiles[0]
    found = [
        _column(name, kind, measured[name], before, after, categories.get(name, ()))
        for name, kind in kinds.items()
    ]
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.status), -_psi(one), one.name)))


def _column(
    name: str,
    kind: str,
    distances: Sequence[ColumnDistance],
    before: Profile,
    after: Profile,
    categories: Sequence[str],
) -> ColumnDrift:
    # A measure that is not judged says how far, not whether that matters: it stands behind the judged ones.
    ordered = sorted(distances, key=lambda one: (_ORDER.index(one.status), one.metric != "psi"))
    return ColumnDrift(
        name=name,
        kind=kind,
        status=ordered[0].status if ordered else None,
        distances=tuple(ordered),
        before=_profile(name, before, categories),
        after=_profile(name, after, categories),
    )


def _psi(column: ColumnDrift) -> float:
    return next((one.value for one in column.distances if one.metric == "psi" and one.value is not None), 0.0)


def _distance(one: Measurement, verdict: Verdict | None) -> ColumnDistance:
    return ColumnDistance(
        metric=one.metric,
        value=one.value,
        unit=one.unit,
        low=one.low,
        high=one.high,
        n=one.n,
        n_reference=one.n_reference,
        reason=one.reason,
        status=None if verdict is None else verdict.status,
        limit_low=None if verdict is None else verdict.limit.low,
        limit_high=None if verdict is None else verdict.limit.high,
        sentence="" if verdict is None else verdict.sentence,
    )


def _profile(name: str, rows: Profile, categories: Sequence[str]) -> ColumnProfile:
    numeric, categorical = rows.numeric.get(name), rows.categorical.get(name)
    if numeric is not None:
        return _of_numbers(numeric)
    if categorical is not None:
        return _of_texts(categorical, categories)
    return ColumnProfile(n=rows.n, missing=None)


def _of_numbers(column: NumericProfile) -> ColumnProfile:
    return ColumnProfile(
        n=column.n,
        missing=(column.n - column.n_finite) / column.n if column.n else None,
        mean=column.total / column.n_finite if column.n_finite else None,
    )


def _of_texts(column: CategoricalProfile, categories: Sequence[str]) -> ColumnProfile:
    counts: Mapping[str, int] = dict(zip(categories, column.counts, strict=False)) | dict(column.new)
    commonest = max(counts, key=lambda one: (counts[one], one), default=None)
    return ColumnProfile(
        n=column.n,
        missing=column.n_null / column.n if column.n else None,
        commonest=commonest if commonest is not None and counts[commonest] >= LEAST_ALIKE else None,
    )
