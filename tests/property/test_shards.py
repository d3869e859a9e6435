"""Rows spread over processes and days: their profiles, added in any order, are the profile of all rows."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.domain import Task
from core.profiles.merge import merge, merge_all
from tests.property.shards import profiled, rows_of
from tests.property.windowed import N_WINDOWS, assert_same

N_ROWS = 2_000
N_PROCESSES = 3


@pytest.mark.slow
def test_profiles_of_processes_and_days_are_the_profile_of_all_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    # Spawned, so that nothing of this process's DuckDB is in the others.
    apart = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(N_PROCESSES, mp_context=apart) as pool:
        jobs = {}
        for task in Task:
            shard = rng.integers(0, N_PROCESSES, N_ROWS)
            rows = rows_of(task, N_ROWS)
            for k in range(N_PROCESSES):
                own = [row for row, at in zip(rows, shard, strict=True) if at == k]
                jobs[task, k] = pool.submit(profiled, tmp_path / f"{task}{k}.duckdb", task, own)
        for task in Task:
            digest, (whole,) = profiled(
                tmp_path / f"{task}.duckdb", task, rows_of(task, N_ROWS), together=True
            )
            found = [jobs[task, k].result() for k in range(N_PROCESSES)]
            assert {pinned for pinned, _ in found} == {digest}
            parts = [part for _, own in found for part in own]
            assert len(parts) == N_PROCESSES * N_WINDOWS
            assert whole.n == N_ROWS
            for _ in range(2):
                order = [parts[at] for at in rng.permutation(len(parts))]
                one_by_one = order[0]
                for part in order[1:]:
                    one_by_one = merge(one_by_one, part)
                assert_same(merge_all(order), whole)
                assert_same(one_by_one, whole)
