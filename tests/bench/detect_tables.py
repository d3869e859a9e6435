"""The tables of the detection benchmark, from the answers of the tools."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from scipy.special import chdtri

from tests.bench.cases import Answer
from tests.bench.document import table

DAYS = 7
Answers = Mapping[str, Mapping[str, Answer]]
"""Tool → case → answer."""

NONE = "—"
MOST_FLAGGED, MOST_INCIDENTS = 0.05, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: its cases by tool; ``watched`` and ``onset`` where something is to be found."""

    title: str
    cases: Mapping[str, Sequence[str]]
    watched: tuple[str, ...] = ()
    onset: int = 0


def quiet_table(rows: Sequence[Row], answers: Answers) -> str:
    """Return, of streams in which nothing happens, the share of windows with any flag of drift.

    In brackets, of Trimtab: false incidents per 100 models a week, over all that it judges.
    """
    tools = list(answers)
    lines = []
    for row in rows:
        cells = [
            _cell(answers[tool], row.cases[tool], lambda found: f"{drift_share(found):.1%}") for tool in tools
        ]
        own = _found(answers["Trimtab"], row.cases["Trimtab"])
        rate, weeks = false_incidents(own)
        lines.append((row.title, *cells, f"{rate:.1f}" if weeks else NONE, f"{weeks:.0f}"))
    header = ("", *(f"{tool}: windows flagged" for tool in tools), "Trimtab: false incidents", "model-weeks")
    return table(header, lines)


def power_table(rows: Sequence[Row], answers: Answers) -> str:
    """Return, of streams in which one thing changes, in how many windows it is flagged, and how late."""
    tools = list(answers)
    lines = []
    for row in rows:
        cells = [_cell(answers[tool], row.cases[tool], _power_cell(row)) for tool in tools]
        own = [lateness(one, row.onset) for one in _found(answers["Trimtab"], row.cases["Trimtab"])]
        seen = [late for late in own if late is not None]
        incident = f"{mean(seen):.1f} ({len(seen)} of {len(own)})" if seen else f"none of {len(own)}"
        lines.append((row.title, *cells, incident))
    header = ("", *(f"{tool}: flagged, delay" for tool in tools), "Trimtab: incident after, windows")
    return table(header, lines)


def asked_table(quiet: Sequence[Row], published: Sequence[Row], found: Mapping[str, Answer]) -> str:
    """Return what was asked of Trimtab, and whether it is so: false alarms, and nothing published missed.

    Incidents are few: their rate stands with its exact 95 % Poisson interval.
    """
    known = [(row, _found(found, row.cases["Trimtab"])) for row in quiet]
    shares = {row.title: drift_share(own) for row, own in known if own}
    lines = []
    if shares:
        worst = max(shares, key=lambda title: shares[title])
        lines.append((
            f"windows of a line with any drift FAIL, the most ({worst})", "≤ 5 %",
            f"{shares[worst]:.1%}", _met(shares[worst] <= MOST_FLAGGED),
        ))  # fmt: skip
        rate, weeks = false_incidents([one for _, own in known for one in own])
        low, high = poisson_interval(round(rate * weeks / 100))
        lines.append((
            f"false incidents per 100 models a week, over all {weeks:.0f} model-weeks", "≤ 1",
            f"{rate:.1f} ({100 * low / weeks:.1f}-{100 * high / weeks:.1f})", _met(rate <= MOST_INCIDENTS),
        ))  # fmt: skip
    told = [(row, _found(found, row.cases["Trimtab"])) for row in published]
    told = [(row, own) for row, own in told if own]
    if told:
        seen = sum(delay(own[0], row.watched, row.onset) is not None for row, own in told)
        lines.append(("published shifts detected", "all", f"{seen} of {len(told)}", _met(seen == len(told))))
    return table(("", "asked", "measured", ""), lines)


def _met(is_so: bool) -> str:
    return "met" if is_so else "**missed**"


def poisson_interval(n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the mean of a Poisson number of which ``n`` was seen.

    Source: Garwood (1936), Biometrika 28.

    Examples
    --------
    >>> [round(one, 2) for one in poisson_interval(1)]
    [0.03, 5.57]
    """
    low = chdtri(2 * n, 0.975) / 2 if n else 0.0
    return float(low), float(chdtri(2 * n + 2, 0.025) / 2)


def drift_share(found: Sequence[Answer]) -> float:
    """Return the share of windows in which any column is flagged as drifted."""
    flags = [any(name != "performance" for name in window) for one in found for window in one.flagged]
    return sum(flags) / len(flags)


def false_incidents(found: Sequence[Answer]) -> tuple[float, float]:
    """Return incidents per 100 models and week, a window being a day, and the model-weeks behind it."""
    weeks = sum(len(one.flagged) for one in found) / DAYS
    opened = sum(len(one.incidents or ()) for one in found)
    return (100 * opened / weeks if weeks else 0.0), weeks


def power(found: Sequence[Answer], watched: tuple[str, ...], onset: int) -> float:
    """Return the share of windows from the onset on in which what moved is flagged."""
    hits = [name in window for one in found for window in one.flagged[onset:] for name in watched]
    return sum(hits) / len(hits)


def delay(one: Answer, watched: tuple[str, ...], onset: int) -> int | None:
    """Return how many windows after the onset all that moved has been flagged; None if never."""
    firsts = [
        next((place for place, window in enumerate(one.flagged[onset:]) if name in window), None)
        for name in watched
    ]
    known = [first for first in firsts if first is not None]
    return max(known) if len(known) == len(firsts) else None


def lateness(one: Answer, onset: int) -> int | None:
    """Return how many windows after the onset the first incident began; None if none did."""
    return min((window - onset for window in one.incidents or () if window >= onset), default=None)


def _power_cell(row: Row) -> Callable[[Sequence[Answer]], str]:
    def cell(found: Sequence[Answer]) -> str:
        delays = [delay(one, row.watched, row.onset) for one in found]
        seen = [late for late in delays if late is not None]
        shown = f"{mean(seen):.1f}" if seen else "never"
        return f"{power(found, row.watched, row.onset):.0%}, {shown}"

    return cell


def _found(answers: Mapping[str, Answer], cases: Sequence[str]) -> list[Answer]:
    return [answers[name] for name in cases if name in answers]


def _cell(
    answers: Mapping[str, Answer], cases: Sequence[str], show: Callable[[Sequence[Answer]], str]
) -> str:
    found = _found(answers, cases)
    return show(found) if found else "not run"
