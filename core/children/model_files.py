"""A model's files as a registry keeps them: loaded, asked and written, in a child process only.

The only door of the children to MLflow. A scikit-learn flavour is loaded as logged (skops or cloudpickle),
anything else as ``pyfunc``. Loading runs what the files say, which is why control never does it.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeGuard, cast

import numpy as np
import yaml

from core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Flavour: TypeAlias = Literal["sklearn", "pyfunc"]
# What files of a stranger's, or of other versions of their libraries, raise while they are loaded.
_OF_STRANGERS = (ImportError, AttributeError, TypeError, ValueError, OSError, KeyError)
_TRUSTED = ("numpy", "scipy", "sklearn")
_REQUIRED = {
    "skops": ("scikit-learn", "pandas", "skops"),
    "cloudpickle": ("scikit-learn", "pandas", "cloudpickle"),
    "pickle": ("scikit-learn", "pandas"),
}
_FLOATS = ("double", "float")
_INTEGERS = ("integer", "long")
_FLAGS = {"true": "1", "false": "0"}
_INTEGRAL = re.compile(r"(-?(?:0|[1-9][0-9]*))\.0+")
_LARGEST_WHOLE = 1e16


class Estimator(Protocol):
    """What is asked of a fitted model of either flavour."""

    def predict(self, inputs: "pd.DataFrame") -> object:
        """Return one answer a row."""
        ...


class _Classifier(Estimator, Protocol):
    classes_: Sequence[object]

    def predict_proba(self, inputs: "pd.DataFrame") -> "NDArray[np.float64]":
        """Return one column of probabilities per class."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a model answers: one prediction a row, and of a classifier the score of each class.

    ``scores`` is class text → probabilities in [0, 1], in the order of the rows; None where there are none.
    Class texts are canonical, as in a spec: 1, 1.0, "1" and True are one class.
    """

    prediction: "NDArray[np.object_]"
    scores: "Mapping[str, NDArray[np.float64]] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A loaded model: ``inputs`` is column → type of its signature, in order; empty where it has none."""

    flavour: Flavour
    model: Estimator
    inputs: Mapping[str, str]

    def frame(self, rows: "pd.DataFrame") -> "pd.DataFrame":
        """Return the input columns in the signature's order and types; all of ``rows`` without a signature.

        A log keeps numbers as floats and classes as texts; a model that was fitted on whole numbers or
        booleans gets those again. Whole numbers with gaps stay floats.

        Raises
        ------
        InvalidInput
            A column of the signature is not among the rows; all of them are named.
        """
        if not self.inputs:
            return rows
        lacking = [name for name in self.inputs if name not in rows.columns]
        if lacking:
            remedy = "log it, or name it under features in the spec"
            problems = [
                Problem(field=name, message="is an input of the model and not in the rows", remedy=remedy)
                for name in lacking
            ]
            raise InvalidInput("The rows", problems)
        import pandas as pd

        return pd.DataFrame({name: _typed(rows[name], kind) for name, kind in self.inputs.items()})

    def predict(self, rows: "pd.DataFrame") -> Answers:
        """Ask the model; a classifier's scores come with its predictions.

        Raises
        ------
        InvalidInput
            The rows lack an input.
        """
        frame = self.frame(rows)
        answer = self.model.predict(frame)
        if _is_classifier(self.model):
            return Answers(prediction=_one_column(answer), scores=_scores(self.model, frame))
        return Answers(prediction=_one_column(answer), scores=None)

    def scores(self, rows: "pd.DataFrame") -> "Mapping[str, NDArray[np.float64]] | None":
        """Ask a classifier for the score of each class only, class text → scores; None of other models.

        Raises
        ------
        InvalidInput
            The rows lack an input.
        """
        if not _is_classifier(self.model):
            return None
        return _scores(self.model, self.frame(rows))


def load(folder: Path) -> ModelFiles:
    """Load the model whose files lie in ``folder``.

    Raises
    ------
    InvalidInput
        They are not a model, or cannot be loaded here; the sentence says what was missing.
    """
    mlflow = _mlflow()
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    try:
        meta = Model.load(str(folder))
        flavour: Flavour = "sklearn" if "sklearn" in meta.flavors else "pyfunc"
        door = mlflow.sklearn if flavour == "sklearn" else mlflow.pyfunc
        model = cast("Estimator", door.load_model(str(folder)))
        schema = meta.get_input_schema()
    except (MlflowException, yaml.YAMLError, *_OF_STRANGERS) as error:
        words = (str(error).strip().splitlines() or ["no reason given"])[0][:300]
        remedy = "log it again with the versions of scikit-learn and its companions that are installed here"
        problem = Problem(field="model", message=f"cannot be loaded ({words})", remedy=remedy)
        raise InvalidInput("The model's files", [problem]) from error
    inputs = {}
    if schema is not None and schema.has_input_names():
        inputs = {column.name: column.type.name for column in schema.inputs if hasattr(column.type, "name")}
    return ModelFiles(flavour=flavour, model=model, inputs=inputs)


def save(model: object, folder: Path, *, like: Path) -> None:
    """Write a scikit-learn model as files of their own, in the format and with the signature of another.

    Parameters
    ----------
    like
        The files of the model that it was made from, of the scikit-learn flavour.

    Raises
    ------
    InvalidInput
        It cannot be written in that format.
    """
    mlflow = _mlflow()
    import skops.io
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    meta = Model.load(str(like))
    flavour = meta.flavors.get("sklearn", {})
    form = flavour.get("serialization_format", "skops")
    trusted = None
    if form == "skops":
        unknown = skops.io.get_untrusted_types(data=skops.io.dumps(model))
        own = [name for name in unknown if name.split(".")[0] in _TRUSTED]
        trusted = sorted({*(flavour.get("skops_trusted_types") or ()), *own})
    try:
        mlflow.sklearn.save_model(
            model,
            str(folder),
            serialization_format=form,
            signature=meta.signature,
            # Named, because finding them out takes MLflow ten seconds a model.
            pip_requirements=[f"{name}=={installed(name)}" for name in _REQUIRED[form]],
            skops_trusted_types=trusted,
        )
    except MlflowException as error:
        words = (str(error.message).strip().splitlines() or ["no reason given"])[0][:300]
        remedy = "let it hold importable types only, or log it with cloudpickle"
        problem = Problem(field="model", message=f"cannot be written ({words})", remedy=remedy)
        raise InvalidInput("The candidate", [problem]) from error


def class_text(value: object) -> str:
    """Return a class as texts name it; the rule is that of :func:`core.logs.classes.canonical`.

    Examples
    --------
    >>> [class_text(one) for one in (1, 1.0, "1.0", True, np.float64(0), "no", 0.5)]
    ['1', '1', '1', '1', '0', 'no', '0.5']
    """
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool):
        return str(int(plain))
    if isinstance(plain, float) and abs(plain) < _LARGEST_WHOLE and plain.is_integer():
        return str(int(plain))
    text = str(plain)
    whole = _INTEGRAL.fullmatch(text)
    if whole:
        return "0" if whole[1] == "-0" else whole[1]
    return _FLAGS.get(text.lower(), text)


def _is_classifier(model: object) -> TypeGuard[_Classifier]:
    return hasattr(model, "predict_proba") and hasattr(model, "classes_")


def _scores(model: _Classifier, frame: "pd.DataFrame") -> "dict[str, NDArray[np.float64]]":
    chances = model.predict_proba(frame)
    names = [class_text(one) for one in model.classes_]
    return {name: np.asarray(chances[:, at], dtype=float) for at, name in enumerate(names)}


def _one_column(answer: object) -> "NDArray[np.object_]":
    return np.asarray(answer, dtype=object).reshape(-1)


def _typed(values: "pd.Series", kind: str) -> "pd.Series":
    import pandas as pd

    if kind in _FLOATS:
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if kind in _INTEGERS:
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        return numbers if numbers.isna().any() else numbers.astype("int64")
    if kind == "boolean":
        return values.map(lambda one: class_text(one) == "1", na_action="ignore")
    if kind == "string" and not pd.api.types.is_string_dtype(values.dtype):
        return values.map(class_text, na_action="ignore")
    return values


def _mlflow() -> ModuleType:
    with warnings.catch_warnings():
        # It warns of type hints of its own while it is imported.
        warnings.simplefilter("ignore")
        import mlflow.pyfunc
        import mlflow.sklearn
    return mlflow
