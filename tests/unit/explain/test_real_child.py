"""A logged pipeline with categories, explained by a real child, which stays for the next row."""

import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from core.adapters.process_executor import ProcessExecutor
from core.children.explaining.request import BACKGROUND, LOCAL, MODEL, OUTPUT, REQUEST, REQUESTS, ROWS
from core.job import KEEP, JobStatus
from core.ports import Work
from tests.unit.adapters.test_process_executor import done
from tests.unit.explain import made

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    opened = ProcessExecutor(n_children=1)
    yield opened
    opened.close()


def test_a_pipeline_is_explained_in_the_columns_that_were_logged(
    executor: ProcessExecutor, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow.sklearn
    from mlflow.models import infer_signature

    frame = made.rows(400, seed=1)
    encode = make_column_transformer((OneHotEncoder(), ["channel"]), remainder="passthrough")
    model = make_pipeline(encode, LogisticRegression()).fit(frame, (made.score(frame) > 0.5).astype(int))
    for name, seed in (("a", 3), ("b", 4)):
        folder = tmp_path / name
        folder.mkdir()
        signature = infer_signature(frame, model.predict(frame))
        mlflow.sklearn.save_model(
            model,
            str(folder / MODEL),
            signature=signature,
            serialization_format="cloudpickle",
            pip_requirements=["scikit-learn"],
        )
        made.rows(1, seed=seed).to_parquet(folder / ROWS, index=False)
        frame.to_parquet(folder / BACKGROUND, index=False)
        (folder / REQUEST).write_bytes(REQUESTS.dump_json(made.REQUEST))
        (folder / KEEP).write_text(made.REQUEST.digest)
        work = Work(name=name, task="explain", folder=folder, time_limit_s=120, memory_limit_mb=2000)
        outcome, heard = done(executor, work)
        assert outcome.status is JobStatus.DONE, outcome
        assert heard.steps[0][1] == "Loading the model"
        found = LOCAL.validate_json((folder / OUTPUT).read_bytes())
        row = made.rows(1, seed=seed)
        assert {one.feature: one.value for one in found.reasons} == row.iloc[0].to_dict()
        assert found.output == pytest.approx(float(model.predict_proba(row)[0, 1]))
        total = found.base + sum(one.contribution for one in found.reasons)
        assert total == pytest.approx(found.output, abs=1e-9)
        for one in found.counterfactuals:
            again = row.assign(**{change.feature: change.after for change in one.changes})
            assert str(int(model.predict(again)[0])) == one.decision != found.decision, asdict(one)
