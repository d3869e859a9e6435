"""NannyML's univariate drift and performance calculators with default methods and thresholds on a case."""

from tests.bench.cases import Answer, Case, run


def judge(case: Case) -> Answer:
    import nannyml
    import pandas as pd

    before, now = pd.read_parquet(case.reference), pd.read_parquet(case.current)
    targets = [name for name in (case.label, case.prediction) if name]
    categorical = [*case.categorical, *targets]
    names = [*case.numeric, *([case.score] if case.score else []), *categorical]
    drift = nannyml.UnivariateDriftCalculator(
        column_names=names, treat_as_categorical=categorical, chunk_size=case.rows
    )
    found = drift.fit(before).calculate(now).filter(period="analysis").to_df()
    n_windows = len(now) // case.rows
    flagged: list[set[str]] = [set() for _ in range(n_windows)]
    for name in names:
        for method in {place[1] for place in found.columns if place[0] == name}:
            for window, alert in enumerate(found[name, method, "alert"].tolist()[:n_windows]):
                if alert:
                    flagged[window].add(name)
    if case.label and case.score:
        performance = nannyml.PerformanceCalculator(
            problem_type="classification_binary",
            y_true=case.label,
            y_pred=case.prediction,
            y_pred_proba=case.score,
            metrics=["roc_auc", "accuracy"],
            chunk_size=case.rows,
        )
        realised = performance.fit(before).calculate(now).filter(period="analysis").to_df()
        for metric in ("roc_auc", "accuracy"):
            for window, alert in enumerate(realised[metric, "alert"].tolist()[:n_windows]):
                if alert:
                    flagged[window].add("performance")
    return Answer(flagged=[sorted(names) for names in flagged])


if __name__ == "__main__":
    run(judge)
