"""Model files loaded as a child does: skops, cloudpickle and pyfunc, with the types they were fitted on."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from core.children import model_files
from core.errors import InvalidInput
from core.logs.classes import canonical

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.pyfunc
    import mlflow.sklearn
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

REQUIREMENTS = ["scikit-learn"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


def signature(**types: str) -> ModelSignature:
    return ModelSignature(
        inputs=Schema([ColSpec(kind, name, required=False) for name, kind in types.items()])
    )


def saved(folder: Path, model: object, form: str = "skops", **types: str) -> Path:
    mlflow.sklearn.save_model(
        model,
        str(folder / "model"),
        serialization_format=form,
        signature=signature(**types) if types else None,
        pip_requirements=REQUIREMENTS,
    )
    return folder / "model"


@pytest.mark.parametrize("form", ["skops", "cloudpickle"])
def test_a_classifier_gives_predictions_and_a_score_per_class(tmp_path: Path, form: str) -> None:
    rows = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]})
    model = LogisticRegression().fit(rows, [0, 0, 1, 1])
    loaded = model_files.load(saved(tmp_path, model, form, income="double"))
    answers = loaded.predict(rows.assign(extra="ignored"))
    assert (loaded.flavour, dict(loaded.inputs)) == ("sklearn", {"income": "double"})
    assert [model_files.class_text(one) for one in answers.prediction] == ["0", "0", "1", "1"]
    assert answers.scores is not None
    assert list(answers.scores) == ["0", "1"]
    np.testing.assert_allclose(answers.scores["1"], model.predict_proba(rows)[:, 1])


def test_a_regression_has_no_scores(tmp_path: Path) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0]})
    model = LinearRegression().fit(rows, [2.0, 4.0])
    answers = model_files.load(saved(tmp_path, model, x="double")).predict(rows)
    assert answers.scores is None
    np.testing.assert_allclose(answers.prediction.astype(float), [2.0, 4.0])


def test_inputs_get_the_types_of_the_signature(tmp_path: Path) -> None:
    """A log keeps the number 3 as 3.0, the flag as "1" and the code 7 as a number."""
    fitted = pd.DataFrame({"n": [1, 2, 3], "flag": [True, False, True], "code": ["7", "8", "7"]})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(fitted, ["a", "b", "a"])
    folder = saved(tmp_path, model, n="long", flag="boolean", code="string")
    loaded = model_files.load(folder)
    logged = pd.DataFrame({"code": [7.0, 8.0], "n": [3.0, 2.0], "flag": ["1", "0"]})
    frame = loaded.frame(logged)
    assert list(frame) == ["n", "flag", "code"]
    assert frame.to_dict("list") == {"n": [3, 2], "flag": [True, False], "code": ["7", "8"]}
    assert list(loaded.predict(logged).prediction) == ["a", "b"]
    assert loaded.frame(logged.assign(n=[np.nan, 2.0]))["n"].isna().tolist() == [True, False]


def test_inputs_that_are_not_there_are_all_named(tmp_path: Path) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 3.0]})
    loaded = model_files.load(
        saved(tmp_path, LinearRegression().fit(rows, [2.0, 4.0]), x="double", y="double")
    )
    with pytest.raises(InvalidInput) as caught:
        loaded.predict(pd.DataFrame({"z": [1.0]}))
    assert [problem.field for problem in caught.value.problems] == ["x", "y"]


def test_without_a_signature_the_rows_go_in_as_they_are(tmp_path: Path) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0]})
    loaded = model_files.load(saved(tmp_path, LinearRegression().fit(rows, [2.0, 4.0])))
    assert loaded.inputs == {}
    assert loaded.frame(rows) is rows


class Doubling(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return model_input["x"] * 2


def test_any_other_flavour_is_asked_as_pyfunc(tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(
        str(tmp_path / "model"),
        python_model=Doubling(),
        signature=signature(x="double"),
        pip_requirements=["pandas"],
    )
    loaded = model_files.load(tmp_path / "model")
    assert loaded.flavour == "pyfunc"
    assert list(loaded.predict(pd.DataFrame({"x": [1.5, 2.0]})).prediction) == [3.0, 4.0]


@given(
    st.one_of(
        st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
    )
    | st.from_regex(r"-?[0-9]{1,3}\.0{1,2}", fullmatch=True)
)
def test_a_class_has_one_text_in_children_and_in_the_log(value: object) -> None:
    assert model_files.class_text(value) == canonical(value)


@pytest.mark.parametrize("text", [None, "flavors: {sklearn: {}}", "no: model", "{"])
def test_what_is_no_model_is_said_to_be_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(InvalidInput, match="cannot be loaded"):
        model_files.load(tmp_path)
