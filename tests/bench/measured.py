"""One measurement: a job in a fresh process, repeated, and what came of it."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
QUICK_S = 20.0
"""What takes less is repeated: the median of three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took: as a whole, by step, and at most of memory."""

    process_s: float
    steps: Mapping[str, float]
    facts: Mapping[str, object]
    peak_mib: float

    @property
    def work_s(self) -> float:
        """Everything but imports."""
        return sum(taken for name, taken in self.steps.items() if name != "import")

    @property
    def drift_s(self) -> float:
        """Load and drift alone: what every tool does."""
        return self.work_s - self.steps.get("performance", 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All runs of one job by one tool; none where it was not run, and why."""

    tool: str
    job: str
    n: int
    runs: tuple[Run, ...] = ()
    why_not: str = ""

    def middle(self, of: str) -> float:
        """Return the median of a number over the runs."""
        return median(float(getattr(run, of)) for run in self.runs)


def measure(
    tool: str, job: str, n: int, command: Sequence[str], *, repeat: int = 3, limit_s: float = 600
) -> Result:
    """Run a command up to ``repeat`` times, slow ones once, each in a process of its own."""
    runs: list[Run] = []
    while len(runs) < repeat and not (runs and runs[0].process_s > QUICK_S):
        begin = time.perf_counter()
        try:
            ran = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
                timeout=limit_s,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **QUIET},
            )
        except subprocess.TimeoutExpired:
            return Result(tool=tool, job=job, n=n, why_not=f"stopped after {limit_s:.0f} s")
        taken = time.perf_counter() - begin
        if ran.returncode:
            reason = (ran.stderr.strip() or "no message").splitlines()[-1][:160]
            signal = f"ended by signal {-ran.returncode}" if ran.returncode < 0 else reason
            return Result(tool=tool, job=job, n=n, why_not=f"failed: {signal}")
        runs.append(read(ran.stdout, taken))
    return Result(tool=tool, job=job, n=n, runs=tuple(runs))


def read(printed: str, process_s: float) -> Run:
    """Return what a process told in the last line that it printed."""
    told = json.loads(printed.strip().splitlines()[-1])
    return Run(process_s=process_s, steps=told["steps"], facts=told["facts"], peak_mib=told["peak_mib"])


# None of them may send anything anywhere, or draw.
QUIET = {
    "DO_NOT_TRACK": "1",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "WHYLOGS_NO_ANALYTICS": "True",
    "MPLBACKEND": "Agg",
}
