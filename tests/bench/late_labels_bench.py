"""How long does it take to judge again after late labels, with many rows stored?

    python -m tests.bench.late_labels_bench [--rows 10000000] [--days 28] [--labels 1000] [--touch 3]

Everything is judged once; then ``labels`` labels arrive for rows of ``touch`` windows, and what is timed
is the whole recompute: which windows are due, their profiles, measurements, verdicts, the record. Prints
median and longest of some runs, each with labels of other windows, and which windows were profiled.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from core.basis import Basis
from core.logs.ids import HASH, hash_of
from core.monitor import judge_due
from core.policy.policy_file import default_policy
from core.profiles import reference
from core.store import AnalyticsStore
from tests.bench import profile_bench as made

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def main() -> int:
    """Fill, judge, label late, judge again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--labels", type=int, default=1_000)
    parser.add_argument("--touch", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    spec, layout = made.bench_spec()
    policy = default_policy(spec.risk)
    with tempfile.TemporaryDirectory() as folder:
        store = AnalyticsStore.open(Path(folder) / "analytics.duckdb")
        with store.writing() as cursor:
            made.fill(cursor, layout, given.rows, given.days)
            basis = Basis.of(reference.pin(cursor, layout, spec, pinned_at=NOW), spec)
            judge_due(cursor, layout, spec, policy, basis, now=NOW)
        taken = []
        for run in range(given.repeat):
            first = (run * given.touch) % (given.days - given.touch)
            with store.writing() as cursor:
                touched = given.rows // given.days * first, given.rows // given.days * (first + given.touch)
                step = (touched[1] - touched[0]) // given.labels
                cursor.execute(
                    f"INSERT INTO {layout.labels} BY NAME SELECT 'r' || i AS row_id,"
                    f" {hash_of('row_id')} AS {HASH}, '1' AS label,"
                    f" {given.rows} + {run * given.labels} + row_number() OVER () AS arrival,"
                    f" 'late' AS batch_id FROM range({touched[0]}, {touched[1]}, {step}) t(i)"
                )
                cursor.execute("UPDATE model_state SET arrival = arrival + ?", [given.labels])
            begin = time.perf_counter()
            with store.writing() as cursor:
                judged = judge_due(cursor, layout, spec, policy, basis, now=NOW)
            assert judged is not None
            taken.append(time.perf_counter() - begin)
            sys.stdout.write(f"{taken[-1]:.2f} s, windows {[one.index for one in judged.windows]}\n")
        store.close()
    sys.stdout.write(f"median {median(taken):.2f} s, longest {max(taken):.2f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
