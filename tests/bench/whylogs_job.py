"""whylogs: a profile of the reference and of each window, and drift scores between them."""

from tests.bench.columns import CATEGORICAL, NUMERIC, TIME
from tests.bench.stopwatch import Job, Stopwatch, run


def work(job: Job, watch: Stopwatch) -> None:
    with watch.step("import"):
        import pandas as pd
        import whylogs
        from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores
    with watch.step("load"):
        before, now = pd.read_parquet(job.reference), pd.read_parquet(job.current)
    names = [*NUMERIC, *CATEGORICAL]
    with watch.step("drift"):
        reference = whylogs.log(pandas=before[names]).view()
        windows = [part for _, part in now.groupby(now[TIME].dt.date)] if job.by_day else [now]
        for window in windows:
            current = whylogs.log(pandas=window[names]).view()
            calculate_drift_scores(target_view=current, reference_view=reference, with_thresholds=True)
    watch.facts["windows"] = len(windows)


if __name__ == "__main__":
    run(work)
