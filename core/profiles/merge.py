"""Profiles add up: hour + hour = two hours, machine + machine = both. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeAlias, TypeVar

import numpy as np

from core.cells import ClassCells, ErrorMoments, LeafCells
from core.domain import (
    ALL_ROWS,
    SENT,
    CategoricalProfile,
    NumericProfile,
    OutcomeCells,
    Profile,
    Window,
)

_P = TypeVar("_P", NumericProfile, CategoricalProfile)
_Key: TypeAlias = tuple[tuple[str, ...], str | None, str | None, int]


def merge(a: Profile, b: Profile) -> Profile:
    """Return the profile of the rows of both; associative and commutative, equal to that of the union.

    Floating sums agree to rounding. Of different versions or windows the result keeps the lesser version
    name and the span of the windows, without an index unless they agree; it is closed if both are.

    Raises
    ------
    ValueError
        The same column was counted on different edges or categories.
    """
    return merge_all((a, b))


def merge_all(profiles: Sequence[Profile]) -> Profile:
    """Return the profile of the rows of all of them, at the price of one pass over their cells.

    Of different segments the result is called all rows, though it holds those of the parts only.

    Raises
    ------
    ValueError
        There is nothing to merge, or the same column was counted on different edges or categories.
    """
    if not profiles:
        raise ValueError("no profile to merge")
    cells = [profile.outcomes for profile in profiles if profile.outcomes is not None]
    class_cells = [profile.class_scores for profile in profiles if profile.class_scores is not None]
    errors = [profile.errors for profile in profiles if profile.errors is not None]
    leaves = [profile.leaves for profile in profiles if profile.leaves is not None]
    delays = [profile.label_delay for profile in profiles if profile.label_delay is not None]
    latency = [profile.latency for profile in profiles if profile.latency is not None]
    return Profile(
        version=min(profile.version for profile in profiles),
        window=_span([profile.window for profile in profiles]),
        n=sum(profile.n for profile in profiles),
        n_labelled=sum(profile.n_labelled for profile in profiles),
        n_errors=sum(profile.n_errors for profile in profiles),
        numeric=_by_column([profile.numeric for profile in profiles], merge_numeric),
        categorical=_by_column([profile.categorical for profile in profiles], merge_categorical),
        scores=_by_column([profile.scores for profile in profiles], merge_numeric),
        n_unlabellable=sum(profile.n_unlabellable for profile in profiles),
        label_delay=merge_numeric(delays) if delays else None,
        refused=_refused(profiles),
        attributions=_by_column([profile.attributions for profile in profiles], merge_numeric),
        predictions=_target([profile.predictions for profile in profiles]),
        labels=_target([profile.labels for profile in profiles]),
        latency=merge_numeric(latency) if latency else None,
        outcomes=merge_cells(cells) if cells else None,
        class_scores=merge_class_cells(class_cells) if class_cells else None,
        errors=merge_moments(errors) if errors else None,
        leaves=merge_leaves(leaves) if leaves else None,
        segment=profiles[0].segment if len({profile.segment for profile in profiles}) == 1 else ALL_ROWS,
    )


def _refused(profiles: Sequence[Profile]) -> dict[str, int]:
    """Add refused rows by column; where none was refused, all rows that were sent are those there."""
    added: Counter[str] = Counter()
    for profile in profiles:
        added.update(profile.refused or {SENT: profile.n})
    return dict(added) if any(profile.refused for profile in profiles) else {}


def merge_numeric(parts: Sequence[NumericProfile]) -> NumericProfile:
    """Add numeric profiles counted on the same edges.

    Examples
    --------
    >>> one = NumericProfile(n=2, n_null=1, n_nonfinite=0, total=3.0, total_squares=9.0,
    ...                      low=3.0, high=3.0, counts=(0, 1))
    >>> both = merge_numeric([one, one])
    >>> both.n, both.n_finite, both.total, both.counts
    (4, 2, 6.0, (0, 2))
    """
    return NumericProfile(
        n=sum(part.n for part in parts),
        n_null=sum(part.n_null for part in parts),
        n_nonfinite=sum(part.n_nonfinite for part in parts),
        total=sum(part.total for part in parts),
        total_squares=sum(part.total_squares for part in parts),
        low=min((part.low for part in parts if part.low is not None), default=None),
        high=max((part.high for part in parts if part.high is not None), default=None),
        counts=_added([part.counts for part in parts]),
    )


def merge_categorical(parts: Sequence[CategoricalProfile]) -> CategoricalProfile:
    """Add categorical profiles of the same categories; every part's new categories stay named."""
    new: dict[str, int] = {}
    for category, n in chain.from_iterable(part.new.items() for part in parts):
        new[category] = new.get(category, 0) + n
    return CategoricalProfile(
        n=sum(part.n for part in parts),
        n_null=sum(part.n_null for part in parts),
        counts=_added([part.counts for part in parts]),
        n_other=sum(part.n_other for part in parts),
        new=dict(sorted(new.items(), key=lambda item: (-item[1], item[0]))),
    )


def merge_cells(parts: Sequence[OutcomeCells]) -> OutcomeCells:
    """Add outcome cells of the same groups, label, prediction and score bin; the result is in order."""
    keys = [
        key
        for part in parts
        for key in zip(part.groups, part.label, part.prediction, part.score_bin, strict=True)
    ]
    ordered = sorted(set(keys), key=_order)
    place = {key: i for i, key in enumerate(ordered)}
    at = np.array([place[key] for key in keys], dtype=np.intp)

    def real(columns: Iterable[Sequence[float]]) -> tuple[float, ...]:
        values = np.fromiter(chain.from_iterable(columns), dtype=np.float64, count=len(at))
        return tuple(np.bincount(at, weights=values, minlength=len(ordered)).tolist())

    def whole(columns: Iterable[Sequence[int]]) -> tuple[int, ...]:
        return tuple(int(total) for total in real(columns))

    return OutcomeCells(
        groups=tuple(key[0] for key in ordered),
        label=tuple(key[1] for key in ordered),
        prediction=tuple(key[2] for key in ordered),
        score_bin=tuple(key[3] for key in ordered),
        n=whole(part.n for part in parts),
        n_labelled=whole(part.n_labelled for part in parts),
        score_total=real(part.score_total for part in parts),
        score_squares=real(part.score_squares for part in parts),
        error_total=real(part.error_total for part in parts),
        error_absolute=real(part.error_absolute for part in parts),
        error_squares=real(part.error_squares for part in parts),
        label_total=real(part.label_total for part in parts),
        label_absolute=real(part.label_absolute for part in parts),
        label_squares=real(part.label_squares for part in parts),
    )


def merge_class_cells(parts: Sequence[ClassCells]) -> ClassCells:
    """Add cells of the same class, score bin, outcome and prediction; the result is in order."""
    keys = [
        key
        for part in parts
        for key in zip(part.scored, part.score_bin, part.is_label, part.prediction, strict=True)
    ]
    ordered = sorted(set(keys), key=lambda key: (key[0], key[1], _truth(key[2]), key[3] or ""))
    place = {key: i for i, key in enumerate(ordered)}
    at = np.array([place[key] for key in keys], dtype=np.intp)

    def added(name: str) -> tuple[float, ...]:
        values = np.fromiter(
            chain.from_iterable(getattr(part, name) for part in parts), dtype=np.float64, count=len(at)
        )
        return tuple(np.bincount(at, weights=values, minlength=len(ordered)).tolist())

    sums = ("score_total", "score_squares", "brier_total", "brier_squares", "log_total", "log_squares")
    return ClassCells(
        scored=tuple(key[0] for key in ordered),
        score_bin=tuple(key[1] for key in ordered),
        is_label=tuple(key[2] for key in ordered),
        prediction=tuple(key[3] for key in ordered),
        n=tuple(map(int, added("n"))),
        **{name: added(name) for name in sums},
    )


def merge_moments(parts: Sequence[ErrorMoments]) -> ErrorMoments:
    """Add moments of errors whose labels are measured from the same centre."""
    if len({part.centre for part in parts}) > 1:
        raise ValueError("moments around different centres do not add up")
    sums = {
        name: sum(getattr(part, name) for part in parts)
        for name in ErrorMoments.__dataclass_fields__
        if name != "centre"
    }
    return ErrorMoments(centre=parts[0].centre, **sums)


def merge_leaves(parts: Sequence[LeafCells]) -> LeafCells:
    """Add cells of the same leaf of the same tree; the result is in order."""
    keys = [key for part in parts for key in zip(part.tree, part.leaf, strict=True)]
    ordered = sorted(set(keys))
    place = {key: i for i, key in enumerate(ordered)}
    at = np.array([place[key] for key in keys], dtype=np.intp)

    def added(name: str) -> tuple[float, ...]:
        values = np.fromiter(
            chain.from_iterable(getattr(part, name) for part in parts), dtype=np.float64, count=len(at)
        )
        return tuple(np.bincount(at, weights=values, minlength=len(ordered)).tolist())

    return LeafCells(
        tree=tuple(tree for tree, _ in ordered),
        leaf=tuple(leaf for _, leaf in ordered),
        n=tuple(map(int, added("n"))),
        n_labelled=tuple(map(int, added("n_labelled"))),
        error_absolute=added("error_absolute"),
        error_squares=added("error_squares"),
        error_fourths=added("error_fourths"),
    )


def _truth(is_label: bool | None) -> int:
    return -1 if is_label is None else int(is_label)


def _order(key: _Key) -> tuple[object, ...]:
    groups, label, prediction, score_bin = key
    return (score_bin, label is not None, label or "", prediction is not None, prediction or "", groups)


def _added(counts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    if len({len(own) for own in counts}) > 1:
        raise ValueError("profiles counted on different edges or categories do not add up")
    return tuple(map(sum, zip(*counts, strict=True)))


def _by_column(profiles: Sequence[Mapping[str, _P]], add: Callable[[Sequence[_P]], _P]) -> dict[str, _P]:
    # A window without rows has no columns: it adds nothing.
    names = dict.fromkeys(chain.from_iterable(profiles))
    return {name: add([own[name] for own in profiles if name in own]) for name in names}


def _target(
    parts: Sequence[NumericProfile | CategoricalProfile | None],
) -> NumericProfile | CategoricalProfile | None:
    numeric = [part for part in parts if isinstance(part, NumericProfile)]
    categorical = [part for part in parts if isinstance(part, CategoricalProfile)]
    if numeric and categorical:
        raise ValueError("numbers and classes do not add up")
    if categorical:
        return merge_categorical(categorical)
    return merge_numeric(numeric) if numeric else None


def _span(windows: Sequence[Window]) -> Window:
    indexes = {window.index for window in windows}
    return Window(
        index=indexes.pop() if len(indexes) == 1 else None,
        start=min((window.start for window in windows if window.start is not None), default=None),
        end=max((window.end for window in windows if window.end is not None), default=None),
        closed=all(window.closed for window in windows),
    )
