"""Logs on Spark: monitored through the command line as a user would, equal to the same rows ingested."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.bootstrap import build
from core.config import Workspace, load_settings
from core.logs.upload import sniff
from tests import elsewhere

pytestmark = [pytest.mark.slow, pytest.mark.spark, pytest.mark.usefixtures("spark")]

LAKE = """
[sources.lake]
backend = "spark"
tables = { logs = "PATH" }

[sources.lake.options]
"spark.master" = "local[2]"
"spark.driver.host" = "127.0.0.1"
"spark.driver.bindAddress" = "127.0.0.1"
"""


def trimtab(workspace: Path, *words: str) -> dict[str, object]:
    done = subprocess.run(
        [Path(sys.executable).with_name("trimtab"), *words, "--workspace", workspace, "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_table_on_spark_gives_the_counts_of_the_same_rows_ingested(tmp_path: Path) -> None:
    reference = elsewhere.write(elsewhere.rows(-7, 7), tmp_path / "reference.parquet")
    logs = tmp_path / "logs"
    logs.mkdir()
    for day in range(elsewhere.N_DAYS):
        elsewhere.write(elsewhere.rows(day, 1, labels=False), logs / f"day-{day}.parquet")
    there = tmp_path / "there"
    trimtab(there, "init")
    with (there / "trimtab.toml").open("a", encoding="utf-8") as settings:
        settings.write(LAKE.replace("PATH", str(logs)))
    with elsewhere.workspace(tmp_path / "here") as here:
        for model, spec in elsewhere.SPECS.items():
            elsewhere.watch(here, spec, reference)
            for part in sorted(logs.iterdir()):
                here.ingest(model, sniff(part), kind="predictions")
            here.monitor(model)
            written = tmp_path / f"{model}.yaml"
            written.write_text(elsewhere.with_source(spec, "spark"), encoding="utf-8")
            trimtab(there, "watch", str(written), "--reference", str(reference))
        # One session for both models: what `trimtab up` does every few minutes.
        assert trimtab(there, "monitor")["windows"] == 2 * elsewhere.N_DAYS
        opened = build(load_settings(Workspace(there)))
        try:
            for model in elsewhere.SPECS:
                elsewhere.assert_equal(elsewhere.profiles(here, model), elsewhere.profiles(opened, model))
                assert elsewhere.judged(here, model) == elsewhere.judged(opened, model)
        finally:
            opened.close()
