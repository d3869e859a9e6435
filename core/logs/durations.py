"""Durations as people write them: 1d, 12h 30m, 2w."""

import re
from datetime import timedelta

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])")
_WHOLE = re.compile(rf"(?:{_PART.pattern}\s*)+")


def parse_duration(text: str) -> timedelta:
    """Return the duration that a text such as ``1d 12h`` means.

    Raises
    ------
    ValueError
        The text is not a sum of weeks, days, hours, minutes and seconds, or too long to count.

    Examples
    --------
    >>> parse_duration("1d 12h")
    datetime.timedelta(days=1, seconds=43200)
    """
    cleaned = text.strip().lower()
    if not _WHOLE.fullmatch(cleaned):
        raise ValueError(f"'{text}' is not a duration")
    total = timedelta(0)
    for number, unit in _PART.findall(cleaned):
        try:
            total += timedelta(**{_UNITS[unit]: float(number)})
        except OverflowError as error:
            raise ValueError(f"'{text}' is too long") from error
    return total
