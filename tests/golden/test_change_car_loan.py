"""The published car loan data: the explanations of the windows that alarm name the columns that drifted.

NannyML's documentation names them for windows 5 to 9: car_value, loan_length, salary_range and
repaid_loan_on_prev_car; debt_to_income_ratio, driver_tenure and size_of_downpayment did not drift.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.config import Workspace, create_workspace
from core.logs.upload import Upload, sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0

SPEC = """
model: car-loan
task: binary
positive: 1
columns: {id: id, timestamp: timestamp, prediction: y_pred, score: y_pred_proba, label: repaid}
features:
  numeric: [car_value, debt_to_income_ratio, loan_length, driver_tenure]
  categorical: [salary_range, repaid_loan_on_prev_car, size_of_downpayment]
window: {rows: 5000}
"""
DRIFTED = {"car_value", "loan_length", "salary_range", "repaid_loan_on_prev_car"}
LATER = range(5, 10)


@pytest.fixture(scope="module")
def car_loan(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trimtab]:
    folder = tmp_path_factory.mktemp("car_loan")
    rows = pd.read_parquet(shared_data / "nannyml_car_loan.parquet")
    rows["id"] = rows.index.astype(str)

    def upload(period: str) -> Upload:
        path = folder / f"{period}.parquet"
        rows[rows["period"] == period].drop(columns="period").to_parquet(path)
        return sniff(path)

    trimtab = Trimtab(
        settings=create_workspace(Workspace(folder / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(None),
        registries={"local": FakeRegistry()},
        clock=FixedClock(DAY_0 + timedelta(days=3000)),
    )
    trimtab.watch(SPEC, reference=upload("reference"))
    trimtab.ingest("car-loan", upload("analysis"), kind="predictions")
    trimtab.monitor("car-loan")
    yield trimtab
    trimtab.close()


@pytest.mark.slow
def test_the_windows_that_alarm_name_what_drifted(car_loan: Trimtab) -> None:
    for index in LATER:
        found = car_loan.change("car-loan", after=str(index), metric="accuracy")
        assert found.change is not None
        assert not found.change.may_be_chance
        moved = {one.column for one in found.columns if one.mix.p_value * len(found.columns) < 0.01}
        assert moved <= DRIFTED
        assert "repaid_loan_on_prev_car" in moved
        clause = next(one for one in found.story if one.kind == "mix")
        assert clause.segment is not None
        assert clause.segment.as_dict() == {"repaid_loan_on_prev_car": "1"}
        assert "because more rows come from repaid_loan_on_prev_car = 1" in found.sentence
        assert sum(one.value for one in found.story) == pytest.approx(found.change.value, abs=1e-9)
        accused = {column for one in found.found for column, _ in one.segment.pairs}
        assert accused & DRIFTED


@pytest.mark.slow
def test_the_windows_before_are_left_to_chance(car_loan: Trimtab) -> None:
    for index in range(5):
        found = car_loan.change("car-loan", after=str(index))
        assert found.found == ()
        assert "chance may explain it" in found.sentence


@pytest.mark.slow
def test_without_labels_the_same_column_is_named(car_loan: Trimtab) -> None:
    view = car_loan.change("car-loan", before="2", after="7")
    assert view.change is not None
    assert view.change.value < -0.01
    assert any(one.kind == "mix" for one in view.story)
