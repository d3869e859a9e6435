"""Evidently's page for every task and for rows that are hard on it, made by real children."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.adapters.process_executor import ProcessExecutor
from core.children.evidently_report import (
    CURRENT,
    DISAGREEMENT,
    MAX_CATEGORIES,
    OUTPUT,
    REFERENCE,
    REQUEST,
    Column,
    Request,
    Side,
    Tables,
    labelled,
)
from core.job import JobStatus
from core.ports import Outcome, Work
from tests.conftest import ROOT
from tests.unit.adapters.test_process_executor import Heard

EVIL = "</script><script>alert(1)</script>"


def columns(table: pa.Table) -> tuple[Column, ...]:
    roles = {"label": "label", "prediction": "prediction", "score": "score"}
    return tuple(
        Column(
            name=name,
            kind="numeric" if pa.types.is_floating(table[name].type) else "categorical",
            role=roles.get(name, "feature"),  # type: ignore[arg-type]
        )
        for name in table.column_names
    )


def write(folder: Path, task: str, reference: pa.Table, current: pa.Table, **changes: Any) -> None:
    sides = {}
    for file, table in ((REFERENCE, reference), (CURRENT, current)):
        pq.write_table(table, folder / file)
        labelled = len(table) - table["label"].null_count if "label" in table.column_names else 0
        sides[file] = Side(n_rows=len(table), n_sampled=len(table), n_labelled=labelled)
    request = {
        "model": "loans",
        "version": None,
        "window": "1 Sep 2026",
        "task": task,
        "positive": "1" if task == "binary" else None,
        "scores": {},
        "columns": columns(reference),
        "reference": sides[REFERENCE],
        "current": sides[CURRENT],
        "made_at": "2026-11-01T00:00:00Z",
        **changes,
    }
    (folder / REQUEST).write_text(json.dumps(asdict(Request(**request))))


def rows(n: int, task: str = "binary", *, seed: int = 1, shift: float = 0.0) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    x = chance.normal(shift, 1, n)
    found: dict[str, Any] = {"income": x, "channel": chance.choice(["web", "branch"], n)}
    if task == "regression":
        return {**found, "prediction": 2 * x, "label": 2 * x + chance.normal(0, 1, n)}
    if task == "multiclass":
        label = np.digitize(x, [-0.5, 0.5])
        return {**found, "prediction": np.digitize(x, [-0.4, 0.4]).astype(str), "label": label.astype(str)}
    score = 1 / (1 + np.exp(-x))
    found |= {"score": score, "prediction": (score > 0.5).astype(int).astype(str)}
    return {**found, "label": (chance.random(n) < score).astype(int).astype(str)}


def made(folder: Path) -> tuple[Outcome, Heard]:
    executor, heard = ProcessExecutor(n_children=1), Heard()
    work = Work(name="r", task="evidently", folder=folder, time_limit_s=240, memory_limit_mb=2048)
    executor.submit(work, heard)
    assert heard.over.wait(300)
    executor.close()
    assert heard.outcome is not None
    return heard.outcome, heard


def page(folder: Path) -> str:
    outcome, _ = made(folder)
    assert outcome == Outcome(status=JobStatus.DONE), (folder / "output.log").read_text()[-2000:]
    return (folder / OUTPUT).read_text()


def cover(text: str) -> str:
    found = re.search("<section id='cover'.+?</section>", text, re.DOTALL)
    assert found is not None
    return found.group()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "finding"),
    [
        ("binary", "Confusion Matrix"),
        ("multiclass", "Confusion Matrix"),
        ("regression", "Absolute Max Error"),
    ],
)
def test_each_task_has_its_report(tmp_path: Path, task: str, finding: str) -> None:
    write(tmp_path, task, pa.table(rows(400, task)), pa.table(rows(300, task, seed=2, shift=1.0)))
    outcome, heard = made(tmp_path)
    assert outcome == Outcome(status=JobStatus.DONE), (tmp_path / "output.log").read_text()[-2000:]
    text = (tmp_path / OUTPUT).read_text()
    for words in ("Dataset Drift", "income", "channel", finding):
        assert words in text
    assert "All 300 rows, 300 of them labelled" in cover(text)
    assert "Left out" not in cover(text)
    assert DISAGREEMENT.split(".")[0] in cover(text)
    shares = [share for share, _ in heard.steps]
    assert shares == sorted(shares)
    assert [step for _, step in heard.steps] == [
        "Reading rows",
        "Loading Evidently",
        "Comparing columns",
        "Summarising columns",
        "Measuring performance",
        "Writing the page",
    ]
    assert not re.search(r'<(script|link|img|iframe)[^>]+(src|href)=["\']?https?:', text)


@pytest.mark.slow
def test_rows_that_are_hard_on_it(tmp_path: Path) -> None:
    """No labels yet, an empty column, infinities, nulls, thousands of categories, hostile names."""
    n = 3_000
    reference, current = rows(n), rows(n, seed=2)
    for table in (reference, current):
        table[EVIL] = np.where(np.arange(n) % 2 == 0, EVIL, "b")
        table["many"] = [f"v{i}" for i in range(n)]
        table["gappy"] = pa.array([None if i % 3 else float(i) for i in range(n)], pa.float64())
        table["bits"] = np.where(np.arange(n) % 50 == 0, np.inf, np.arange(n).astype(float))
        table["constant"] = np.ones(n)
    current["income"] = pa.nulls(n, pa.float64())
    current["label"] = pa.nulls(n, pa.string())
    write(tmp_path, "binary", pa.table(reference), pa.table(current), model=EVIL, positive=EVIL)
    text = page(tmp_path)
    assert "alert(1)</script>" not in text.replace("‹/script>", "")
    told = cover(text)
    assert "income: no values in this window" in told
    assert "label: no values in this window" in told
    assert "Performance: the window or the reference holds no labels" in told
    assert f"many: all but its {MAX_CATEGORIES} commonest values" in told
    assert "<script" not in told


def test_rows_with_nothing_in_them_are_refused(tmp_path: Path) -> None:
    nothing = pa.table({"income": pa.nulls(5, pa.float64())})
    write(tmp_path, "binary", nothing, nothing)
    outcome, heard = made(tmp_path)
    assert outcome.status is JobStatus.FAILED
    assert outcome.error is not None
    assert "income: no values in the reference and this window" in outcome.error
    assert [step for _, step in heard.steps] == ["Reading rows"]


def test_neither_evidently_nor_pandas_is_loaded_to_ask_for_a_report() -> None:
    look = "import core.bootstrap, core.server.app, sys; print(*{'evidently', 'pandas'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


def asked(task: str) -> Request:
    side = Side(n_rows=1, n_sampled=1, n_labelled=1)
    return Request(
        model="m", version=None, window="w", task=task, positive="1", scores={}, columns=(),  # type: ignore[arg-type]
        reference=side, current=side, made_at="",
    )  # fmt: skip


def tables(task: str, current: Mapping[str, Any], without: str = "") -> Tables:
    named = tuple(one for one in columns(pa.table(rows(5, task))) if one.role != without)
    return Tables(reference=pd.DataFrame(rows(50, task)), current=pd.DataFrame(current), columns=named)


def test_only_rows_with_prediction_score_and_label_are_measured() -> None:
    current = rows(50, seed=2)
    current["label"] = current["label"].astype(object)
    current["label"][:20] = None
    current["score"][19:22] = np.nan
    found = labelled(tables("binary", current), asked("binary"))
    assert not isinstance(found, str)
    assert [len(side) for side in found] == [50, 28]


@pytest.mark.parametrize(
    ("task", "changes", "without", "reason"),
    [
        ("binary", {}, "label", "the window or the reference holds no labels"),
        ("binary", {"label": ["1"] * 9}, "", "the labels are all of one class"),
        (
            "binary",
            {"label": [None] * 9},
            "",
            "no row of the window or the reference has prediction and label",
        ),
        ("multiclass", {}, "prediction", "there are no predictions"),
        ("regression", {}, "prediction", "there are no predictions"),
    ],
)
def test_why_there_is_no_performance(task: str, changes: dict[str, Any], without: str, reason: str) -> None:
    assert labelled(tables(task, {**rows(9, task), **changes}, without), asked(task)) == reason


def test_scores_alone_are_enough_for_two_classes() -> None:
    found = labelled(tables("binary", rows(50, seed=2), "prediction"), asked("binary"))
    assert not isinstance(found, str)
