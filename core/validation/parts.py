"""A version part by part: each segment beside all rows, and each group's own rates; in the child process."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.candidate import Fact
from core.domain import ALL_ROWS, Measurement, Role, Window
from core.metrics.exact import measure_exact
from core.metrics.leading import leading_metric
from core.policy.band import harmful_side
from core.profiles.relation import MISSING_GROUP
from core.profiles.rows import Rows
from core.spec import MonitorSpec, SegmentColumn
from core.validation.request import GROUP, Request

if TYPE_CHECKING:
    import pandas as pd

MIN_SEGMENT_ROWS = 100
"""Rows under which a segment is not measured: its interval would hold everything."""

MOST_SEGMENTS = 8
"""Segments measured of each cut, the largest ones."""

_WINDOW = Window(index=0, start=None, end=None)


def fact_of(one: Measurement) -> Fact:
    """Return a measurement of a version's answers as a fact."""
    return Fact(
        metric=one.metric,
        value=one.value,
        n=one.n,
        low=one.low,
        high=one.high,
        role=one.role,
        feature=one.feature,
        method=one.method,
        reason=one.reason,
        segment=None if one.segment == ALL_ROWS else str(one.segment),
    )


def leading(rows: Rows, spec: MonitorSpec) -> Fact | None:
    """Return the metric that stands for the model, of rows; None where it cannot be had at all."""
    alone = replace(spec, sensitive=())
    found = measure_exact(rows, rows, alone, window=_WINDOW, version="", metric=leading_metric(spec))
    own = (one for one in found if one.role is Role.PERFORMANCE and not one.estimated)
    return next((fact_of(one) for one in own), None)


def of_segments(frame: "pd.DataFrame", rows: Rows, spec: MonitorSpec, request: Request) -> Iterator[Fact]:
    """Measure the leading metric of every segment, and how far the worst one lies behind all rows.

    ``segment_shortfall`` is in the metric's unit, and its interval the worst segment's; at most 0 where no
    segment is worse. Without a segment of :data:`MIN_SEGMENT_ROWS` there is none.
    """
    whole, found = leading(rows, spec), []
    for cut in request.cuts:
        names = _named(frame, cut)
        values, counts = np.unique(names, return_counts=True)
        large = [str(one) for one, n in zip(values, counts, strict=True) if n >= MIN_SEGMENT_ROWS]
        by_size = sorted(large, key=lambda one: -int(counts[values == one][0]))
        for value in by_size[:MOST_SEGMENTS]:
            one = leading(chosen(rows, names == value), spec)
            if one is not None:
                found.append(replace(one, segment=value))
    yield from found
    yield _shortfall(whole, found, spec)


def _shortfall(whole: Fact | None, found: Sequence[Fact], spec: MonitorSpec) -> Fact:
    metric = leading_metric(spec)
    measured = [one for one in found if one.value is not None]
    if whole is None or whole.value is None or not measured:
        why = f"no segment of {MIN_SEGMENT_ROWS} rows or more could be measured"
        return Fact(metric="segment_shortfall", value=None, reason=why)
    sign = 1.0 if harmful_side(metric) == "low" else -1.0
    worst = min(measured, key=lambda one: sign * (one.value or 0.0))
    gaps = [
        None if end is None else sign * (whole.value - end) for end in (worst.value, worst.low, worst.high)
    ]
    ends = sorted(one for one in gaps[1:] if one is not None)
    return Fact(
        metric="segment_shortfall",
        value=gaps[0],
        low=ends[0] if len(ends) == 2 else None,
        high=ends[1] if len(ends) == 2 else None,
        n=worst.n,
        beside=whole.value,
        method=f"the worst of {len(measured)} segments' {metric} beside that of all rows",
        note=f"{worst.segment}: {metric} {worst.value:.3f}, of all rows {whole.value:.3f}",
    )


def of_groups(rows: Rows, spec: MonitorSpec) -> Iterator[Fact]:
    """Return each group's own rates (how often it is approved, missed, wrongly flagged), with intervals."""
    for column in spec.sensitive:
        names, place, counts = np.unique(
            rows.groups[column].astype(str), return_inverse=True, return_counts=True
        )
        used = (counts >= MIN_SEGMENT_ROWS)[place]
        if not used.any() or not len(names):
            continue
        large, alone = chosen(rows, used), replace(spec, sensitive=(column,))
        for one in measure_exact(large, large, alone, window=_WINDOW, version=""):
            if one.role is Role.FAIRNESS and one.segment != ALL_ROWS:
                yield replace(fact_of(one), feature=column)


def chosen(rows: Rows, used: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Rows:
    """Return some of the rows, in their order."""
    return replace(
        rows,
        n=int(used.sum()),
        scores={name: values[used] for name, values in rows.scores.items()},
        prediction=None if rows.prediction is None else rows.prediction[used],
        label=None if rows.label is None else rows.label[used],
        groups={name: values[used] for name, values in rows.groups.items()},
    )


def _named(
    frame: "pd.DataFrame", cut: Sequence[SegmentColumn]
) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    """Return of every row the segment that it lies in, as people write it."""
    parts = [_texts(frame, one) for one in cut]
    names = [" and ".join(pairs) for pairs in zip(*parts, strict=True)]
    return np.array(names, dtype=np.str_)


def _texts(frame: "pd.DataFrame", one: SegmentColumn) -> list[str]:
    column = one.column if one.column in frame.columns else GROUP + one.column
    if not one.at:
        values = (value if isinstance(value, str) else MISSING_GROUP for value in frame[column])
        return [f"{one.column} = {value}" for value in values]
    at = [f"{edge:g}" for edge in one.at]
    between = [f"{low} to {high}" for low, high in pairwise(at)]
    names = [f"below {at[0]}", *between, f"from {at[-1]}", MISSING_GROUP]
    numbers = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    places = np.where(np.isnan(numbers), len(names) - 1, np.searchsorted(one.at, numbers, side="right"))
    return [f"{one.column} = {names[place]}" for place in places]
