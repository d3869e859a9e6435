"""Rates by group, by intersection, and the gaps between groups against fairlearn 0.15, to 1e-9."""

from collections.abc import Mapping, Sequence
from types import ModuleType

import numpy as np
import pytest
from sklearn import metrics as sk

from core.domain import Segment, Task
from core.metrics.fairness import COMPARED
from core.metrics.measure import measure_fairness
from tests.builders import Table, profile_of, reference_of, spec_of
from tests.golden.both_ways import Measured
from tests.golden.provenance import golden

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate")
GAPS = ("demographic_parity", "equal_opportunity", "equalized_odds")
BY = [("sex",), ("region",), ("sex", "region")]


@pytest.fixture(scope="module")
def fairlearn() -> ModuleType:
    # Late: it takes seconds to import.
    import fairlearn.metrics

    return fairlearn.metrics


def columns(measured: Measured, by: Sequence[str], *, labelled: bool) -> dict[str, object]:
    """What fairlearn is given: labels and calls as numbers, groups as columns."""
    rows = measured.current
    label = rows["label"]
    known = np.array([not labelled or one is not None for one in label.tolist()])
    return {
        "y_true": np.array([int(one or 0) for one in label[known].tolist()]),
        "y_pred": rows["prediction"][known].astype(int),
        "sensitive_features": {name: rows[f"{name}_group"][known] for name in by},
    }


def by_group(
    fairlearn: ModuleType, measured: Measured, metric: str, by: Sequence[str]
) -> Mapping[Segment, float]:
    """fairlearn's rate of every group, unlabelled rows counting for the selection rate only."""
    own = {"precision": sk.precision_score, "accuracy": sk.accuracy_score}
    function = own.get(metric) or getattr(fairlearn, metric)
    given = columns(measured, by, labelled=metric != "selection_rate")
    found = fairlearn.MetricFrame(metrics=function, **given).by_group
    keys = [name if isinstance(name, tuple) else (name,) for name in found.index]
    return {
        Segment.of(dict(zip(by, key, strict=True))): float(value)
        for key, value in zip(keys, found, strict=True)
    }


@golden(*RATES, "precision", "accuracy", source="fairlearn 0.15 MetricFrame.by_group")
@pytest.mark.parametrize("by", BY, ids=",".join)
def test_rates_by_group(binary: Measured, fairlearn: ModuleType, by: tuple[str, ...]) -> None:
    crossed = binary.crossed(by)
    for metric in (*RATES, "precision", "accuracy"):
        for segment, expected in by_group(fairlearn, binary, metric, by).items():
            found = [crossed[metric, None, segment, False].value]
            if len(by) == 1:
                found += binary.values(metric, None, segment)
            assert found == pytest.approx([expected] * len(found), abs=1e-9), (metric, segment)


@golden(
    *(f"{gap}_{kind}" for gap in GAPS for kind in ("difference", "ratio")),
    source="fairlearn 0.15, its function of the same name",
)
@pytest.mark.parametrize("kind", ["difference", "ratio"])
@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("by", BY, ids=",".join)
def test_gaps_between_groups(
    binary: Measured, fairlearn: ModuleType, by: tuple[str, ...], gap: str, kind: str
) -> None:
    function = getattr(fairlearn, f"{gap}_{kind}")
    expected = function(**columns(binary, by, labelled=gap != "demographic_parity"))
    name = ",".join(by)
    found = [binary.crossed(by)[f"{gap}_{kind}", name, Segment(), False].value]
    if len(by) == 1:
        found += binary.values(f"{gap}_{kind}", name)
    assert found == pytest.approx([expected] * len(found), abs=1e-9)


@golden(
    "mae", "bias", "mae_difference", "mae_ratio", "bias_difference",
    source="fairlearn 0.15 MetricFrame.by_group of scikit-learn's mean_absolute_error and of the mean error",
)  # fmt: skip
def test_errors_of_a_regression_model_by_group(regression: Measured, fairlearn: ModuleType) -> None:
    rows = regression.current
    known = ~np.isnan(rows["label"].astype(float))
    given = {
        "y_true": rows["label"][known].astype(float),
        "y_pred": rows["prediction"][known].astype(float),
        "sensitive_features": rows["sex_group"][known],
    }
    functions = {
        "mae": sk.mean_absolute_error,
        "bias": lambda y_true, y_pred: float(np.mean(np.asarray(y_pred) - np.asarray(y_true))),
    }
    found = regression.crossed(("sex",), against="m")
    for metric, function in functions.items():
        expected = fairlearn.MetricFrame(metrics=function, **given).by_group
        for group in ("f", "m"):
            segment = Segment.of({"sex": group})
            assert found[metric, None, segment, False].value == pytest.approx(expected[group], abs=1e-9)
        of_f, difference = Segment.of({"sex": "f"}), expected["f"] - expected["m"]
        assert found[f"{metric}_difference", None, of_f, False].value == pytest.approx(difference, abs=1e-9)
        if metric == "mae":
            ratio = expected["f"] / expected["m"]
            assert found["mae_ratio", None, of_f, False].value == pytest.approx(ratio, abs=1e-9)


@golden(
    *RATES, "precision", "accuracy",
    source="fairlearn 0.15 MetricFrame.by_group, each class against all others",
)  # fmt: skip
def test_each_of_several_classes_by_group(fairlearn: ModuleType) -> None:
    rng = np.random.default_rng(11)
    classes = np.array(["ant", "bee", "cat"], dtype=object)
    label = rng.choice(classes, 900, p=[0.5, 0.3, 0.2])
    predicted = np.where(rng.random(900) < 0.4, rng.choice(classes, 900), label)
    sex = rng.choice(np.array(["f", "m"], dtype=object), 900)
    rows = Table(prediction=predicted, label=label, groups={"sex": sex})
    spec = spec_of(rows, task=Task.MULTICLASS)
    profile = profile_of(rows, reference_of(rows, spec), spec)
    for name in classes:
        found = {
            (one.metric, one.segment): one.value
            for one in measure_fairness(profile, ("sex",), spec, of_class=name)
        }
        given = {"y_true": label == name, "y_pred": predicted == name, "sensitive_features": sex}
        for metric in (*RATES, "precision"):
            function = sk.precision_score if metric == "precision" else getattr(fairlearn, metric)
            expected = fairlearn.MetricFrame(metrics=function, **given).by_group
            for group in ("f", "m"):
                value = found[metric, Segment.of({"sex": group})]
                assert value == pytest.approx(float(expected[group]), abs=1e-9), (name, metric, group)
        gap = fairlearn.demographic_parity_ratio(**given)
        assert found["demographic_parity_ratio", Segment()] == pytest.approx(gap, abs=1e-9)


@golden(
    *(f"{rate}_{kind}" for rate in COMPARED for kind in ("difference", "ratio")),
    source="fairlearn 0.15 MetricFrame.by_group, minus and over the chosen group",
)
@pytest.mark.parametrize("metric", COMPARED)
def test_every_group_against_a_chosen_one(binary: Measured, fairlearn: ModuleType, metric: str) -> None:
    by, chosen = ("sex", "region"), ("m", "north")
    base = Segment.of(dict(zip(by, chosen, strict=True)))
    found, rates = binary.crossed(by, against=",".join(chosen)), by_group(fairlearn, binary, metric, by)
    for segment in rates.keys() - {base}:
        difference = found[f"{metric}_difference", None, segment, False].value
        ratio = found[f"{metric}_ratio", None, segment, False].value
        assert difference == pytest.approx(rates[segment] - rates[base], abs=1e-9)
        assert ratio == pytest.approx(rates[segment] / rates[base], abs=1e-9)
