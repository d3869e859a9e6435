"""Estimated performance: calibration against scikit-learn, estimates against what then came true."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from core.domain import Measurement, Profile, Reference, Role, Segment
from core.metrics import estimation
from core.metrics.measure import bands, calibrate, measure
from core.metrics.outcomes import Outcomes
from core.spec import MonitorSpec
from tests.builders import Table, profile_of, reference_of, spec_of, texts


def table(n: int, seed: int, *, shift: float = 0.0, overconfident: float = 1.0) -> Table:
    """Rows of a model whose log-odds are right up to a factor ``overconfident``."""
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.5, size=n)
    labels = rng.random(n) < 1 / (1 + np.exp(-x))
    scores = 1 / (1 + np.exp(-overconfident * x))
    return Table(scores={"score": scores}, prediction=texts(scores >= 0.5), label=texts(labels))


def pinned(n: int = 20_000, *, overconfident: float = 1.0) -> tuple[MonitorSpec, Reference]:
    rows = table(n, 1, overconfident=overconfident)
    spec = spec_of(rows, rows=2000)
    return spec, reference_of(rows, spec)


def performance(
    profile: Profile, spec: MonitorSpec, reference: Reference
) -> dict[tuple[str, bool], Measurement]:
    found = measure(profile, reference, spec, calibrate(reference, spec))
    return {(one.metric, one.estimated): one for one in found if one.role is Role.PERFORMANCE}


def test_calibration_is_scikit_learns_isotonic_regression() -> None:
    _spec, reference = pinned(5000)
    cells = reference.profile.outcomes
    assert cells is not None
    scored = Outcomes.of(cells).scored("1")
    mine = estimation.fit(scored)
    assert mine is not None
    rows = scored.positives + scored.negatives
    theirs = IsotonicRegression(out_of_bounds="clip").fit(
        scored.mean_scores, scored.positives / rows, sample_weight=rows
    )
    probe = np.linspace(-0.1, 1.1, 301)
    assert mine(probe) == pytest.approx(theirs.predict(probe), abs=1e-9)


@pytest.mark.parametrize("overconfident", [0.5, 1.0, 3.0])
def test_estimates_come_true_under_covariate_shift(overconfident: float) -> None:
    spec, reference = pinned(overconfident=overconfident)
    now = profile_of(table(20_000, 2, shift=-1.0, overconfident=overconfident), reference, spec)
    found = performance(now, spec, reference)
    for metric, bound in (("roc_auc", 0.012), ("accuracy", 0.012)):
        estimated, measured = found[metric, True], found[metric, False]
        assert estimated.value == pytest.approx(measured.value, abs=bound)
        assert estimated.n == measured.n == 20_000
        assert "not valid under concept drift" in estimated.method


def test_estimates_are_blind_to_concept_drift() -> None:
    """What the page says beside every estimate, demonstrated: labels turn, the estimate does not move."""
    spec, reference = pinned()
    rows = table(5000, 3)
    assert rows.label is not None
    turned = replace(
        rows, label=np.array([{"0": "1", "1": "0"}[label] for label in rows.label], dtype=object)
    )
    found = performance(profile_of(turned, reference, spec), spec, reference)
    assert found["roc_auc", True].value == pytest.approx(0.814, abs=0.02)
    assert found["roc_auc", False].value == pytest.approx(0.186, abs=0.03)


def test_the_interval_holds_what_comes_true() -> None:
    spec, reference = pinned(50_000)
    held = []
    for seed in range(60):
        rows = table(500, 100 + seed)
        found = performance(profile_of(rows, reference, spec), spec, reference)
        estimate, truth = found["accuracy", True], found["accuracy", False].value
        assert estimate.low is not None
        assert estimate.high is not None
        assert truth is not None
        held.append(estimate.low <= truth <= estimate.high)
    assert np.mean(held) >= 0.88


def test_estimates_share_the_band_of_the_measured() -> None:
    spec, reference = pinned()
    band = bands(reference, spec)["roc_auc", Role.PERFORMANCE, None, Segment()]
    assert band.n_windows == 10
    assert band.mean == pytest.approx(0.814, abs=0.01)


@pytest.mark.parametrize("label", ["0", "1", None])
def test_a_reference_with_one_class_or_none_calibrates_nothing(label: str | None) -> None:
    rows = table(500, 4)
    rows = replace(rows, label=np.array([label] * 500, dtype=object))
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    assert calibrate(reference, spec) is None
    assert not any(one.estimated for one in measure(reference.profile, reference, spec, None))


def test_rows_without_a_score_are_not_estimated() -> None:
    spec, reference = pinned()
    rows = table(400, 5)
    half = rows.scores["score"].copy()
    half[:100] = np.nan
    found = performance(profile_of(replace(rows, scores={"score": half}), reference, spec), spec, reference)
    assert found["roc_auc", True].n == 300
    none = profile_of(replace(rows, scores={"score": np.full(400, np.nan)}), reference, spec)
    assert performance(none, spec, reference)["roc_auc", True].reason == "no score column"


def test_chances_of_nothing_are_one_class() -> None:
    calibration = estimation.Calibration(np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    rows = table(50, 6)
    spec = spec_of(rows)
    cells = profile_of(rows, reference_of(rows, spec), spec).outcomes
    assert cells is not None
    found = dict(estimation.readings(Outcomes.of(cells), calibration, "1", has_prediction=True))
    assert {found[metric].reason for metric in ("roc_auc", "average_precision", "recall")} == {"one class"}
    assert found["specificity"].value == found["accuracy"].value
