"""How long each class of data is kept: read from ``[retention]`` in ``trimtab.toml``.

Profiles, measurements, verdicts, incidents and the ledger hold no rows and are kept for good: there is no
setting for them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

FOR_GOOD = "for good"
_SPAN = re.compile(r"([1-9]\d{0,5})\s*([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}

# Class → what it covers: read by the parser and by the documentation's test.
CLASSES: Mapping[str, str] = {
    "rows": "ingested rows and their labels, counted from their event time",
    "quarantine": "rows that could not be used, counted from when they came",
    "spool": "request bodies that an interrupted process left behind",
    "logs": "the processes' log files",
    "copies": "copies of the stores made before an upgrade",
    "lineage": "lineage events as they came, counted from when they came; what they say stays",
    "explanations": "explanations kept with their decisions, counted from when they were kept",
    "exports": "files made from rows, in reports/, exports/, retrains/ and explanations/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long to keep what; None is for good."""

    rows: timedelta | None = timedelta(days=400)
    quarantine: timedelta | None = timedelta(days=90)
    spool: timedelta | None = timedelta(days=1)
    logs: timedelta | None = timedelta(days=90)
    copies: timedelta | None = timedelta(days=90)
    lineage: timedelta | None = timedelta(days=90)
    explanations: timedelta | None = timedelta(days=400)
    exports: timedelta | None = timedelta(days=90)

    def of(self, name: str) -> timedelta | None:
        """Return how long a class is kept, by its name in :data:`CLASSES`."""
        found: timedelta | None = getattr(self, name)
        return found


def span_text(kept: timedelta | None) -> str:
    """Return a time of keeping as it is written in the settings.

    Examples
    --------
    >>> span_text(timedelta(days=400)), span_text(timedelta(hours=36)), span_text(None)
    ('400d', '36h', 'for good')
    """
    if kept is None:
        return FOR_GOOD
    hours = kept // timedelta(hours=1)
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def parse_span(value: object) -> timedelta | None:
    """Return the time that a setting means.

    Raises
    ------
    ValueError
        It is neither ``"for good"`` nor a whole number of hours, days or weeks, at least one.

    Examples
    --------
    >>> parse_span("400d"), parse_span("for good")
    (datetime.timedelta(days=400), None)
    """
    if isinstance(value, str):
        text = value.strip().lower()
        if text == FOR_GOOD:
            return None
        if found := _SPAN.fullmatch(text):
            return timedelta(**{_UNITS[found[2]]: int(found[1])})
    raise ValueError(f"{value!r} cannot be used")


def parse_retention(table: Mapping[str, object], say: Callable[[str, str, str], None]) -> Retention:
    """Read the table ``[retention]``; ``say(field, message, remedy)`` is told every problem."""
    kept: dict[str, timedelta | None] = {}
    for name in CLASSES:
        if name not in table:
            continue
        try:
            kept[name] = parse_span(table[name])
        except ValueError as error:
            remedy = 'write "400d", "12w", "36h" or "for good", in quotes'
            say(f"retention.{name}", str(error), remedy)
    return Retention(**kept)
