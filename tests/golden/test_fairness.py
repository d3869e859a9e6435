"""Fairness numbers that others published for public data, recomputed from the files.

Sources: Larson et al. (2016), "How We Analyzed the COMPAS Recidivism Algorithm", ProPublica (confusion
counts by race); Kamiran & Calders and AIF360's tutorials for german credit and adult income (their
signed mean difference is the negative); Fox & Weisberg, carData::Arrests, for Toronto.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.domain import Measurement, Segment
from core.metrics.measure import measure_fairness
from tests.builders import Table, profile_of, reference_of, spec_of, texts
from tests.golden.provenance import golden


def fairness(
    rows: Table, by: tuple[str, ...], against: str | None = None
) -> dict[tuple[str, Segment], Measurement]:
    spec = spec_of(rows)
    profile = profile_of(rows, reference_of(rows, spec), spec)
    found = measure_fairness(profile, by, spec, against=against)
    keyed = {(one.metric, one.segment): one for one in found}
    assert len(keyed) == len(found)
    return keyed


def value(found: dict[tuple[str, Segment], Measurement], metric: str, **group: str) -> float:
    one = found[metric, Segment.of(group)]
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.value <= one.high
    return one.value


@pytest.fixture(scope="module")
def compas(shared_data: Path) -> Table:
    rows = pd.read_parquet(shared_data / "compas_two_years.parquet")
    return Table(
        prediction=texts(rows["score_text"] != "Low"),
        label=texts(rows["two_year_recid"]),
        groups={"race": rows["race"].to_numpy(object), "sex": rows["sex"].to_numpy(object)},
    )


@golden(
    "false_positive_rate", "false_negative_rate", "true_positive_rate", "precision", "accuracy",
    source="Larson et al. (2016), How We Analyzed the COMPAS Recidivism Algorithm, ProPublica",
)  # fmt: skip
def test_compas_error_rates_by_race(compas: Table) -> None:
    found = fairness(compas, ("race",))
    for race, tn, fp, fn, tp in (
        ("African-American", 990, 805, 532, 1369),
        ("Caucasian", 1139, 349, 461, 505),
    ):
        assert value(found, "false_positive_rate", race=race) == pytest.approx(fp / (fp + tn), abs=1e-9)
        assert value(found, "false_negative_rate", race=race) == pytest.approx(fn / (fn + tp), abs=1e-9)
        assert value(found, "true_positive_rate", race=race) == pytest.approx(tp / (fn + tp), abs=1e-9)
        assert value(found, "precision", race=race) == pytest.approx(tp / (fp + tp), abs=1e-9)
        assert value(found, "accuracy", race=race) == pytest.approx((tp + tn) / (tn + fp + fn + tp), abs=1e-9)
        assert found["false_positive_rate", Segment.of({"race": race})].n == tn + fp
        assert found["selection_rate", Segment.of({"race": race})].n == tn + fp + fn + tp
    assert value(found, "false_positive_rate", race="African-American") == pytest.approx(0.448468, abs=1e-6)
    assert value(found, "false_negative_rate", race="Caucasian") == pytest.approx(0.477226, abs=1e-6)
    assert found["selection_rate", Segment.of({"race": "Native American"})].n == 18
    assert found["selection_rate", Segment.of({"race": "Asian"})].n == 32


def test_compas_gaps_are_those_of_the_extreme_groups(compas: Table) -> None:
    found = fairness(compas, ("race",))
    for gap, rates in (
        ("demographic_parity", ["selection_rate"]),
        ("equal_opportunity", ["true_positive_rate"]),
        ("equalized_odds", ["true_positive_rate", "false_positive_rate"]),
    ):
        by_rate = [
            [one.value for (metric, _), one in found.items() if metric == rate and one.value is not None]
            for rate in rates
        ]
        differences = [max(values) - min(values) for values in by_rate]
        ratios = [min(values) / max(values) for values in by_rate]
        assert value(found, f"{gap}_difference") == pytest.approx(max(differences), abs=1e-12)
        assert value(found, f"{gap}_ratio") == pytest.approx(min(ratios), abs=1e-12)
    assert found["demographic_parity_ratio", Segment()].feature == "race"
    assert found["demographic_parity_ratio", Segment()].n == 7214


def test_crossed_columns_give_intersections_only(compas: Table) -> None:
    found = fairness(compas, ("race", "sex"))
    groups = {segment for _, segment in found if segment.pairs}
    assert all(len(segment.pairs) == 2 for segment in groups)
    assert found["demographic_parity_ratio", Segment()].feature == "race,sex"


@golden(
    "demographic_parity_difference", "demographic_parity_ratio", "selection_rate_difference",
    "selection_rate_ratio",
    source="AIF360's tutorial on German credit",
)  # fmt: skip
def test_german_credit_by_age(shared_data: Path) -> None:
    rows = pd.read_parquet(shared_data / "german_credit.parquet")
    for border, difference in ((rows["age"] > 25, 0.149448), (rows["age"] >= 25, 0.128550)):
        groups = {"age": np.where(border, "old", "young").astype(object)}
        found = fairness(Table(prediction=texts(rows["good_credit"]), groups=groups), ("age",), against="old")
        assert value(found, "demographic_parity_difference") == pytest.approx(difference, abs=1e-6)
        # The signed difference to a chosen group is AIF360's mean difference.
        assert value(found, "selection_rate_difference", age="young") == pytest.approx(-difference, abs=1e-6)
    old = rows["age"] > 25
    groups = {"age": np.where(old, "old", "young").astype(object)}
    found = fairness(Table(prediction=texts(rows["good_credit"]), groups=groups), ("age",), against="old")
    assert value(found, "demographic_parity_ratio") == pytest.approx(0.794826, abs=1e-6)
    assert value(found, "selection_rate_ratio", age="young") == pytest.approx(0.794826, abs=1e-6)


@golden(
    "demographic_parity_difference", "demographic_parity_ratio", source="AIF360's examples on adult income"
)
def test_adult_income_by_sex(shared_data: Path) -> None:
    rows = pd.read_parquet(shared_data / "adult.parquet")
    found = fairness(
        Table(prediction=texts(rows["income_gt_50k"]), groups={"sex": rows["sex"].to_numpy(object)}), ("sex",)
    )
    assert value(found, "demographic_parity_ratio") == pytest.approx(0.359655, abs=1e-6)
    assert value(found, "demographic_parity_difference") == pytest.approx(0.194516, abs=1e-6)


@golden("selection_rate", "demographic_parity_ratio", source="Fox & Weisberg, carData::Arrests")
def test_toronto_arrests(shared_data: Path) -> None:
    rows = pd.read_parquet(shared_data / "arrests_toronto.parquet")
    table = Table(
        prediction=texts(rows["released"] == "Yes"),
        groups={"colour": rows["colour"].to_numpy(object), "sex": rows["sex"].to_numpy(object)},
    )
    found = fairness(table, ("colour",))
    assert value(found, "selection_rate", colour="Black") == pytest.approx(0.741460, abs=1e-6)
    assert value(found, "selection_rate", colour="White") == pytest.approx(0.858050, abs=1e-6)
    ratio = found["demographic_parity_ratio", Segment()]
    assert value(found, "demographic_parity_ratio") == pytest.approx(0.864122, abs=1e-6)
    assert ratio.low is not None
    assert ratio.low > 0.8
    crossed = fairness(table, ("colour", "sex"))
    assert value(crossed, "selection_rate", colour="Black", sex="Female") == pytest.approx(
        0.8194444, abs=1e-6
    )
    assert ("true_positive_rate", Segment.of({"colour": "Black"})) not in found
