"""The benchmarks' page: each benchmark writes its own part of docs/benchmarks.md and leaves the others."""

import os
import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers and stand right."""
    rule = ["---", *("---:" for _ in header[1:])]
    lines = [header, rule, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def with_part(page: str, name: str, body: str) -> str:
    """Return the page with what stands between a part's two marks replaced.

    Raises
    ------
    ValueError
        The page has no such part.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE.name} has no part '{name}'")
    return f"{before}{begin}\n{body.strip()}\n{end}{after}"


def write(name: str, body: str) -> None:
    """Write a part of the page anew and show it."""
    PAGE.write_text(with_part(PAGE.read_text(encoding="utf-8"), name, body), encoding="utf-8")
    sys.stdout.write(f"\n{body}\n\nwritten to {PAGE}\n")


def made_by(module: str, packages: Sequence[str]) -> str:
    """Say on what machine, when, by which command and with which versions a part was made."""
    command = shlex.join(["python", "-m", module, *sys.argv[1:]])
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d} UTC. {_processor()}, {os.cpu_count()} cores,"
        f" {_memory_gib():.0f} GiB of memory, {platform.system()}, Python {platform.python_version()};"
        f" {versions}."
    )


def seconds(value: float) -> str:
    """Return a duration with as many digits as it deserves.

    Examples
    --------
    >>> seconds(0.0345), seconds(1.26), seconds(91.3)
    ('0.03', '1.26', '91')
    """
    return f"{value:.0f}" if value >= 20 else f"{value:.2f}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
