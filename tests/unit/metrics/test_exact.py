"""Numbers from rows are exact, and those from profiles are within the stated distance of them."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from core.domain import Measurement, Role, Task, Window
from core.metrics.exact import measure_exact
from core.metrics.measure import calibrate, measure
from core.profiles.rows import Rows
from tests.builders import Table, profile_of, reference_of, spec_of, texts

WINDOW = Window(index=3, start=None, end=None)
# The bounds of docs/metrics.md: reference 20,000 rows, current 3,000, smooth columns.
BOUNDS = {
    "ks": 0.004,
    "wasserstein": 0.02,
    "psi": 0.002,
    "roc_auc": 5e-5,
    "average_precision": 2e-3,
    "calibration_error": 2e-3,
    "log_loss": 1e-4,
}


def rows_of(table: Table) -> Rows:
    return Rows(
        n=len(table),
        numeric=table.numeric,
        categorical=table.categorical,
        scores=table.scores,
        prediction=table.prediction,
        label=table.label,
        groups=table.groups,
        latency_ms=table.latency_ms,
    )


def table(n: int, seed: int, shift: float = 0.0) -> Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.2, n)
    scores = 1 / (1 + np.exp(-x))
    return Table(
        numeric={"x": x, "gaps": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(0, 1, n))},
        categorical={
            "kind": rng.choice(np.array(["a", "b", "c", None], dtype=object), n, p=[0.6, 0.2, 0.1, 0.1])
        },
        scores={"score": scores},
        prediction=texts(scores >= 0.5),
        label=texts(rng.random(n) < scores),
        groups={"sex": rng.choice(np.array(["f", "m"], dtype=object), n)},
        latency_ms=rng.lognormal(3, 1, n),
    )


def key(one: Measurement) -> tuple[object, ...]:
    return (one.metric, one.role, one.feature, one.segment, one.estimated)


@pytest.fixture(scope="module")
def both() -> tuple[
    dict[tuple[object, ...], Measurement], dict[tuple[object, ...], Measurement], Table, Table
]:
    before, now = table(20_000, 1), table(3_000, 2, shift=0.3)
    spec = spec_of(before)
    exact = measure_exact(rows_of(now), rows_of(before), spec, window=WINDOW, version="1")
    reference = reference_of(before, spec)
    profile = profile_of(now, reference, spec, index=3)
    binned = measure(profile, reference, spec, calibrate(reference, spec))
    assert len({key(one) for one in exact}) == len(exact)
    return {key(one): one for one in exact}, {key(one): one for one in binned}, before, now


def test_the_same_measurements_as_from_profiles(both: tuple) -> None:
    exact, binned, _, _ = both
    assert exact.keys() == binned.keys()
    for one, other in ((exact[name], binned[name]) for name in exact):
        assert (one.n, one.n_reference, one.reason, one.window) == (
            other.n,
            other.n_reference,
            other.reason,
            WINDOW,
        )
        assert one.value is not None
        if one.role is not Role.OPERATIONS:
            assert one.value == pytest.approx(
                other.value, abs=1e-3 if one.estimated else BOUNDS.get(one.metric, 2e-3)
            ), one.metric


def test_rows_are_measured_without_error(both: tuple) -> None:
    exact, _, before, now = both
    found = {
        (one.metric, one.feature): one
        for one in exact.values()
        if not one.segment.pairs and not one.estimated
    }
    assert found["ks", "x"].value == pytest.approx(
        stats.ks_2samp(before.numeric["x"], now.numeric["x"]).statistic
    )
    gaps = [table.numeric["gaps"][~np.isnan(table.numeric["gaps"])] for table in (before, now)]
    distance = stats.wasserstein_distance(*gaps) / gaps[0].std()
    assert found["wasserstein", "gaps"].value == pytest.approx(distance, rel=1e-9)
    labels, scores = now.label.astype(int), now.scores["score"]
    assert found["roc_auc", None].value == pytest.approx(sk.roc_auc_score(labels, scores), abs=1e-12)
    assert found["log_loss", None].value == pytest.approx(sk.log_loss(labels, scores), abs=1e-9)
    expected = sk.average_precision_score(labels, scores)
    assert found["average_precision", None].value == pytest.approx(expected, abs=1e-12)
    assert found["latency_p95", None].value == np.quantile(now.latency_ms, 0.95, method="inverted_cdf")


def test_only_what_is_asked_for() -> None:
    before, now = table(300, 3), table(100, 4)
    spec = spec_of(before)

    def ask(metric: str | None, feature: str | None = None) -> set[tuple[str, str | None]]:
        found = measure_exact(
            rows_of(now), rows_of(before), spec, window=WINDOW, version="1", metric=metric, feature=feature
        )
        return {(one.metric, one.feature) for one in found}

    assert ask("ks") == {("ks", "x"), ("ks", "gaps"), ("ks", "score")}
    assert ask("ks", "x") == {("ks", "x")}
    assert ask("roc_auc") == {("roc_auc", None)}
    assert ask("label_rate") == {("label_rate", "label")}
    assert {metric for metric, _ in ask(None, "kind")} >= {"psi", "chi_squared", "missing_rate"}
    assert ask("no_such_metric") == set()


def test_regression_from_rows() -> None:
    rng = np.random.default_rng(5)
    label = rng.gamma(2, 10, 400)
    both = Table(
        numeric={"x": rng.normal(size=400)},
        prediction=label + rng.normal(1, 2, 400),
        label=np.where(rng.random(400) < 0.1, np.nan, label),
        groups={"g": rng.choice(np.array(["a", "b"], dtype=object), 400)},
    )
    spec = spec_of(both, task=Task.REGRESSION)
    exact = measure_exact(rows_of(both), rows_of(both), spec, window=WINDOW, version="1")
    found = {key(one): one for one in exact}
    reference = reference_of(both, spec)
    for name, one in ((key(one), one) for one in measure(reference.profile, reference, spec, None)):
        if one.metric != "concept_drift":  # what rests on leaves is exact in the profile
            assert found[name].value == pytest.approx(one.value, abs=1e-6), name


def test_nothing_on_either_side() -> None:
    some = table(50, 6)
    none = some.rows(0, 0)
    spec = spec_of(some)
    for now, before in ((none, some), (some, none), (none, none)):
        found = measure_exact(rows_of(now), rows_of(before), spec, window=WINDOW, version="1")
        assert {one.metric for one in found} >= {"row_count", "ks", "roc_auc"}


def test_an_open_window_has_nothing_but_its_row_count() -> None:
    rows = rows_of(table(50, 7))
    window = Window(index=0, start=None, end=None, closed=False)
    found = measure_exact(rows, rows, spec_of(table(50, 7)), window=window, version="1")
    assert {one.metric for one in found} == {"row_count"}
