"""NannyML: its univariate drift calculator with default methods, chunked by itself, and its performance."""

from tests.bench.columns import CATEGORICAL, LABEL, NUMERIC, PREDICTION, SCORE, TIME
from tests.bench.stopwatch import Job, Stopwatch, run


def work(job: Job, watch: Stopwatch) -> None:
    with watch.step("import"):
        import nannyml
        import pandas as pd
    with watch.step("load"):
        before, now = pd.read_parquet(job.reference), pd.read_parquet(job.current)
    chunks = {"chunk_period": "D", "timestamp_column_name": TIME} if job.by_day else {"chunk_number": 1}
    with watch.step("drift"):
        drift = nannyml.UnivariateDriftCalculator(
            column_names=[*NUMERIC, *CATEGORICAL], treat_as_categorical=list(CATEGORICAL), **chunks
        )
        found = drift.fit(before).calculate(now)
    if job.by_day:
        with watch.step("performance"):
            performance = nannyml.PerformanceCalculator(
                problem_type="classification_binary",
                y_true=LABEL,
                y_pred=PREDICTION,
                y_pred_proba=SCORE,
                metrics=["roc_auc", "accuracy", "precision", "recall", "f1", "specificity"],
                **chunks,
            )
            performance.fit(before).calculate(now)
    watch.facts["windows"] = len(found.filter(period="analysis").to_df())


if __name__ == "__main__":
    run(work)
