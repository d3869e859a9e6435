"""The README's tour, run as it is written: its spec, its commands, in its order."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
PROGRAM = Path(sys.executable).parent / "trimtab"
ROWS = """
    SELECT 'loan-' || i AS id, TIMESTAMP '2026-01-01' + INTERVAL 10 MINUTE * i AS scored_at,
           if(hash(i) % 100 < 60, 1, 0) AS decision, (hash(i) % 100) / 100 AS probability,
           30000 + hash(i, 1) % 40000 AS income, 1000 + hash(i, 2) % 20000 AS amount,
           12 * (1 + hash(i, 3) % 5) AS term, 'region ' || hash(i, 4) % 3 AS region,
           if(hash(i, 5) % 2 = 0, 'employed', 'self') AS employment, if(hash(i, 6) % 2 = 0, 'f', 'm') AS sex,
           if(hash(i, 7) % 100 < hash(i) % 100, 1, 0) AS repaid
    FROM range({start}, {stop}) t(i)
"""
A_DAY = 144


def write(folder: Path, name: str, sql: str) -> None:
    duckdb.connect().execute(f"COPY ({sql}) TO '{folder / name}'")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the tour speaks of: a history, three days of predictions, their outcomes."""
    history, current = (0, 40 * A_DAY), (40 * A_DAY, 43 * A_DAY)
    write(tmp_path, "history.parquet", ROWS.format(start=history[0], stop=history[1]))
    rows = ROWS.format(start=current[0], stop=current[1])
    write(tmp_path, "today.parquet", f"SELECT * EXCLUDE (repaid) FROM ({rows})")
    write(tmp_path, "outcomes.csv", f"SELECT id, repaid FROM ({rows})")
    (spec,) = re.findall(r"```yaml\n(.+?)```", README, re.DOTALL)
    (tmp_path / "loans.yaml").write_text(spec, encoding="utf-8")
    return tmp_path


def tour() -> list[str]:
    """The tour's commands, but for the one that serves until it is ended."""
    _, _, text = README.partition("## Your own model in five minutes")
    lines = [line for block in re.findall(r"```sh\n(.+?)```", text, re.DOTALL) for line in block.splitlines()]
    return [line for line in lines if line != "trimtab up"]


@pytest.mark.slow
def test_every_step_of_the_tour_works(folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TRIMTAB_WORKSPACE"}
    said = {}
    for line in tour():
        words = [str(PROGRAM), *line.split()[1:], "--json"]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        said[line] = json.loads(done.stdout)
    assert said["trimtab ingest loans today.parquet"]["accepted"] == 3 * A_DAY
    assert said["trimtab ingest loans outcomes.csv --labels"]["accepted"] == 3 * A_DAY
    assert said["trimtab monitor loans"]["windows"] > 0
    listed = next(line for line in said if line.startswith("trimtab verdicts loans"))
    assert isinstance(said[listed], list)
    assert isinstance(said["trimtab incidents --open"], list)
