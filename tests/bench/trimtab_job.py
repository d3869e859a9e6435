"""Trimtab's own way: ``compare``, for one window or, with the spec's windows, for every day."""

from tests.bench.stopwatch import Job, Stopwatch, run


def work(job: Job, watch: Stopwatch) -> None:
    with watch.step("import"):
        from datetime import UTC, datetime

        # What is imported late: by the drift tests, and by DuckDB with the first parameter of a statement.
        import pandas as pd  # noqa: F401
        import scipy.special  # noqa: F401

        from core import comparison
        from core.logs.upload import sniff
        from tests.bench.made_rows import Rows, spec_text
    spec = spec_text(Rows(n=1, days=28 if job.by_day else 0, seed=0))
    with watch.step("drift"):
        found = comparison.compare(
            spec,
            sniff(job.reference),
            sniff(job.current),
            registries=("local",),
            policy=None,
            now=datetime.now(UTC),
            by_window=job.by_day,
        )
    watch.facts["windows"] = len({one.window.index for one in found.measurements})
    watch.facts["numbers"] = len(found.measurements)


if __name__ == "__main__":
    run(work)
