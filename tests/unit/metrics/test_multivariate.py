"""All inputs together: what may be missing, and what moves although no column does."""

from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.metrics.multivariate import domain_classifier, fit, pca_reconstruction
from core.metrics.reading import REASONS, Reading
from core.profiles.rows import Rows

MEASURES = [pca_reconstruction, domain_classifier]


def rows(numeric: dict[str, object] | None = None, **categorical: list[str | None]) -> Rows:
    numbers = {name: np.array(values, dtype=float) for name, values in (numeric or {}).items()}
    texts = {name: np.array(values, dtype=object) for name, values in categorical.items()}
    (n,) = {len(values) for values in (*numbers.values(), *texts.values())}
    return Rows(
        n=n, numeric=numbers, categorical=texts, scores={}, prediction=None, label=None, groups={},
        latency_ms=None,
    )  # fmt: skip


def related(n: int, correlation: float, seed: int) -> Rows:
    """Two standard normal columns; no column tells the correlation."""
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, n))
    return rows({"x": x, "y": correlation * x + np.sqrt(1 - correlation**2) * noise})


def check(reading: Reading) -> None:
    assert (reading.value is None) == (reading.reason is not None)
    assert reading.reason is None or reading.reason in REASONS
    if reading.value is not None:
        assert isfinite(reading.value)
        assert reading.low is None or reading.low <= reading.value
        assert reading.high is None or reading.value <= reading.high


@pytest.mark.parametrize("measure", MEASURES)
def test_a_changed_relation_is_seen_where_each_column_is_still(measure: object) -> None:
    reference = fit(related(2000, 0.9, 0))
    same, other = measure(reference, related(2000, 0.9, 1)), measure(reference, related(2000, -0.9, 2))
    assert same.high < other.low
    assert (other.n, other.n_reference) == (2000, 2000)


def test_columns_that_come_closer_together_lower_the_error() -> None:
    reference = fit(related(2000, 0.5, 0))
    closer = pca_reconstruction(reference, related(2000, 0.99, 1))
    assert closer.high < pca_reconstruction(reference, related(2000, 0.5, 2)).low


@pytest.mark.parametrize("measure", MEASURES)
def test_few_rows_or_none_have_a_reason(measure: object) -> None:
    some, few, none = related(60, 0.5, 0), related(49, 0.5, 1), related(0, 0.5, 2)
    assert measure(fit(some), none).reason == "no traffic"
    assert measure(fit(some), few).reason == measure(fit(few), some).reason == "not enough data"
    assert measure(fit(none), some).reason == "no reference"
    assert measure(fit(some), some).value is not None


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_that_varies_is_constant(measure: object) -> None:
    still = rows({"x": [0.1] * 60, "gone": [np.nan] * 60}, plan=["a"] * 60, lost=[None] * 60)
    assert measure(fit(still), still).reason == "constant"


def test_one_column_has_no_relation_to_break_but_can_be_told_apart() -> None:
    reference = fit(rows({"x": np.arange(60)}))
    moved = rows({"x": np.arange(60) + 1000})
    assert pca_reconstruction(reference, moved).reason == "constant"
    assert domain_classifier(reference, moved).value > 0.9


def test_missing_values_take_the_references_place_not_the_windows() -> None:
    reference = fit(rows({"x": [0.0, 2.0] * 30, "y": [1.0, 5.0] * 30}, plan=["a", "a", "b"] * 20))
    gone = rows({"x": [np.nan, np.inf] * 30, "y": [3.0] * 60}, plan=[None, "new"] * 30)
    encoded = reference.encode(gone)
    assert encoded[:, 0].tolist() == [0.0] * 60  # the mean of x
    assert encoded[0, 2] == reference.encode(rows({"x": [1.0], "y": [1.0]}, plan=["a"]))[0, 2]  # commonest
    assert encoded[1, 2] < encoded[0, 2]  # unknown to the reference: a share of none


@pytest.mark.parametrize("measure", MEASURES)
def test_the_same_rows_give_the_same_number(measure: object) -> None:
    reference, now = related(300, 0.5, 0), related(200, 0.2, 1)
    assert measure(fit(reference), now) == measure(fit(reference), now)


NUMBERS = st.one_of(st.floats(width=64), st.sampled_from([0.0, 1.0, float("nan"), float("inf"), 1e300]))


@settings(max_examples=15, deadline=None)
@given(
    before=st.lists(NUMBERS, min_size=2, max_size=6),
    now=st.lists(NUMBERS, min_size=2, max_size=6),
    words=st.lists(st.sampled_from(["a", "b", None]), min_size=2, max_size=6),
)
def test_no_rows_break_it(before: list[float], now: list[float], words: list[str | None]) -> None:
    def sixty(values: list[float]) -> Rows:
        numbers = np.resize(np.array(values, dtype=float), 60)
        texts = np.resize(np.array(words, dtype=object), 60).tolist()
        return rows({"x": numbers, "z": np.arange(60)}, plan=texts)

    fitted = fit(sixty(before))
    for measure in MEASURES:
        check(measure(fitted, sixty(now)))
