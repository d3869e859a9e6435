"""Counts, days and windows as people read them: the same words in a view's sentences and on a page."""

from datetime import datetime, timedelta

NONE = "–"


def count(n: float, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> count(1, "model"), count(5000, "model"), count(2, "query", "queries")
    ('1 model', '5,000 models', '2 queries')
    """
    return f"{n:,.0f} {noun if n == 1 else plural or noun + 's'}"


def day(at: datetime | None) -> str:
    """Return a day in UTC: "18 Nov 2026"."""
    return NONE if at is None else f"{at.day} {at:%b %Y}"


def when(at: datetime | None) -> str:
    """Return a moment in UTC: "18 Nov 2026 09:00 UTC"."""
    return NONE if at is None else f"{day(at)} {at:%H:%M} UTC"


def window(start: datetime | None, end: datetime | None, index: int | None = None) -> str:
    """Return a window in words: its days, its moments where it does not fill days, else its number.

    Examples
    --------
    >>> from datetime import UTC
    >>> window(datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC))
    '18 Nov 2026'
    >>> window(None, None, 7)
    'window 7'
    """
    if start is None or end is None:
        return "all rows" if index is None else f"window {index}"
    if start.time() == end.time() == datetime.min.time() and end > start:
        last = end - timedelta(days=1)
        return day(start) if last == start else f"{day(start)} to {day(last)}"
    if end - start >= timedelta(days=2):
        return f"{day(start)} to {day(end)}"
    until = f"{end:%H:%M} UTC" if start.date() == end.date() else when(end)
    return f"{day(start)} {start:%H:%M} to {until}"


def span(seconds: float) -> str:
    """Return a length of time in its largest fitting unit.

    Examples
    --------
    >>> span(86400), span(21 * 86400), span(5400)
    ('1 day', '21 days', '90 minutes')
    """
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return count(seconds / size, noun)
    return count(round(seconds / 86400, 1), "day") if seconds >= 86400 else count(seconds, "second")


def sentence(text: str) -> str:
    """Return a text that ends like a sentence."""
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."
