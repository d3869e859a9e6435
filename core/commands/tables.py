"""Tables and figures for people at a terminal."""

from collections.abc import Sequence
from datetime import datetime

from core.domain import Measurement, Segment, Window

EMPTY = "–"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return aligned columns under their heads; empty text for no rows.

    Examples
    --------
    >>> print(table(["model", "n"], [["churn", "12"]]))
    MODEL  N
    churn  12
    """
    if not rows:
        return ""
    shown = [[clean(cell) for cell in row] for row in rows]
    lines = [[head.upper() for head in heads], *shown]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def clean(text: str) -> str:
    r"""Return text without control characters: names come from files and must not steer a terminal.

    Examples
    --------
    >>> clean("a\x1b[31mb")
    'a�[31mb'
    """
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def number(value: float | None) -> str:
    """Return a figure with four significant digits, a dash for none.

    Examples
    --------
    >>> number(0.96321), number(12345.6), number(None), number(-0.5)
    ('0.9632', '12346', '–', '−0.5')
    """
    if value is None:
        return EMPTY
    text = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")


def interval(m: Measurement) -> str:
    """Return a value with its interval.

    A value that is missing is replaced by the reason.
    """
    if m.value is None:
        return f"{EMPTY} ({m.reason})"
    value = number(m.value) + (f" {m.unit}" if m.unit else "")
    estimated = " est." if m.estimated else ""
    if m.low is None and m.high is None:
        return value + estimated
    return f"{value} [{number(m.low)}, {number(m.high)}]{estimated}"


def day(at: datetime | None) -> str:
    """Return a moment to the minute, UTC."""
    return EMPTY if at is None else f"{at:%Y-%m-%d %H:%M}"


def window(found: Window) -> str:
    """Return a window's number and end."""
    index = "all" if found.index is None else str(found.index)
    return index if found.end is None else f"{index} → {day(found.end)}"


def about(feature: str | None, segment: Segment) -> str:
    """Return what a measurement speaks of: its column, its segment, or both."""
    parts = [feature] if feature else []
    if segment.pairs:
        parts.append(str(segment))
    return " · ".join(parts) or EMPTY


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "row"), plural(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
