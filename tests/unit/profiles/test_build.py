"""Profiles hold what NumPy counts in the same rows."""

from collections import Counter
from collections.abc import Callable
from math import inf, nan

import numpy as np
import pytest

from core.domain import CategoricalProfile, NumericProfile, Task
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]


def bins(values: np.ndarray, edges: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1).tolist())


def filled(make: Make, n: int = 6_000, days: int = 4) -> tuple[Stream, dict[str, np.ndarray]]:
    made = make(a_spec(sensitive=("sex",)))
    rng = chance()
    reference_amounts = rng.lognormal(size=2_000)
    score = rng.random(2_000)
    made.add_reference(
        moments(2_000, start=START - 10 * DAY, over=10 * DAY),
        amount=reference_amounts,
        plan=rng.choice(["a", "b", "c"], 2_000, p=[0.6, 0.3, 0.1]),
        score=score,
        prediction=np.where(score > 0.5, "1", "0"),
        label=np.where(rng.random(2_000) < score, "1", "0"),
        sex_group=rng.choice(["f", "m"], 2_000),
    )
    made.start()
    score = rng.random(n)
    rows = {
        "amount": rng.lognormal(size=n) * 1.5,
        "plan": rng.choice(np.array(["a", "b", "d", None], dtype=object), n),
        "score": score,
        "prediction": np.where(score > 0.4, "1", "0"),
        "latency_ms": rng.gamma(2, 30, n),
        "status": rng.choice(["ok", "OK", "timeout"], n),
        "sex_group": rng.choice(np.array(["f", "m", None], dtype=object), n),
        "version": rng.choice(["1", "2"], n),
    }
    rows["amount"][::50] = nan
    rows["amount"][1::50] = inf
    ids = made.add(moments(n, over=days * DAY), **rows)
    label = np.where(rng.random(n) < score, "1", "0")
    made.label(ids[: n // 2], label[: n // 2])
    rows["label"] = np.where(np.arange(n) < n // 2, label, None)
    rows["w"] = np.arange(n) * days // n
    return made, rows


def test_counts_are_those_of_numpy(stream: Make) -> None:
    made, rows = filled(stream)
    pinned = made.pin()
    profiles = made.run(pinned)
    assert [(p.window.index, p.version) for p in profiles] == [(w, v) for w in range(4) for v in ("1", "2")]
    for profile in profiles:
        mine = (rows["w"] == profile.window.index) & (rows["version"] == profile.version)
        assert profile.n == mine.sum()
        assert profile.n_errors == (rows["status"][mine] == "timeout").sum()
        assert profile.n_labelled == sum(label is not None for label in rows["label"][mine])
        amounts = rows["amount"][mine]
        finite = amounts[np.isfinite(amounts)]
        amount = profile.numeric["amount"]
        assert (amount.n, amount.n_null) == (mine.sum(), 0)
        assert amount.n_nonfinite == (~np.isfinite(amounts)).sum()
        assert amount.counts == bins(finite, pinned.edges["amount"])
        assert amount.total == pytest.approx(finite.sum())
        assert amount.total_squares == pytest.approx((finite**2).sum())
        assert (amount.low, amount.high) == (finite.min(), finite.max())
        assert profile.scores["score"].counts == bins(rows["score"][mine], pinned.edges["score"])
        assert profile.latency is not None
        assert sum(profile.latency.counts) == profile.n
        plan = profile.categorical["plan"]
        seen = Counter(rows["plan"][mine])
        assert pinned.categories["plan"] == ("a", "b", "c")
        assert plan.counts == (seen["a"], seen["b"], 0)
        assert (plan.n_null, plan.n_other, plan.new) == (seen[None], seen["d"], {"d": seen["d"]})


def test_outcomes_are_those_of_numpy(stream: Make) -> None:
    made, rows = filled(stream)
    pinned = made.pin()
    edges = pinned.edges["score"]
    for profile in made.run(pinned):
        mine = (rows["w"] == profile.window.index) & (rows["version"] == profile.version)
        cells = profile.outcomes
        assert cells is not None
        expected = Counter(
            zip(
                [(s or "(missing)",) for s in rows["sex_group"][mine]],
                rows["label"][mine],
                rows["prediction"][mine],
                np.searchsorted(edges, rows["score"][mine]).tolist(),
                strict=True,
            )
        )
        keys = list(zip(cells.groups, cells.label, cells.prediction, cells.score_bin, strict=True))
        assert dict(zip(keys, cells.n, strict=True)) == expected
        labelled = [n if label is not None else 0 for n, label in zip(cells.n, cells.label, strict=True)]
        assert cells.n_labelled == tuple(labelled)
        assert sum(cells.score_total) == pytest.approx(rows["score"][mine].sum())
        assert sum(cells.score_squares) == pytest.approx((rows["score"][mine] ** 2).sum())
        assert isinstance(profile.labels, CategoricalProfile)
        classes = Counter(rows["label"][mine])
        found = dict(zip(pinned.categories["\x00label"], profile.labels.counts, strict=True))
        assert found == {"1": classes["1"], "0": classes["0"]}
        assert profile.labels.n_null == classes[None]
        assert isinstance(profile.predictions, CategoricalProfile)
        assert sum(profile.predictions.counts) == profile.n


def test_errors_of_a_regression_are_summed_where_both_are_known(stream: Make) -> None:
    made = stream(a_spec(task=Task.REGRESSION, sensitive=("sex",), categorical=()))
    rng = chance(3)
    made.add_reference(
        moments(500, start=START - DAY),
        amount=rng.random(500),
        prediction=rng.random(500),
        label=rng.random(500),
    )
    pinned = made.pin()
    made.start()
    predicted = np.array([1.0, 2.0, nan, 4.0])
    ids = made.add(moments(4), amount=rng.random(4), prediction=predicted, sex_group=["f", "f", "f", "m"])
    made.label(ids[:3], [3.0, 1.0, 5.0])
    (profile,) = made.run(pinned)
    cells = profile.outcomes
    assert cells is not None
    assert (cells.groups, cells.label, cells.prediction) == ((("f",), ("m",)), (None, None), (None, None))
    assert (cells.n, cells.n_labelled, cells.score_bin) == ((3, 1), (2, 0), (-1, -1))
    assert (cells.error_total, cells.error_absolute) == ((-1.0, 0.0), (3.0, 0.0))
    assert (cells.error_squares, cells.label_total) == ((5.0, 0.0), (4.0, 0.0))
    assert (cells.label_absolute, cells.label_squares) == ((4.0, 0.0), (10.0, 0.0))
    assert profile.n_labelled == 3
    assert isinstance(profile.predictions, NumericProfile)
    assert profile.predictions.n_nonfinite == 1
    assert isinstance(profile.labels, NumericProfile)
    assert (profile.labels.n, profile.labels.n_null, profile.labels.total) == (4, 1, 9.0)
    assert len(profile.labels.counts) == len(pinned.edges["\x00label"]) + 1


def test_every_class_has_its_score_profile_in_a_multiclass_model(stream: Make) -> None:
    made = stream(a_spec(task=Task.MULTICLASS, scores={"a": "pa", "b": "pb", "c": "pc"}))
    made.start()
    made.add(
        moments(3), pa=[0.1, 0.5, None], pb=[0.2, 0.5, 0.5], pc=[0.7, 0.0, 0.5], prediction=["c", "a", "b"]
    )
    (profile,) = made.run()
    assert list(profile.scores) == ["pa", "pb", "pc"]
    assert profile.scores["pa"].n_null == 1
    assert profile.outcomes is not None
    assert set(profile.outcomes.score_bin) == {-1}


def test_a_newer_label_replaces_an_older_one(stream: Make) -> None:
    made = stream(a_spec())
    made.start()
    ids = made.add(moments(2), score=[0.5, 0.5])
    made.label(ids, ["0", "0"])
    made.label(ids[:1], ["1"])
    (profile,) = made.run()
    assert profile.outcomes is not None
    assert sorted(filter(None, profile.outcomes.label)) == ["0", "1"]
    assert profile.n == 2


def test_a_label_may_come_before_its_row(stream: Make) -> None:
    made = stream(a_spec())
    made.start()
    made.label([f"{made.layout.rows}-2"], ["1"])
    made.add(moments(1), score=[0.5])
    (profile,) = made.run()
    assert profile.n_labelled == 1


def test_a_window_without_rows_is_a_profile_of_the_version_before_it(stream: Make) -> None:
    made = stream(a_spec())
    made.start()
    made.add([START, START + 3 * DAY], version=["7", None], amount=[1.0, 2.0])
    profiles = made.run(now=START + 5 * DAY)
    assert [(p.window.index, p.version, p.n) for p in profiles] == [
        (0, "7", 1), (1, "7", 0), (2, "7", 0), (3, "unknown", 1)
    ]  # fmt: skip
    assert profiles[1].numeric == {}
    assert profiles[1].outcomes is None
    assert profiles[1].window.closed


def test_a_model_of_nothing_but_rows_is_counted(stream: Make) -> None:
    bare = a_spec(
        numeric=(), categorical=(), scores={}, rows=2,
        timestamp=None, prediction=None, label=None, latency_ms=None, status=None, id=None,
    )  # fmt: skip
    made = stream(bare)
    made.add_reference([None] * 5)
    pinned = made.pin()
    assert (pinned.profile.n, len(pinned.windows)) == (5, 2)
    made.add([None] * 3)
    first, second = made.run(pinned)
    assert (first.n, first.window.closed, second.n, second.window.closed) == (2, True, 1, False)
    assert first.outcomes is None
    assert first.predictions is None
    assert first.labels is None
    assert first.latency is None


def test_odd_columns_are_counted_not_fatal(stream: Make) -> None:
    names = ("constant", "empty", "huge", "one")
    made = stream(a_spec(numeric=names, categorical=("none", "many")))
    n = 400
    made.add_reference(
        moments(n, start=START - DAY),
        constant=[5.0] * n, empty=[None] * n, huge=[inf, -inf, nan, 1e200] * (n // 4),
        one=[1.0] + [None] * (n - 1), none=[None] * n, many=[f"v{i}" for i in range(n)],
    )  # fmt: skip
    pinned = made.pin()
    assert pinned.edges["empty"] == ()
    assert pinned.profile.numeric["empty"].counts == (0,)
    assert pinned.profile.numeric["constant"].counts == (0, n, 0)
    assert pinned.profile.numeric["huge"].n_nonfinite == n
    assert pinned.profile.categorical["none"].n_null == n
    assert pinned.profile.categorical["none"].counts == ()
    made.start()
    made.add(
        moments(4), constant=[4.0, 5.0, 5.0, 6.0], empty=[1.0, 2.0, None, None], huge=[1.0] * 4,
        one=[None] * 4, none=["x", "x", "y", None], many=["v1", "v2", "new", "v1"],
    )  # fmt: skip
    (profile,) = made.run(pinned)
    assert profile.numeric["constant"].counts == (1, 2, 1)
    assert profile.numeric["empty"].counts == (2,)
    assert profile.numeric["one"].low is None
    assert profile.numeric["one"].n_null == 4
    assert profile.categorical["none"].new == {"x": 2, "y": 1}
    assert profile.categorical["many"].n_other == 1


def test_beyond_a_thousand_categories_the_rest_is_other_in_the_reference_too(stream: Make) -> None:
    made = stream(a_spec(categorical=("code",), numeric=()))
    codes = [f"c{i:05d}" for i in range(10_000)] + [f"c{i:05d}" for i in range(9_500, 10_000)]
    made.add_reference(moments(len(codes), start=START - DAY), code=codes)
    pinned = made.pin()
    assert len(pinned.categories["code"]) == 1_000
    assert pinned.categories["code"][0] == "c09500"
    code = pinned.profile.categorical["code"]
    assert sum(code.counts) + code.n_other == len(codes)
    assert len(code.new) == 20


def test_beyond_twenty_groups_the_rest_is_one_group(stream: Make) -> None:
    made = stream(a_spec(sensitive=("country",)))
    made.start()
    countries = [f"k{i:02d}" for i in range(30) for _ in range(31 - i)]
    made.add(moments(len(countries)), country_group=countries, score=[0.5] * len(countries))
    (profile,) = made.run()
    assert profile.outcomes is not None
    counts = {group[0]: n for group, n in zip(profile.outcomes.groups, profile.outcomes.n, strict=True)}
    assert len(counts) == 21
    assert counts["(other)"] == sum(31 - i for i in range(20, 30))
    # A group that had a name keeps it; one that comes later finds no room.
    made.add([START + DAY] * 3, country_group=["k00", "k25", None], score=[0.5] * 3)
    later = made.run()[1].outcomes
    assert later is not None
    assert sorted(later.groups) == [("(missing)",), ("(other)",), ("k00",)]


def test_profiling_again_replaces(stream: Make) -> None:
    made = stream(a_spec())
    made.start()
    made.add(moments(10), amount=range(10), plan=["a"] * 10, score=[0.5] * 10)
    once = made.run()
    made.add(moments(10), amount=range(10), plan=["a"] * 10, score=[0.5] * 10)
    (twice,) = made.run()
    assert (once[0].n, twice.n, twice.numeric["amount"].n) == (10, 20, 20)
    assert twice.outcomes is not None
    assert sum(twice.outcomes.n) == 20


def test_only_the_columns_of_the_spec_are_profiled(stream: Make) -> None:
    made = stream(a_spec(numeric=("amount", "age")))
    made.spec = a_spec(numeric=("age",))
    made.start()
    made.add(moments(2), amount=[1.0, 2.0], age=[3.0, 4.0])
    (profile,) = made.run()
    assert list(profile.numeric) == ["age"]


def test_many_columns_take_several_statements(stream: Make) -> None:
    numeric, categorical = [f"x{i}" for i in range(130)], [f"y{i}" for i in range(70)]
    made = stream(a_spec(numeric=numeric, categorical=categorical))
    made.start()
    values = {name: [float(i), None] for i, name in enumerate(numeric)}
    made.add(moments(2), **values, **{name: [name, None] for name in categorical})
    (profile,) = made.run()
    assert [profile.numeric[name].total for name in numeric] == [float(i) for i in range(130)]
    assert all(profile.categorical[name].new == {name: 1} for name in categorical)
    assert all(profile.categorical[name].n_null == 1 for name in categorical)
