"""Numbers, times and untrusted text as people read them."""

import re
from datetime import UTC, datetime

from core.views.words import NONE, count, day, span, when, window

__all__ = [
    "NONE",
    "ago",
    "bounds",
    "compact",
    "count",
    "day",
    "edge",
    "interval",
    "limits",
    "number",
    "p_value",
    "plain",
    "signed",
    "span",
    "version",
    "when",
    "window",
]

MINUS = "−"
THIN = "\u2009"

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:=&'\"])")
_SHORTCODE = re.compile(r":(?=[\w+\-/]+:)")
_LINK = re.compile(r"(?=@)|(?<=http)(?=s?://)|(?<=www)(?=\.)", re.IGNORECASE)
_JOINER = "\u2060"
_PER_CENT = "share"
_ROWS = "rows"
_MILLISECONDS = "ms"


def plain(text: str) -> str:
    r"""Return untrusted text that shows literally where Streamlit would read Markdown.

    Icons, emoji and links to what looks like an address are put in after Markdown is parsed, so these are
    also broken up by an invisible word joiner.

    Examples
    --------
    >>> plain("a_b *c*")
    'a\\_b \\*c\\*'
    """
    joined = _LINK.sub(_JOINER, _SHORTCODE.sub(f":{_JOINER}", text.replace("\n", " ")))
    return _PUNCTUATION.sub(r"\\\1", joined)


def number(value: float | None, unit: str = "", *, digits: int = 3) -> str:
    """Return a value with its unit: shares as per cent, true minus sign, thin space before the unit.

    Examples
    --------
    >>> number(-0.0456)
    '−0.046'
    >>> number(0.064, "share"), number(12345.6), number(None)
    ('6.4\u2009%', '12,346', '–')
    """
    if value is None:
        return NONE
    if unit == _PER_CENT:
        return f"{_signless(value * 100, 1)}{THIN}%"
    if unit == _ROWS:
        return f"{value:,.0f}".replace("-", MINUS)
    if unit == _MILLISECONDS:
        digits = 1
    text = _signless(value, digits)
    return f"{text}{THIN}{unit}" if unit else text


def _signless(value: float, digits: int) -> str:
    size = abs(value)
    if size >= 1000:
        text = f"{size:,.0f}"
    elif size >= 100:
        text = f"{size:.0f}"
    elif size >= 10:
        text = f"{size:.1f}"
    elif 0 < size < 10**-digits:
        text = f"{size:.1e}"
    else:
        text = f"{size:.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and float(text.replace(",", "")) != 0 else text


def signed(value: float, unit: str = "", *, digits: int = 3) -> str:
    """Return a difference with its sign always shown; shares as percentage points."""
    text = number(abs(value), unit, digits=digits)
    if unit == _PER_CENT:
        text = text.replace("%", "pp")
    return f"{'+' if value >= 0 else MINUS}{text}"


def interval(low: float | None, high: float | None, unit: str = "") -> str:
    """Return a 95 % interval in words, empty where there is none."""
    if low is None or high is None:
        return ""
    return f"95{THIN}% interval {number(low, unit)} to {number(high, unit)}"


def version(name: str | None) -> str:
    """Return a version's name: numbers with a v, rows that name none as such.

    Examples
    --------
    >>> version("7"), version("2024-01"), version("unknown")
    ('v7', '2024-01', 'no version')
    """
    if name is None:
        return NONE
    return f"v{name}" if name.isdecimal() else "no version" if name == "unknown" else name


def edge(value: float) -> str:
    """Return a bin's bound in few characters.

    Examples
    --------
    >>> edge(12730.0), edge(0.0341), edge(-250.0)
    ('12.7k', '0.0341', '−250')
    """
    text = compact(abs(value)) if abs(value) >= 1000 else f"{abs(value):.3g}"
    return f"{MINUS}{text}" if value < 0 else text


def p_value(p: float) -> str:
    """Return a p value: three decimals, or that it is smaller than these can show.

    Examples
    --------
    >>> p_value(0.0421), p_value(1e-9)
    ('p = 0.042', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def bounds(low: float | None, high: float | None, unit: str = "") -> str:
    """Return the allowed range in few words, a dash where nothing limits."""
    if low is not None and high is not None:
        return f"{number(low, unit)} to {number(high, unit)}"
    if low is not None:
        return f"at least {number(low, unit)}"
    return NONE if high is None else f"at most {number(high, unit)}"


def limits(low: float | None, high: float | None, unit: str = "") -> str:
    """Return the allowed range in words, empty where nothing limits."""
    if low is not None and high is not None:
        return f"limits {number(low, unit)} to {number(high, unit)}"
    if low is not None:
        return f"lower limit {number(low, unit)}"
    return "" if high is None else f"upper limit {number(high, unit)}"


def compact(n: float | None) -> str:
    """Return a large count in three figures.

    Examples
    --------
    >>> compact(468_210), compact(950), compact(None)
    ('468k', '950', '–')
    """
    if n is None:
        return NONE
    for size, suffix in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if n >= size:
            scaled = n / size
            return f"{scaled:.0f}{suffix}" if scaled >= 100 else f"{scaled:.3g}{suffix}"
    return f"{n:.0f}" if n >= 10 or n == int(n) else f"{n:.1f}"


def ago(at: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was, in its largest whole unit."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < 60:
        return "just now"
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(seconds // size, noun)} ago"
    return "just now"
