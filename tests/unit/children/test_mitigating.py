"""Real pipelines by every recipe: groups are nearer, decisions are as promised, files load again."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.children import model_files
from core.children.group_thresholds import thresholds
from core.children.lesson import TOGETHER, Lesson, together
from core.children.mitigating import make, needs_column, reweighed, whole
from core.children.model_files import ModelFiles
from core.errors import Unavailable
from core.mitigation import Method, Recipe

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.sklearn
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
N = 2000
BINDING = {Method.REWEIGHING: 1.0, Method.REDUCTION: 0.01, Method.THRESHOLDS: 0.0}
COLUMNS = {"income": "double", "years": "double", "region": "string"}


def rows(seed: int = 1) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Inputs, outcomes, groups: incomes of "b" are lower, and so is the share that repays."""
    chance = np.random.default_rng(seed)
    groups = np.where(chance.random(N) < 0.4, "b", "a").astype(object)
    income = chance.normal(size=N) - 1.0 * (groups == "b")
    years = chance.normal(size=N)
    repaid = chance.random(N) < 1 / (1 + np.exp(-(0.5 + 1.5 * income + years)))
    region = chance.choice(["north", "south"], N)
    return pd.DataFrame({"income": income, "years": years, "region": region}), repaid, groups


def lesson(classes: tuple[object, object] = (0.0, 1.0), *, with_group: bool = False, **how: object) -> Lesson:
    inputs, repaid, groups = rows()
    columns = dict(COLUMNS)
    text = ["region"]
    if with_group:
        inputs, columns, text = inputs.assign(sex=groups), {**columns, "sex": "string"}, ["region", "sex"]
    encoder = OneHotEncoder(handle_unknown="ignore")
    steps = [("n", StandardScaler(), ["income", "years"]), ("c", encoder, text)]
    model = make_pipeline(ColumnTransformer(steps), how.pop("learner", LogisticRegression()))
    model.fit(inputs, np.where(repaid, classes[1], classes[0]))
    champion = ModelFiles(flavour="sklearn", model=model, inputs=columns)
    return Lesson(
        **{
            "champion": champion,
            "inputs": inputs,
            "positive": repaid,
            "groups": together(groups),
            "positive_class": model_files.class_text(classes[1]),
            "threshold": 0.6,
            **how,
        }
    )


def gap(scores: np.ndarray, of: Lesson, measure: str = "selection_rate") -> float:
    counted = of.positive if measure == "true_positive_rate" else np.ones(len(scores), dtype=bool)
    rates = [(scores >= of.threshold)[counted & (of.groups == one)].mean() for one in "ab"]
    return max(rates) - min(rates)


def recipe(method: Method, measure: str = "selection_rate", **how: object) -> Recipe:
    return Recipe(method=method, by="sex", measure=measure, **{"strength": BINDING.get(method), **how})


@pytest.mark.parametrize("measure", ["selection_rate", "true_positive_rate"])
@pytest.mark.parametrize(("method", "most"), [(Method.REDUCTION, 0.035), (Method.THRESHOLDS, 0.01)])
def test_bounds_hold_for_decisions_at_productions_threshold(
    method: Method, most: float, measure: str
) -> None:
    of = lesson()
    plain = gap(make(of, recipe(Method.REFIT, measure)).scores(of.inputs, of.groups), of, measure)
    made = make(of, recipe(method, measure))
    assert plain > 0.1
    assert gap(made.scores(of.inputs, of.groups), of, measure) < most


def test_a_looser_bound_costs_less() -> None:
    of = lesson()
    ranked = []
    for strength in (0.02, 0.2):
        scores = make(of, recipe(Method.REDUCTION, strength=strength)).scores(of.inputs, of.groups)
        loss = np.where(of.positive, 0.4 * (scores < 0.6), 0.6 * (scores >= 0.6)).mean()
        ranked.append((loss, gap(scores, of)))
    assert ranked == sorted(ranked, key=lambda one: -one[0])
    assert [one[1] for one in ranked] == sorted(one[1] for one in ranked)


def test_nothing_is_changed_where_nothing_binds() -> None:
    of = lesson()
    as_it_is = make(of, recipe(Method.CHAMPION)).scores(of.inputs, of.groups)
    for loose in (recipe(Method.REFIT), recipe(Method.REWEIGHING, strength=1e-9)):
        np.testing.assert_allclose(make(of, loose).scores(of.inputs, of.groups), as_it_is, atol=1e-6)


@pytest.mark.parametrize(
    ("method", "classes"),
    [
        (Method.REWEIGHING, ("no", "yes")),
        (Method.REDUCTION, ("yes", "no")),
        (Method.REDUCTION, (True, False)),
        *((Method.THRESHOLDS, classes) for classes in [(0.0, 1.0), ("no", "yes"), ("yes", "no")]),
    ],
)
def test_one_file_answers_as_the_bench_did(
    classes: tuple[object, object], method: Method, tmp_path: Path
) -> None:
    """Whatever the classes are called and however they sort, and for rows whose group was never seen."""
    of = lesson(classes, with_group=True)
    made = make(of, recipe(method))
    schema = Schema([ColSpec(kind, name) for name, kind in of.champion.inputs.items()])
    mlflow.sklearn.save_model(
        of.champion.model,
        str(tmp_path / "champion"),
        signature=ModelSignature(inputs=schema),
        pip_requirements=["scikit-learn"],
        skops_trusted_types=["numpy.dtype", "scipy._lib.array_api_compat.numpy._aliases.asarray"],
    )
    model_files.save(whole(made, of, "sex"), tmp_path / "candidate", like=tmp_path / "champion")
    loaded = model_files.load(tmp_path / "candidate")
    asked = of.inputs.iloc[:200].copy()
    asked.loc[asked.index[:5], "sex"] = "never seen"
    groups = np.where(np.arange(200) < 5, TOGETHER, of.groups[:200]).astype(object)
    answers = loaded.predict(asked)
    np.testing.assert_allclose(answers.scores[of.positive_class], made.scores(asked, groups), atol=1e-9)
    assert set(map(model_files.class_text, answers.prediction)) <= {*map(model_files.class_text, classes)}


def test_what_decides_by_a_column_that_no_request_carries_is_no_candidate() -> None:
    of = lesson()
    made = make(of, recipe(Method.THRESHOLDS))
    assert needs_column(made, of, "sex") == "it decides by 'sex', which is no input of the model"
    with pytest.raises(Unavailable, match="no input of the model"):
        whole(made, of, "sex")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"learner": KNeighborsClassifier()}, "KNeighborsClassifier takes no weights of rows"),
        ({"threshold": 1.0}, "no probability between 0 and 1"),
    ],
)
def test_what_cannot_be_taught_says_why(how: dict[str, object], why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        make(lesson(**how), recipe(Method.REDUCTION))


def test_a_model_of_another_flavour_cannot_be_taught() -> None:
    of = lesson()
    strange = ModelFiles(flavour="pyfunc", model=of.champion.model, inputs=COLUMNS)
    with pytest.raises(Unavailable, match="not a scikit-learn classifier"):
        make(lesson(champion=strange), recipe(Method.REFIT))


@given(
    cells=st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=60),
)
def test_reweighed_rows_are_independent(cells: list[tuple[str, bool]]) -> None:
    """Under the weights, the share of positives is the same in every group that holds both outcomes."""
    groups = np.array([one for one, _ in cells], dtype=object)
    positive = np.array([one for _, one in cells])
    weights = reweighed(positive, groups)
    whole_share = positive.mean()
    for name in set(groups):
        own = groups == name
        if 0 < positive[own].sum() < own.sum():
            assert weights[own & positive].sum() / weights[own].sum() == pytest.approx(whole_share)


def test_weights_are_those_of_the_published_example() -> None:
    """Kamiran & Calders (2012), Table 1: ten applicants, five of either sex; weights by sex and outcome."""
    sex = np.array(["M", "M", "M", "M", "M", "F", "F", "F", "F", "F"], dtype=object)
    positive = np.array([True, True, True, True, False, True, True, False, False, False])
    weights = reweighed(positive, sex)
    found = {(s, p): round(float(w), 2) for s, p, w in zip(sex, positive, weights, strict=True)}
    assert found == {("M", True): 0.75, ("M", False): 2.0, ("F", True): 1.5, ("F", False): 0.67}


@pytest.mark.parametrize(
    ("measure", "constraint"),
    [("selection_rate", "selection_rate_parity"), ("true_positive_rate", "true_positive_rate_parity")],
)
def test_thresholds_gain_as_much_as_fairlearns(measure: str, constraint: str) -> None:
    """Under equality fairlearn may draw by lot, and gains at most a row or two in a hundred by that."""
    from fairlearn.postprocessing import ThresholdOptimizer

    of = lesson(threshold=0.5)
    scores = make(of, recipe(Method.REFIT)).scores(of.inputs, of.groups)
    found = thresholds(scores, of.positive, of.groups, gap=0.0, threshold=0.5, measure=measure)
    own = scores >= np.array([found[one] for one in of.groups])
    theirs = ThresholdOptimizer(
        estimator=of.champion.model, constraints=constraint, prefit=True, predict_method="predict_proba"
    ).fit(of.inputs, of.positive.astype(int), sensitive_features=of.groups)
    drawn = theirs._pmf_predict(of.inputs, sensitive_features=of.groups)[:, 1]
    expected = np.where(of.positive, drawn, 1 - drawn).mean()
    assert (own == of.positive).mean() == pytest.approx(expected, abs=0.005)
    assert gap(scores + 0.5 - np.array([found[one] for one in of.groups]), of, measure) < 0.01


def test_small_groups_and_rows_without_one_are_taken_together() -> None:
    groups = np.array(["a"] * 150 + ["b"] * 99 + [None], dtype=object)
    assert set(together(groups)) == {"a", TOGETHER}
