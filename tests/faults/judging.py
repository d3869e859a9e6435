"""A process to be killed: takes in one day after the other, judges it, and says when each is done.

Prints ``sent DAY`` and ``judged DAY``.
"""

import sys
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from core.config import Workspace, create_workspace, load_settings
from core.logs.upload import sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows

N_DAYS = 8
N_QUIET = 3


def write_days(folder: Path) -> None:
    """Write the reference and every day's rows; drift begins on day ``N_QUIET``."""
    pq.write_table(rows(-8, 8, n=120), folder / "reference.parquet")
    for day in range(N_DAYS):
        pq.write_table(rows(day, 1, n=120, shift=0.0 if day < N_QUIET else 1.5), folder / f"{day}.parquet")


def open_workspace(folder: Path) -> Trimtab:
    """Open the workspace as control does after a crash: without any repair."""
    workspace = Workspace(folder / "workspace")
    settings = load_settings(workspace) if workspace.exists else create_workspace(workspace, {})
    trimtab = Trimtab(
        settings=settings,
        store=AnalyticsStore.open(workspace.analytics),
        state=StateStore.open(workspace.state),
        registries={"local": FakeRegistry()},
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    if not trimtab.models():
        trimtab.watch(SPEC, reference=sniff(folder / "reference.parquet"))
    return trimtab


def send(trimtab: Trimtab, folder: Path, day: int) -> None:
    """Take in one day's rows."""
    trimtab.ingest("loans", sniff(folder / f"{day}.parquet"), kind="predictions")


def main(folder: Path) -> None:
    trimtab = open_workspace(folder)
    for day in range(N_DAYS):
        send(trimtab, folder, day)
        _say(f"sent {day}")
        trimtab.monitor()
        _say(f"judged {day}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
