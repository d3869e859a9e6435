"""Evidently: its drift preset on one window or on every day, and its classification preset where it can."""

from tests.bench.columns import CATEGORICAL, LABEL, NUMERIC, PREDICTION, SCORE, TIME
from tests.bench.stopwatch import Job, Stopwatch, run


def work(job: Job, watch: Stopwatch) -> None:
    with watch.step("import"):
        import pandas as pd
        from evidently import BinaryClassification, DataDefinition, Dataset, Report
        from evidently.presets import ClassificationPreset, DataDriftPreset
    with watch.step("load"):
        before, now = pd.read_parquet(job.reference), pd.read_parquet(job.current)
    features = {"numerical_columns": list(NUMERIC), "categorical_columns": list(CATEGORICAL)}
    drift = DataDefinition(**features)
    names = [*NUMERIC, *CATEGORICAL]
    with watch.step("drift"):
        windows = [part for _, part in now.groupby(now[TIME].dt.date)] if job.by_day else [now]
        reference = Dataset.from_pandas(before[names], drift)
        for window in windows:
            Report([DataDriftPreset()]).run(Dataset.from_pandas(window[names], drift), reference).dict()
    if job.by_day:
        roles = BinaryClassification(target=LABEL, prediction_labels=PREDICTION, prediction_probas=SCORE)
        outcomes = DataDefinition(classification=[roles], categorical_columns=[LABEL, PREDICTION])
        names = [LABEL, PREDICTION, SCORE]
        with watch.step("performance"):
            reference = Dataset.from_pandas(before[names], outcomes)
            for window in windows:
                current = Dataset.from_pandas(window[names], outcomes)
                Report([ClassificationPreset()]).run(current, reference).dict()
    watch.facts["windows"] = len(windows)


if __name__ == "__main__":
    run(work)
