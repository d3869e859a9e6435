"""The tables of the speed benchmark, from its results."""

from collections.abc import Sequence

from tests.bench.document import seconds, table
from tests.bench.measured import Result

_HEADER = (
    "",
    "rows",
    "whole process, s",
    "load + work, s",
    "of it drift, s",
    "× Trimtab",
    "peak, MiB",
    "runs",
)


def speed_table(results: Sequence[Result], title: str) -> str:
    """Return a table of results, each beside Trimtab's on the same rows."""
    lines = []
    for one in results:
        name = "pure scan (the limit)" if one.tool == "scan" else one.tool
        if not one.runs:
            lines.append((name, f"{one.n:,}", f"not run: {one.why_not}", "", "", "", "", ""))
            continue
        own = find(results, "Trimtab", one.job, one.n)
        lines.append(
            (
                name,
                f"{one.n:,}",
                seconds(one.middle("process_s")),
                seconds(one.middle("work_s")),
                seconds(one.middle("drift_s")),
                "" if own is None else f"{one.middle('drift_s') / own.middle('work_s'):.1f}",
                f"{one.middle('peak_mib'):,.0f}",
                str(len(one.runs)),
            )
        )
    return f"**{title}**\n\n{table(_HEADER, lines)}"


def find(results: Sequence[Result], tool: str, job: str, n: int) -> Result | None:
    """Return a tool's result for a job and a size, if it was run."""
    found = (one for one in results if (one.tool, one.job, one.n) == (tool, job, n) and one.runs)
    return next(found, None)


def reach(results: Sequence[Result], n: int = 1_000_000) -> str:
    """Return what is asked of Trimtab beside what was measured."""
    lines = []
    for peer, job, least, aim in (
        ("Evidently", "one", 65, 100),
        ("NannyML", "one", 12, 20),
        ("Evidently", "days", 130, 200),
        ("NannyML", "days", 16, 30),
    ):
        own, other = find(results, "Trimtab", job, n), find(results, peer, job, n)
        if own is None or other is None:
            continue
        ratio = other.middle("drift_s") / own.middle("work_s")
        what = "one window" if job == "one" else "28 windows"
        lines.append(
            (f"{what}, times {peer}'s speed", f"≥ {least}", str(aim), f"{ratio:.0f}", _met(ratio >= least))
        )
    small, large = find(results, "Trimtab", "one", n), find(results, "Trimtab", "one", 10 * n)
    if small is not None and large is not None:
        growth = large.middle("work_s") / small.middle("work_s")
        peak = large.middle("peak_mib")
        lines += [
            ("10 million rows, times 1 million's time", "≤ 11", "", f"{growth:.1f}", _met(growth <= 11)),
            ("peak memory at 10 million rows, MiB", "< 600", "", f"{peak:.0f}", _met(peak < 600)),
        ]
    return "**Asked of it**\n\n" + table(("", "asked", "aim", "measured", ""), lines)


def _met(holds: bool) -> str:
    return "met" if holds else "**missed**"
