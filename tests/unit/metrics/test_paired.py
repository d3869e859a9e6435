"""Two models on the same rows: against independent sums, published tables, scipy, and by simulation."""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.domain import Task
from core.metrics.fairness import GAPS
from core.metrics.paired import auc_difference, differences, share_difference
from core.metrics.paired_draws import Difference, of_groups, of_scores
from core.profiles.rows import Rows
from core.spec import MonitorSpec
from tests.unit.policy.made_facts import spec

BINARY = spec()
REGRESSION = spec(Task.REGRESSION, scores=False, sensitive=())
MULTICLASS = spec(Task.MULTICLASS, scores=False, sensitive=())


def rows(
    prediction: np.ndarray | None,
    label: np.ndarray | None,
    score: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> Rows:
    known = next(one for one in (prediction, label, score) if one is not None)
    return Rows(
        n=len(known),
        numeric={},
        categorical={},
        scores={} if score is None else {"s": score},
        prediction=prediction,
        label=label,
        groups={} if group is None else {"sex": group},
        latency_ms=None,
    )


def classes(flags: np.ndarray) -> np.ndarray:
    return np.where(flags, "1", "0").astype(object)


def pair(
    n: int, chance: np.random.Generator, *, noises: tuple[float, float] = (0.3, 0.8)
) -> tuple[Rows, Rows]:
    """Two classifiers of one truth, the second with more noise and less slope; two groups that differ."""
    group = chance.integers(0, 2, n)
    x = chance.normal(size=n) + 0.5 * group
    label = classes(chance.random(n) < 1 / (1 + np.exp(-2 * x)))
    found = []
    for noise, slope in ((0.3, 2.0), (0.8, 1.2)):
        score = 1 / (1 + np.exp(-slope * (x + noise * chance.normal(size=n))))
        found.append(rows(classes(score > 0.5), label, score, np.array(["f", "m"], dtype=object)[group]))
    return found[0], found[1]


def by_name(found: list[Difference]) -> dict[str, Difference]:
    return {one.metric: one for one in found}


def compared(first: Rows, second: Rows, of: MonitorSpec = BINARY, seed: int = 0) -> dict[str, Difference]:
    return by_name(differences(first, second, of, chance=np.random.default_rng(seed)))


# ---------------------------------------------------------------- DeLong


def placements(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Share of the others below each, by every pair: the definition, O(m n)."""
    return np.array([np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for b in other]) for a in one])


@pytest.mark.parametrize("ties", [False, True])
def test_auc_difference_is_delongs_by_every_pair(ties: bool) -> None:
    chance = np.random.default_rng(4)
    truth = chance.random(90) < 0.4
    scores = [chance.normal(size=90) + truth * shift for shift in (1.0, 0.6)]
    scores = [np.round(one) if ties else one for one in scores]
    of_positives = np.array([placements(one[truth], one[~truth]) for one in scores])
    of_negatives = np.array([1 - placements(one[~truth], one[truth]) for one in scores])
    aucs = of_positives.mean(axis=1)
    covariance = np.cov(of_positives) / truth.sum() + np.cov(of_negatives) / (~truth).sum()
    error = sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    reading, second = auc_difference(truth, *scores)
    assert (reading.value, second, reading.n) == (
        pytest.approx(aucs[0] - aucs[1], abs=1e-12),
        pytest.approx(aucs[1], abs=1e-12),
        90,
    )
    half = stats.norm.ppf(0.975) * error
    assert (reading.low, reading.high) == (
        pytest.approx(reading.value - half, abs=1e-12),
        pytest.approx(reading.value + half, abs=1e-12),
    )


@pytest.mark.parametrize(("n_positive", "n_negative"), [(0, 0), (0, 5), (5, 0), (1, 1), (1, 5), (2, 2)])
def test_auc_difference_of_few_rows(n_positive: int, n_negative: int) -> None:
    truth = np.repeat([True, False], [n_positive, n_negative])
    score = np.linspace(1, 0, len(truth))
    reading, second = auc_difference(truth, score, -score)
    if not n_positive or not n_negative:
        assert (reading.value, second, reading.n) == (None, None, len(truth))
        assert reading.reason in {"one class", "no labels yet"}
    else:
        assert (reading.value, second) == (1.0, 0.0)
        assert (reading.low is None) is (min(n_positive, n_negative) < 2)


# ---------------------------------------------------------------- shares


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Fagerland, Lydersen & Laake (2014), Statistics in Medicine 33, on Bentur et al. (2009): airway
        # hyper-responsiveness before and after a transplantation; Wald with the Agresti-Min adjustment.
        (((1, 1), (7, 12)), (-0.286, -0.493, -0.029)),
        # The formula of Agresti & Min (2005), by hand, on Cavo et al. (2012): (6.5 - 16.5) / 163 ± 1.96 SE.
        (((59, 6), (16, 80)), (-10 / 161, -10 / 163 - 0.0572, -10 / 163 + 0.0572)),
    ],
)
def test_share_difference_is_agresti_and_mins(table, expected: tuple[float, float, float]) -> None:
    (both, gained), (lost, neither) = table
    first = np.repeat([True, True, False, False], [both, gained, lost, neither])
    second = np.repeat([True, False, True, False], [both, gained, lost, neither])
    reading = share_difference(first, second)
    assert (reading.value, reading.low, reading.high) == tuple(
        pytest.approx(one, abs=6e-4) for one in expected
    )


def test_few_agreements_do_not_seem_certain() -> None:
    """Without a single disagreement there is still an interval, that narrows with the rows."""
    for n in (1, 10, 1000):
        same = np.ones(n, dtype=bool)
        reading = share_difference(same, same)
        assert reading.value == 0
        assert -reading.low == reading.high == pytest.approx(1.96 / (n + 2), rel=1e-3)


# ---------------------------------------------------------------- means


def test_differences_of_means_are_scipys_paired_t() -> None:
    chance = np.random.default_rng(5)
    label = chance.normal(size=300)
    guesses = [label + chance.normal(scale=scale, size=300) for scale in (0.5, 0.7)]
    found = compared(rows(guesses[0], label), rows(guesses[1], label), REGRESSION)["mae"]
    errors = [np.abs(one - label) for one in guesses]
    interval = stats.ttest_rel(errors[0], errors[1]).confidence_interval(0.95)
    assert found.reading.value == pytest.approx(errors[0].mean() - errors[1].mean())
    assert (found.reading.low, found.reading.high) == (
        pytest.approx(interval.low),
        pytest.approx(interval.high),
    )
    assert found.second == pytest.approx(errors[1].mean())
    first, second = pair(300, chance)
    truth = (first.label == "1").astype(float)
    losses = [(one.scores["s"] - truth) ** 2 for one in (first, second)]
    interval = stats.ttest_rel(*losses).confidence_interval(0.95)
    found = compared(first, second)["brier"]
    assert (found.reading.low, found.reading.high) == (
        pytest.approx(interval.low),
        pytest.approx(interval.high),
    )
    logs = [-np.log(np.where(truth == 1, one.scores["s"], 1 - one.scores["s"])) for one in (first, second)]
    assert compared(first, second)["log_loss"].reading.value == pytest.approx(logs[0].mean() - logs[1].mean())


# ---------------------------------------------------------------- the same model twice


def test_a_model_less_itself_is_nothing() -> None:
    first, _ = pair(300, np.random.default_rng(6))
    found = {**compared(first, first), **by_name(list(of_groups(first, first, BINARY, "sex", drawn())))}
    for name, one in found.items():
        assert one.reading.value == 0, name
        if name != "accuracy":
            assert (one.reading.low, one.reading.high) == (0, 0), name
    guess = np.arange(50.0)
    same = rows(guess, guess + 1)
    for one in differences(same, same, REGRESSION, chance=drawn()):
        assert (one.reading.value, one.reading.low, one.reading.high) == (0, 0, 0)


def drawn(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 2**32), st.integers(20, 60))
def test_which_model_comes_first_changes_only_the_sign(seed: int, n: int) -> None:
    first, second = pair(n, np.random.default_rng(seed))
    forth, back = quick(first, second), quick(second, first)
    assert forth.keys() == back.keys()
    for name, one in forth.items():
        other = back[name].reading
        if one.reading.value is None:
            assert other.value is None
            continue
        assert one.reading.value == pytest.approx(-other.value, abs=1e-12), name
        if one.reading.low is not None and name in CLOSED:
            assert (one.reading.low, one.reading.high) == (
                pytest.approx(-other.high, abs=1e-9),
                pytest.approx(-other.low, abs=1e-9),
            )
        if one.reading.low is not None:
            assert one.reading.low <= one.reading.value <= one.reading.high


CLOSED = {"accuracy", "roc_auc", "brier", "log_loss", "mae", "rmse"}


def quick(first: Rows, second: Rows, of: MonitorSpec = BINARY) -> dict[str, Difference]:
    """All that takes no resampling of rows, which is slow."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.metrics.paired.of_scores", lambda *_: iter(()))
        found = differences(first, second, of, chance=drawn())
    groups = of_groups(first, second, of, "sex", drawn()) if first.groups else ()
    return by_name([*found, *groups])


# ---------------------------------------------------------------- hardly any rows


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("of", [BINARY, MULTICLASS, REGRESSION], ids=lambda of: of.task.value)
def test_hardly_any_rows_give_no_numbers_that_look_certain(n: int, of: MonitorSpec) -> None:
    if of.task is Task.REGRESSION:
        first, second = (rows(np.zeros(n) + at, np.zeros(n)) for at in (0.0, 1.0))
    else:
        label = classes(np.ones(n, dtype=bool))
        first, second = (rows(classes(np.full(n, at)), label, np.full(n, 0.5)) for at in (True, False))
    for one in differences(first, second, of, chance=drawn()):
        assert one.reading.n in (0, n)
        if n == 0:
            assert (one.reading.value, one.second) == (None, None)
            assert one.reading.reason


def test_one_class_has_no_ranking_and_all_null_has_nothing() -> None:
    first, second = pair(50, drawn())
    ones = classes(np.ones(50, dtype=bool))
    found = quick(replace(first, label=ones), replace(second, label=ones))
    assert (found["roc_auc"].reading.value, found["roc_auc"].reading.reason) == (None, "one class")
    assert found["false_positive_rate"].reading.value is None
    assert found["accuracy"].reading.n == 50
    none = np.full(50, None, dtype=object)
    found = quick(replace(first, label=none), replace(second, label=none))
    assert {name for name, one in found.items() if one.reading.value is not None} == {
        "demographic_parity_difference",
        "demographic_parity_ratio",
    }
    blank = replace(first, prediction=none, scores={"s": np.full(50, np.nan)})
    assert {one.reading.value for one in quick(blank, second).values()} == {None}


def test_rows_that_are_not_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        differences(pair(10, drawn())[0], pair(11, drawn())[0], BINARY, chance=drawn())


def test_a_single_group_has_no_gap() -> None:
    first, second = (
        replace(one, groups={"sex": np.full(40, "f", dtype=object)}) for one in pair(40, drawn())
    )
    found = list(of_groups(first, second, BINARY, "sex", drawn()))
    assert len(found) == 6
    assert {(one.reading.value, one.reading.reason) for one in found} == {(None, "not enough data")}


def test_a_rate_that_only_one_group_has_is_no_equality() -> None:
    """Without a positive label in one group nobody can say that both are found alike."""
    first, second = pair(200, drawn())
    label = np.where(first.groups["sex"] == "f", "0", first.label)
    found = by_name(
        list(of_groups(replace(first, label=label), replace(second, label=label), BINARY, "sex", drawn()))
    )
    for gap in ("equal_opportunity", "equalized_odds"):
        for kind in ("difference", "ratio"):
            assert found[f"{gap}_{kind}"].reading.value is None
    assert found["demographic_parity_ratio"].reading.value is not None


def test_draws_are_the_same_every_time() -> None:
    first, second = pair(100, drawn())
    assert compared(first, second, seed=1) == compared(first, second, seed=1)
    assert compared(first, second, seed=1) != compared(first, second, seed=2)


# ---------------------------------------------------------------- coverage


def regression_pair(n: int, chance: np.random.Generator) -> tuple[Rows, Rows]:
    label = chance.normal(size=n)
    shared = chance.normal(size=n)
    first, second = (label + scale * (0.6 * shared + 0.8 * chance.normal(size=n)) for scale in (1.0, 1.2))
    return rows(first, label), rows(second, label)


Make = Callable[[int, np.random.Generator], tuple[Rows, Rows]]


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, pytest.param(1000, marks=pytest.mark.campaign)])
@pytest.mark.parametrize(
    ("make", "of", "names"),
    [
        (pair, BINARY, {"roc_auc", "accuracy", "brier", "log_loss", "demographic_parity_ratio"}),
        (regression_pair, REGRESSION, {"mae", "rmse"}),
    ],
    ids=["binary", "regression"],
)
def test_95_of_100_intervals_hold_the_truth(
    n: int, make: Make, of: MonitorSpec, names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """400 sets of rows: the share that holds it is known to 1.1 %; the limits leave three of these."""
    monkeypatch.setattr("core.metrics.paired.of_decisions", lambda *_: iter(()))
    monkeypatch.setattr("core.metrics.paired_draws.GAPS", GAPS[:1])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.metrics.paired_draws.N_DRAWS", 4)
        truth = {name: one.reading.value for name, one in quick(*make(300_000, drawn(1)), of).items()}
    chance, held = drawn(2), dict.fromkeys(names, 0)
    for _ in range(400):
        found = quick(*make(n, chance), of)
        for name in names:
            held[name] += found[name].reading.low <= truth[name] <= found[name].reading.high
    assert {name for name, hits in held.items() if not 0.917 <= hits / 400 <= 0.983} == set(), held


@pytest.mark.slow
def test_the_interval_of_a_calibration_difference_misses_rarely() -> None:
    """Each redrawn set of rows is less calibrated than the first: the interval is wide, never too narrow."""
    chance = drawn(3)
    big = pair(300_000, drawn(1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.metrics.paired_draws.N_DRAWS", 2)
        truth = by_name(list(of_scores(*scored(*big), drawn())))["calibration_error"].reading.value
    held = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.metrics.paired_draws._precision_value", lambda _: 0.0)
        for _ in range(16):
            found = by_name(list(of_scores(*scored(*pair(200, chance)), chance)))["calibration_error"]
            held += found.reading.low <= truth <= found.reading.high
    assert held >= 15


def scored(first: Rows, second: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.asarray(first.label == "1", dtype=bool), first.scores["s"], second.scores["s"]
