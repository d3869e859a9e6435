"""What estimated performance rests on, and where the realised values have shown it to be blind."""

from collections.abc import Sequence
from datetime import timedelta

from core.domain import Status
from core.views.model import LabelShare
from core.views.series import Point, Series
from core.views.words import count, span, window

_TOLD = {Status.PASS, Status.WARN, Status.FAIL}
_OF_NUMBERS = frozenset({"mae", "mse", "rmse"})
_ALMOST = 0.995
_BLIND = "when the same inputs lead to other outcomes, it does not see that."


def note(series: Series, label_delay: timedelta, labels: Sequence[LabelShare] = ()) -> str | None:
    """Return what a reader must know before trusting the estimates of a metric; None without any.

    ``labels`` are the shares of labels that have come to the shown windows.
    """
    if not any(point.value is not None for point in series.estimated):
        return None
    basis = f"{_basis(series, label_delay, labels)} It is not valid under concept drift: {_BLIND}"
    blind = contradicted(series)
    if not blind:
        return basis
    realised, guessed = blind[-1]
    return (
        f"{basis} It is blind here: in {count(len(blind), 'window')} the realised value lies outside its "
        f"limits and the estimate did not, last on {window(realised.start, realised.end, realised.index)} "
        f"(realised {realised.value:.3f}, estimated {guessed.value:.3f})."
    )


def _basis(series: Series, label_delay: timedelta, labels: Sequence[LabelShare]) -> str:
    realised = {point.index for point in series.measured if point.value is not None}
    n_pending = sum(1 for p in series.estimated if p.value is not None and p.index not in realised)
    errors = series.metric in _OF_NUMBERS
    material = "the reference's errors for such inputs" if errors else "scores calibrated on the reference"
    how = f"is estimated from {material}."
    if not n_pending:
        return f"{_labelled(labels)} The dotted {series.title} beside them {how}"
    delay = label_delay.total_seconds()
    late = f"labels arrive up to {span(delay)} late" if delay else "labels are still missing"
    return f"In {count(n_pending, 'window')} {late}: there {series.title} {how}"


def _labelled(labels: Sequence[LabelShare]) -> str:
    """Say how far the labels of the shown windows have come where each has some."""
    short = [one for one in labels if one.share is not None and one.share < 1]
    if not labels:
        return "All shown windows have realised values."
    if not short:
        return "All shown windows have all their labels."
    least = min(short, key=lambda one: one.share or 0.0)
    waiting = sum(one.is_immature for one in labels)
    share = f"{100 * (least.share or 0.0):.0f} %" if (least.share or 0.0) < _ALMOST else "over 99 %"
    some = f"All shown windows have labels, {len(short)} of them not all yet"
    fewest = f"the fewest, {share}, on {window(least.start, least.end, least.index)}"
    more = f"; {waiting} {'is' if waiting == 1 else 'are'} not judged before more come" if waiting else ""
    return f"{some} ({fewest}{more})."


def contradicted(series: Series) -> list[tuple[Point, Point]]:
    """Return the windows, oldest first, where the realised value fails and the estimate does not."""
    guesses = {point.index: point for point in series.estimated if point.value is not None}
    return [
        (point, guesses[point.index])
        for point in series.measured
        if point.status is Status.FAIL
        and point.value is not None
        and point.index in guesses
        and guesses[point.index].status is not Status.FAIL
    ]


def is_blind(series: Series) -> bool:
    """Return whether the estimate missed a failure in the last window that both speak of."""
    guesses = {point.index: point for point in series.estimated if point.value is not None}
    told = [p for p in series.measured if p.status in _TOLD and p.index in guesses]
    return bool(told) and told[-1].status is Status.FAIL and guesses[told[-1].index].status is not Status.FAIL
