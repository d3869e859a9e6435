"""Evidently's drift preset with its default tests on every window of a case, the label among the columns."""

from tests.bench.cases import Answer, Case, run


def judge(case: Case) -> Answer:
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    before, now = pd.read_parquet(case.reference), pd.read_parquet(case.current)
    targets = [name for name in (case.label, case.prediction) if name]
    numeric = [*case.numeric, *([case.score] if case.score else [])]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=[*case.categorical, *targets])
    names = [*numeric, *case.categorical, *targets]
    reference = Dataset.from_pandas(before[names], definition)
    flagged, dataset = [], []
    for start in range(0, len(now), case.rows):
        window = Dataset.from_pandas(now[names].iloc[start : start + case.rows], definition)
        count, *columns = Report([DataDriftPreset()]).run(window, reference).dict()["metrics"]
        dataset.append(count["value"]["share"] >= count["config"]["drift_share"])
        flagged.append(sorted(one["config"]["column"] for one in columns if _has_drifted(one)))
    return Answer(flagged=flagged, dataset=dataset)


def _has_drifted(metric: dict) -> bool:
    """A p value drifts below its threshold, a distance from it on."""
    value, threshold = metric["value"], metric["config"]["threshold"]
    return value < threshold if "p_value" in metric["config"]["method"] else value >= threshold


if __name__ == "__main__":
    run(judge)
