"""Hourly bike rentals of 2011 (Fanaee-T & Gama, UCI), a forest trained on January.

Evidently's tutorial "Monitoring a bike sharing demand model" shows the story; the numbers were recomputed
from the file: quiet in the first week, biased low in the third.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor

from core.domain import Measurement, Role, Task
from core.metrics.measure import measure
from tests.builders import Table, profile_of, reference_of, spec_of
from tests.golden.provenance import golden

FEATURES = ["temp", "atemp", "hum", "windspeed", "hr", "weekday", "season", "holiday", "workingday"]
WEEKS = [("2011-01-29", "2011-02-07"), ("2011-02-07", "2011-02-14"), ("2011-02-15", "2011-02-21")]
BIAS = [-6.14, -9.53, -22.49]
MAE = [13.38, 14.98, 24.69]
TARGET_P = [0.65, 0.012, 2e-6]


@pytest.fixture(scope="module")
def weeks(shared_data: Path) -> list[dict[tuple[str, Role], Measurement]]:
    rows = pd.read_parquet(shared_data / "bike_sharing_hourly.parquet").set_index("timestamp").sort_index()
    january = rows["2011-01-01":"2011-01-28"]
    assert len(january) == 618
    forest = RandomForestRegressor(random_state=0, n_estimators=50).fit(january[FEATURES], january["cnt"])

    def table(part: pd.DataFrame) -> Table:
        return Table(prediction=forest.predict(part[FEATURES]), label=part["cnt"].to_numpy(float))

    before = table(january)
    spec = spec_of(before, task=Task.REGRESSION)
    reference = reference_of(before, spec)
    return [
        {
            (one.metric, one.role): one
            for one in measure(profile_of(table(rows[start:end]), reference, spec), reference, spec, None)
        }
        for start, end in WEEKS
    ]


@golden("bias", "mae", source="Evidently, tutorial “Monitoring a bike sharing demand model”")
def test_bias_and_absolute_error(weeks: list[dict[tuple[str, Role], Measurement]]) -> None:
    bias = [week["bias", Role.PERFORMANCE].value for week in weeks]
    mae = [week["mae", Role.PERFORMANCE].value for week in weeks]
    assert bias == pytest.approx(BIAS, abs=0.01)
    assert mae == pytest.approx(MAE, abs=0.01)


@golden("ks", source="Evidently, tutorial “Monitoring a bike sharing demand model”")
def test_the_target_drifts_week_by_week(weeks: list[dict[tuple[str, Role], Measurement]]) -> None:
    found = [week["ks", Role.LABEL].p_value for week in weeks]
    assert np.log10(found) == pytest.approx(np.log10(TARGET_P), abs=0.35)
