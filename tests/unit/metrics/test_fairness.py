"""Rates by group against scikit-learn on each group; gaps by hand; what happens to groups without rows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from core.domain import Measurement, Role, Segment, Task
from core.metrics import fairness
from core.metrics.measure import bands, measure, measure_fairness
from tests.builders import Table, profile_of, reference_of, spec_of, texts


def table(n: int = 800, seed: int = 1) -> Table:
    rng = np.random.default_rng(seed)
    return Table(
        prediction=texts(rng.random(n) < 0.4),
        label=texts(rng.random(n) < 0.5),
        groups={
            "sex": rng.choice(np.array(["f", "m"], dtype=object), n),
            "age": rng.choice(np.array(["old", "young", "(missing)"], dtype=object), n, p=[0.6, 0.3, 0.1]),
        },
    )


def measured(rows: Table, **kwargs: object) -> dict[tuple[str, str | None, Segment], Measurement]:
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    found = measure(profile_of(rows, reference, spec), reference, spec, None)
    return {(one.metric, one.feature, one.segment): one for one in found if one.role is Role.FAIRNESS}


def test_rates_of_a_group_are_scikit_learns() -> None:
    rows = table()
    assert rows.label is not None
    assert rows.prediction is not None
    found = measured(rows)
    for group in ("old", "young", "(missing)"):
        inside = rows.groups["age"] == group
        labels, called = rows.label[inside].astype(int), rows.prediction[inside].astype(int)
        tn, fp, fn, tp = sk.confusion_matrix(labels, called).ravel()
        expected = {
            "selection_rate": called.mean(),
            "true_positive_rate": tp / (tp + fn),
            "false_positive_rate": fp / (fp + tn),
            "false_negative_rate": fn / (fn + tp),
            "precision": sk.precision_score(labels, called),
            "accuracy": sk.accuracy_score(labels, called),
        }
        for metric, value in expected.items():
            assert found[metric, None, Segment.of({"age": group})].value == pytest.approx(value, abs=1e-12)


def test_errors_against_a_chosen_group_are_those_of_scipy() -> None:
    """``mean_difference`` is Welch's t interval; ``mean_ratio`` by hand."""
    rng = np.random.default_rng(8)
    errors = np.abs(rng.normal(size=60)), np.abs(rng.normal(0, 2, 90))
    sums = [value for own in errors for value in (own.sum(), (own**2).sum(), len(own))]
    found = fairness.mean_difference(*sums)
    told = stats.ttest_ind(*errors, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(errors[0].mean() - errors[1].mean(), abs=1e-12)
    assert (found.low, found.high) == pytest.approx((told.low, told.high), abs=1e-9)
    ratio = fairness.mean_ratio(*sums)
    assert ratio.value == pytest.approx(errors[0].mean() / errors[1].mean(), abs=1e-12)
    assert fairness.mean_difference(1.0, 1.0, 1, 3.0, 5.0, 2).reason == "not enough data"
    assert fairness.mean_ratio(0.0, 0.0, 5, 3.0, 5.0, 2).reason == "not enough data"


def test_every_sensitive_column_has_its_gaps() -> None:
    found = measured(table())
    gaps = {(metric, feature) for metric, feature, segment in found if not segment.pairs}
    assert gaps == {
        (f"{gap}_{kind}", column)
        for gap in ("demographic_parity", "equal_opportunity", "equalized_odds")
        for kind in ("difference", "ratio")
        for column in ("sex", "age")
    }


def test_crossed_counts_add_up_to_the_margins() -> None:
    rows = table()
    spec = spec_of(rows)
    profile = profile_of(rows, reference_of(rows, spec), spec)
    crossed = measure_fairness(profile, ("age", "sex"), spec)
    margin = measure_fairness(profile, ("sex",), spec)
    for sex in ("f", "m"):
        parts = [
            m.n for m in crossed if m.metric == "selection_rate" and m.segment.as_dict().get("sex") == sex
        ]
        whole = [
            m.n for m in margin if m.metric == "selection_rate" and m.segment == Segment.of({"sex": sex})
        ]
        assert [sum(parts)] == whole


def test_against_a_crossed_group_and_against_nobody() -> None:
    rows = table()
    spec = spec_of(rows)
    profile = profile_of(rows, reference_of(rows, spec), spec)
    found = measure_fairness(profile, ("age", "sex"), spec, against="old,m")
    signed = [one for one in found if one.metric == "selection_rate_difference"]
    assert len(signed) == 5
    assert Segment.of({"age": "old", "sex": "m"}) not in {one.segment for one in signed}
    nobody = measure_fairness(profile, ("sex",), spec, against="x")
    assert not [one for one in nobody if one.metric == "selection_rate_difference"]


def test_a_column_that_is_not_sensitive_is_refused() -> None:
    rows = table()
    spec = spec_of(rows)
    with pytest.raises(ValueError, match="shoe"):
        measure_fairness(profile_of(rows, reference_of(rows, spec), spec), ("shoe",), spec)


def test_without_labels_only_selection_is_known() -> None:
    rows = table()
    nothing = replace(rows, label=np.array([None] * 800, dtype=object))
    found = measured(nothing)
    assert found["selection_rate", None, Segment.of({"sex": "f"})].value is not None
    assert found["true_positive_rate", None, Segment.of({"sex": "f"})].reason == "no labels yet"
    assert found["equalized_odds_ratio", "sex", Segment()].reason == "no labels yet"
    assert found["demographic_parity_ratio", "sex", Segment()].value is not None
    assert not any(metric == "accuracy" for metric, _, _ in measured(replace(rows, label=None)))


def test_one_group_has_no_gap() -> None:
    rows = replace(table(), groups={"sex": np.array(["f"] * 800, dtype=object)})
    found = measured(rows)
    assert found["demographic_parity_difference", "sex", Segment()].reason == "not enough data"
    assert found["selection_rate", None, Segment.of({"sex": "f"})].n == 800


def test_a_group_with_one_class_of_labels() -> None:
    rows = Table(
        prediction=np.array(["1", "0", "1", "0"], dtype=object),
        label=np.array(["1", "0", "0", "0"], dtype=object),
        groups={"g": np.array(["a", "a", "b", "b"], dtype=object)},
    )
    found = measured(rows)
    assert found["true_positive_rate", None, Segment.of({"g": "b"})].reason == "one class"
    assert found["false_positive_rate", None, Segment.of({"g": "b"})].value == 0.5
    # Of the two groups only one has the rate: nothing to compare.
    assert found["equal_opportunity_difference", "g", Segment()].reason == "not enough data"
    assert found["equalized_odds_ratio", "g", Segment()].reason == "not enough data"


def test_nobody_selected_is_alike() -> None:
    nobody = (np.array([0.0, 0.0]), np.array([50.0, 70.0]))
    assert fairness.ratio([nobody]).value == 1.0
    assert fairness.difference([nobody]).value == 0.0


def test_nobody_selected_in_one_group() -> None:
    found = fairness.ratio([(np.array([0.0, 30.0]), np.array([50.0, 70.0]))])
    assert found.value == 0.0
    assert found.low == 0.0
    assert found.high is not None
    assert 0 < found.high < 0.5


def test_regression_has_errors_by_group() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(10, 2, 400)
    group = rng.choice(np.array(["a", "b"], dtype=object), 400)
    rows = Table(prediction=truth + np.where(group == "a", 1.0, -0.5), label=truth, groups={"g": group})
    spec = spec_of(rows, task=Task.REGRESSION)
    reference = reference_of(rows, spec)
    found = {
        (one.metric, str(one.segment)): one.value
        for one in measure(reference.profile, reference, spec, None)
        if one.role is Role.FAIRNESS
    }
    assert found == pytest.approx(
        {("mae", "g = a"): 1.0, ("bias", "g = a"): 1.0, ("mae", "g = b"): 0.5, ("bias", "g = b"): -0.5}
    )


def test_scores_are_checked_by_group_too() -> None:
    rng = np.random.default_rng(9)
    n = 4000
    group = rng.choice(np.array(["a", "b"], dtype=object), n)
    chance = rng.random(n)
    label = rng.random(n) < np.where(group == "a", chance, chance**2)
    rows = Table(
        scores={"s": chance}, prediction=texts(chance >= 0.5), label=texts(label), groups={"g": group}
    )
    found = measured(rows)
    fair = found["calibration_error", None, Segment.of({"g": "a"})]
    unfair = found["calibration_error", None, Segment.of({"g": "b"})]
    assert fair.value is not None
    assert unfair.low is not None
    assert fair.value < 0.04
    assert unfair.low > 0.12
    # Against the definition: ten score ranges on the rows of the group.
    inside = group == "b"
    place = np.ceil(chance[inside] * 10).astype(int)
    gaps = [
        abs(chance[inside][place == i].mean() - label[inside][place == i].mean()) * (place == i).mean()
        for i in range(1, 11)
    ]
    assert unfair.value == pytest.approx(sum(gaps), abs=1e-12)


def test_groups_have_bands() -> None:
    rows = table()
    spec = spec_of(rows, rows=100)
    found = bands(reference_of(rows, spec), spec)
    key = ("false_negative_rate", Role.FAIRNESS, None, Segment.of({"sex": "m"}))
    assert found[key].n_windows == 8
    assert found[key].mean == pytest.approx(0.6, abs=0.06)
