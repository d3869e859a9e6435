"""What estimated performance rests on, and where the realised values have shown it to be blind."""

from datetime import timedelta

from core.domain import Status
from core.views.series import Point, Series
from core.views.words import count, span, window


def note(series: Series, label_delay: timedelta) -> str | None:
    """Return what a reader must know before trusting the estimates of a metric; None without any."""
    if not any(point.value is not None for point in series.estimated):
        return None
    delay = label_delay.total_seconds()
    late = f"Labels arrive up to {span(delay)} late" if delay else "Not all rows have labels"
    basis = (
        f"{late}, so {series.title} of the dotted windows is estimated from scores calibrated on the reference. "
        "It is not valid under concept drift: when the same inputs lead to other outcomes, it does not see that."
    )
    blind = contradicted(series)
    if not blind:
        return basis
    realised, guessed = blind[-1]
    return (
        f"{basis} It is blind here: in {count(len(blind), 'window')} the realised value lies outside its limits "
        f"and the estimate did not, last on {window(realised.start, realised.end, realised.index)} "
        f"(realised {realised.value:.3f}, estimated {guessed.value:.3f})."
    )


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
