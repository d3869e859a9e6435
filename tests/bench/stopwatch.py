"""What a measured process says of itself: seconds of each step and its own peak of memory.

Standard library only: it runs in every peer's environment.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do: one window, or one a day, of which files."""

    by_day: bool
    reference: Path
    current: Path


@dataclass(kw_only=True)
class Stopwatch:
    """Times the steps of one process; ``facts`` are whatever it wants to tell besides."""

    steps: dict[str, float] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.steps[name] = self.steps.get(name, 0.0) + time.perf_counter() - begin


def peak_mib() -> float:
    """The most memory that this process has held, in MiB.

    The kernel's high-water mark of this program alone: ``getrusage`` would include the parent's, from
    before the program was started.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def run(work: Callable[[Job, Stopwatch], None]) -> None:
    """Read the job from the command line, do it, and print what it took as one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--by-day", action="store_true")
    parser.add_argument("reference", type=Path)
    parser.add_argument("current", type=Path)
    asked = parser.parse_args()
    watch = Stopwatch()
    work(Job(by_day=asked.by_day, reference=asked.reference, current=asked.current), watch)
    told = {"steps": watch.steps, "facts": watch.facts, "peak_mib": peak_mib()}
    sys.stdout.write("\n" + json.dumps(told) + "\n")
