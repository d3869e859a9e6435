"""The start of users' training code: a program of its own, which shares no module of ours with it.

Run as ``python -P own_code.py JOB MODULE:FUNCTION CODE LABEL`` by :mod:`core.children.entry`. The folder CODE
is first on the path, and nothing of Trimtab is imported here, so that a module of theirs called ``core`` or
``app`` is theirs. FUNCTION is called with the rows to learn from, as a data frame, and the label's name; it
returns a fitted model with scikit-learn's ``predict`` (and ``predict_proba``). That is written to JOB/made,
with the code it needs, and its answers on the held-out rows to JOB/answers.parquet. What it prints is shown.
"""

import importlib
import sys
import warnings
from importlib.metadata import version as installed
from pathlib import Path

REQUIRED = ("scikit-learn", "pandas", "cloudpickle")


def main(job: Path, entry: str, code: Path, label: str) -> None:
    """Train, write the model and its answers."""
    import pandas as pd

    sys.path.insert(0, str(code))
    module, _, name = entry.partition(":")
    train = getattr(importlib.import_module(module), name)
    rows, held_out = (pd.read_parquet(job / f"{part}.parquet") for part in ("trained", "held_out"))
    model = train(rows, label)
    if not hasattr(model, "predict"):
        sys.exit(f"{entry} returned {type(model).__name__}, which has no predict")
    inputs = held_out.drop(columns=[label])
    answers = pd.DataFrame({"prediction": pd.Series(list(model.predict(inputs)))})
    if hasattr(model, "predict_proba"):
        for place, one in enumerate(model.classes_):
            answers[f"score {one}"] = model.predict_proba(inputs)[:, place]
    answers.to_parquet(job / "answers.parquet")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow.sklearn
        from mlflow.models import infer_signature

        mlflow.sklearn.save_model(
            model,
            str(job / "made"),
            # Their own classes are no types of a library: only pickling keeps them, and the code goes along.
            serialization_format="cloudpickle",
            code_paths=[str(one) for one in sorted(code.iterdir()) if not one.name.startswith((".", "__"))],
            signature=infer_signature(inputs, answers[["prediction"]]),
            pip_requirements=[
                f"{one}=={installed(one)}" for one in ("scikit-learn", "pandas", "cloudpickle")
            ],
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
