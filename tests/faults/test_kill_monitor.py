"""The monitor killed at many points: the next run ends where an uninterrupted one does, without repair."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain import Measurement
from core.trimtab import Trimtab
from tests.campaigns import every_other
from tests.faults.forked import forked
from tests.faults.judging import N_DAYS, open_workspace, send, write_days

N_POINTS = 50
LONGEST_RUN_S = 0.25


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    write_days(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(days: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    shutil.copytree(days, folder, dirs_exist_ok=True)
    return finished(folder)


@pytest.mark.parametrize("point", range(5, N_POINTS, 15))
def test_killed_at_a_few_points(days: Path, undisturbed: Any, tmp_path: Path, point: int) -> None:
    kill_and_look(days, undisturbed, tmp_path, point)


@pytest.mark.slow
@pytest.mark.parametrize("point", every_other([point for point in range(N_POINTS) if point % 15 != 5]))
def test_killed_at_many_points(days: Path, undisturbed: Any, tmp_path: Path, point: int) -> None:
    kill_and_look(days, undisturbed, tmp_path, point)


def kill_and_look(days: Path, undisturbed: Any, folder: Path, point: int) -> None:
    shutil.copytree(days, folder, dirs_exist_ok=True)
    sent = killed_at(folder, point)
    trimtab = open_workspace(folder)
    try:
        trimtab.monitor()
        n = sum(one.n for one in trimtab.measurements("loans", metric="row_count"))
        assert n in (120 * sent, 120 * (sent + 1)), "every acknowledged day is judged, and once"
    finally:
        trimtab.close()
    assert finished(folder) == undisturbed


def killed_at(folder: Path, point: int) -> int:
    """Kill the process somewhere after it took in a day; return how many days it had acknowledged."""
    day, part = divmod(point * (N_DAYS - 1) * 10 // N_POINTS, 10)
    with forked("tests.faults.judging", folder) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.strip() == f"sent {day}":
                break
        time.sleep(LONGEST_RUN_S * part / 10)
        process.kill()
        lines += process.stdout.readlines()
    return sum(line.startswith("sent") and line.endswith("\n") for line in lines)


def finished(folder: Path) -> dict[str, Any]:
    """Send every day again, judge, and return all that is then on record, but for when it was."""
    trimtab = open_workspace(folder)
    try:
        for day in range(N_DAYS):
            send(trimtab, folder, day)
        trimtab.monitor()
        assert trimtab.monitor().windows == 0
        return {
            # Staleness is kept of each window that was the latest when it was judged: it tells when that was.
            "measurements": [
                rounded(one) for one in trimtab.measurements("loans") if one.metric != "staleness"
            ],
            "verdicts": [
                (one.id, one.status, one.rule, one.reason, one.sentence) for one in trimtab.verdicts("loans")
            ],
            "incidents": incidents(trimtab),
        }
    finally:
        trimtab.close()


def rounded(one: Measurement) -> Measurement:
    """Sums of floats depend in their last digit on the order in which rows are stored."""
    value, low, high, p = (
        None if number is None else float(f"{number:.9g}")
        for number in (one.value, one.low, one.high, one.p_value)
    )
    return replace(one, value=value, low=low, high=high, p_value=p)


def incidents(trimtab: Trimtab) -> list[tuple[object, ...]]:
    return [(one.id, one.status, one.first_window, one.features, one.cause) for one in trimtab.incidents()]
