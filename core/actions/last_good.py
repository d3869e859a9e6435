"""Which version to roll back to: the one whose healthy spell in production was the longest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """The longest run of windows of one version without a failure, ``n_windows`` of the ``n_judged``.

    ``n_rows`` are the rows of those windows; ``last_index`` the last of them.
    """

    version: str
    n_windows: int
    n_judged: int
    n_rows: int
    last_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWindow:
    """One window of one version: its worst verdict, and its rows."""

    index: int
    status: Status
    n: int


def spells(judged: Mapping[str, Sequence[JudgedWindow]]) -> list[Spell]:
    """Return each version's longest healthy spell, the best first; versions never found healthy are left out.

    A window is healthy that has at least one PASS and no FAIL: what nobody could judge (UNKNOWN) is no
    evidence for a version, but does not end its spell either.

    Parameters
    ----------
    judged
        Version → its windows in order.

    Examples
    --------
    >>> window = lambda i, status: JudgedWindow(index=i, status=status, n=100)
    >>> found = spells({"1": [window(0, Status.PASS), window(1, Status.PASS), window(2, Status.FAIL)],
    ...                 "2": [window(3, Status.PASS)], "3": [window(4, Status.UNKNOWN)]})
    >>> [(one.version, one.n_windows) for one in found]
    [('1', 2), ('2', 1)]
    """
    found = [spell for version, windows in judged.items() if (spell := _longest(version, windows))]
    return sorted(found, key=lambda one: (-one.n_windows, -one.last_index, one.version))


def _longest(version: str, windows: Sequence[JudgedWindow]) -> Spell | None:
    best: Spell | None = None
    run: list[JudgedWindow] = []
    for window in windows:
        if window.status is Status.FAIL:
            run = []
        elif window.status is not Status.UNKNOWN:
            run = [*run, window]
        if run and (best is None or len(run) > best.n_windows):
            best = Spell(
                version=version,
                n_windows=len(run),
                n_judged=len(windows),
                n_rows=sum(one.n for one in run),
                last_index=run[-1].index,
            )
    return best


def sentence(spell: Spell) -> str:
    """Say what speaks for a version.

    Examples
    --------
    >>> sentence(Spell(version="7", n_windows=41, n_judged=43, n_rows=82000, last_index=60))
    'healthy for 41 windows in a row (82,000 rows), the longest on record'
    """
    windows = "one window" if spell.n_windows == 1 else f"{spell.n_windows:,} windows in a row"
    return f"healthy for {windows} ({spell.n_rows:,} rows), the longest on record"
