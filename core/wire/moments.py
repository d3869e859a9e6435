"""Moments as text: what is printed, and what a person may type."""

import re
from datetime import UTC, date, datetime, timedelta

from core.errors import InvalidInput, Problem

_SPAN = re.compile(r"(\d{1,9})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(at: datetime) -> str:
    """Return ISO 8601 in UTC.

    Examples
    --------
    >>> moment(datetime(2026, 11, 18, 9, tzinfo=UTC))
    '2026-11-18T09:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_text(at: datetime | None) -> str | None:
    """Return ISO 8601 in UTC, None for None."""
    return None if at is None else moment(at)


def parse_moment(text: str, *, now: datetime, ahead: bool = False) -> datetime:
    """Read a moment: an ISO date or time (UTC unless it says otherwise), or a span such as 30d or 12h.

    Parameters
    ----------
    text
        What a person typed.
    now
        From where a span counts: backwards, or forwards with ``ahead``.

    Raises
    ------
    InvalidInput
        The text is neither, or lies outside the calendar.

    Examples
    --------
    >>> noon = datetime(2026, 11, 18, 12, tzinfo=UTC)
    >>> parse_moment("12h", now=noon).isoformat()
    '2026-11-18T00:00:00+00:00'
    >>> parse_moment("2026-11-01", now=noon).isoformat()
    '2026-11-01T00:00:00+00:00'
    >>> parse_moment("2026-11-01T02:00+02:00", now=noon).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    stripped = text.strip()
    try:
        if span := _SPAN.fullmatch(stripped):
            distance = timedelta(**{_UNITS[span[2]]: int(span[1])})
            return now + distance if ahead else now - distance
        at = datetime.fromisoformat(stripped)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        example = date(now.year, now.month, now.day).isoformat()
        remedy = f"write a date such as {example}, a time such as {example}T09:00Z, or a span such as 30d"
        problem = Problem(field="time", message=f"{text!r} is not a time", remedy=remedy)
        raise InvalidInput("The time", [problem]) from error


def moment_of(text: str) -> datetime:
    """Read what :func:`moment` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def moment_or_none(text: str | None) -> datetime | None:
    """Read what :func:`moment` wrote, None for None."""
    return None if text is None else moment_of(text)
