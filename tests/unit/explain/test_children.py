"""The child's parts: what is asked of a model, the surrogate's fit, importances and their intervals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.children.explaining.likeness import Likeness
from core.children.explaining.overall import overall
from core.children.explaining.request import LABEL
from core.children.explaining.surrogate import surrogate
from core.children.explaining.task import explain_row
from core.domain import Task
from core.errors import Unavailable
from core.explain.sentences import important, reason, summary
from tests.unit.explain import made

REFERENCE = made.rows(200, seed=5)
LIKENESS = Likeness(reference=REFERENCE, numeric=frozenset({"income", "debt"}))


def quiet(share: float, step: str) -> None:
    assert 0 <= share <= 1
    assert step


def test_one_row_is_explained_whole() -> None:
    row, asked = made.rows(1, seed=3), made.asked()
    found = explain_row(asked, row, REFERENCE, replace(made.REQUEST, immutable=("debt",)), quiet)
    assert found.output == pytest.approx(float(made.score(row)[0]))
    assert found.base + sum(one.contribution for one in found.reasons) == pytest.approx(
        found.output, abs=1e-12
    )
    sizes = [abs(one.contribution) for one in found.reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert found.immutable == ("debt",)
    assert not any(c.feature == "debt" for one in found.counterfactuals for c in one.changes)
    assert found.method == "Shapley values against 100 reference rows, from all 8 coalitions of columns"
    assert found.surrogate is not None
    assert found.decision in {"0", "1"}
    assert summary(found).startswith("The score of 1 is ")
    assert all(reason(one, found).endswith(".") for one in found.reasons)


def test_what_is_missing_in_a_row_is_explained_too() -> None:
    def tolerant(frame: pd.DataFrame) -> np.ndarray:
        return np.where(frame["income"].isna(), 0.2, made.score(frame.fillna({"income": 0.0})))

    row = made.rows(1).assign(income=np.nan, channel=None)
    found = explain_row(made.asked(made.Scored(tolerant)), row, REFERENCE, made.REQUEST, quiet)
    values = {one.feature: one.value for one in found.reasons}
    assert values["income"] is None
    assert values["channel"] is None
    assert found.base + sum(one.contribution for one in found.reasons) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("model", "changes", "what", "decision"),
    [
        (made.Plain(made.score), {"threshold": None}, "score of 1", True),
        (
            made.Plain(lambda frame: (made.score(frame) >= 0.5).astype(int)),
            {"threshold": None},
            "score of 1",
            True,
        ),
        (
            made.Plain(lambda frame: 100 * made.score(frame)),
            {"task": Task.REGRESSION, "positive": None, "threshold": None},
            "prediction",
            False,
        ),
    ],
)
def test_models_that_only_answer_are_explained(
    model: object, changes: dict[str, object], what: str, decision: bool
) -> None:
    asked = made.asked(model, **changes)
    found = explain_row(asked, made.rows(1, seed=3), REFERENCE, replace(made.REQUEST, **changes), quiet)
    assert found.output_of == what
    assert (found.decision is not None) == decision
    assert found.base + sum(one.contribution for one in found.reasons) == pytest.approx(
        found.output, abs=1e-9
    )
    assert bool(found.counterfactuals) == decision
    if not decision:
        assert found.why_no_counterfactuals == "a number is no decision that could be turned"


def test_answers_that_are_no_numbers_are_refused() -> None:
    asked = made.asked(made.Scored(lambda frame: np.full(len(frame), np.nan)))
    with pytest.raises(Unavailable, match="numbers that are not finite"):
        asked.outputs(made.rows(2))
    with pytest.raises(Unavailable, match="no score for the class 2"):
        made.asked(positive="2").outputs(made.rows(2))


def test_a_surrogate_of_a_line_fits_and_of_noise_does_not() -> None:
    row, chance = made.rows(1, seed=1), np.random.default_rng(0)
    line = made.asked(
        made.Plain(lambda frame: 3 * frame["income"].to_numpy() - frame["debt"].to_numpy()),
        task=Task.REGRESSION,
        positive=None,
    )
    found, _ = surrogate(line, row, LIKENESS, most_asked=20_000, chance=chance)
    assert found is not None
    assert found.fit > 0.99
    weights = {one.feature: one.weight for one in found.weights}
    assert weights["income"] == pytest.approx(3 * LIKENESS.scale("income"), rel=0.05)
    assert weights["debt"] == pytest.approx(-LIKENESS.scale("debt"), rel=0.05)
    noise = made.asked(
        made.Plain(lambda frame: np.random.default_rng(1).normal(size=len(frame))),
        task=Task.REGRESSION,
        positive=None,
    )
    found, _ = surrogate(noise, row, LIKENESS, most_asked=20_000, chance=chance)
    assert found is not None
    assert found.fit < 0.2
    flat = made.asked(made.Plain(lambda frame: np.ones(len(frame))), task=Task.REGRESSION, positive=None)
    assert surrogate(flat, row, LIKENESS, most_asked=20_000, chance=chance) == (
        None,
        "the model answers the same to all rows near this one",
    )


def labelled(n: int) -> pd.DataFrame:
    frame = made.rows(n, seed=2)
    chance = np.random.default_rng(4)
    return frame.assign(**{LABEL: (chance.random(n) < made.score(frame)).astype(int).astype(str)})


def test_what_matters_is_ranked_with_intervals() -> None:
    request = replace(made.REQUEST, overall=True, has_labels=True)
    model = made.Scored(lambda frame: made.score(frame.assign(channel="web")))
    found = overall(made.asked(model), labelled(2_000), REFERENCE, request, quiet)
    assert found.measured_by == "roc_auc"
    assert found.permutation[0].feature == "income"
    assert found.permutation[0].low > 0.05
    ignored = next(one for one in found.permutation if one.feature == "channel")
    assert (ignored.low, ignored.value, ignored.high) == (0, 0, 0)
    assert found.shap[0].feature == "income"
    assert found.shap[0].low < found.shap[0].value < found.shap[0].high
    assert found.n_rows == 2_000
    assert found.n_shap == 400
    assert important(found)[0].startswith("income: shuffled, the AUC falls by 0.")


def test_without_labels_it_is_how_far_answers_move() -> None:
    request = replace(made.REQUEST, overall=True)
    found = overall(made.asked(), made.rows(300, seed=2), REFERENCE, request, quiet)
    assert (found.measured_by, found.baseline) == ("output", 0)
    assert found.permutation[0].feature == "income"


def test_of_several_classes_it_is_the_commonest_and_the_log_loss() -> None:
    class Three(made.Scored):
        classes_ = ("low", "mid", "high")

        def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
            income = inputs["income"].to_numpy()
            raw = np.stack([np.exp(-2 * income), np.full(len(income), 0.1), np.exp(2 * income)], axis=1)
            return raw / raw.sum(axis=1, keepdims=True)

        def predict(self, inputs: pd.DataFrame) -> np.ndarray:
            return np.array(self.classes_)[self.predict_proba(inputs).argmax(axis=1)]

    changes = {
        "task": Task.MULTICLASS,
        "positive": None,
        "negative": None,
        "threshold": None,
        "has_labels": True,
    }
    frame = made.rows(300, seed=2)
    frame = frame.assign(
        **{LABEL: np.where(frame["income"] > 0, "high", "low"), "income": frame["income"] + 1}
    )
    found = overall(made.asked(Three(), **changes), frame, REFERENCE, replace(made.REQUEST, **changes), quiet)
    assert (found.measured_by, found.output_of) == ("log_loss", "score of high")
    assert found.permutation[0].feature == found.shap[0].feature == "income"
    assert found.permutation[0].low > 0
    assert found.shap[0].low > 0


def test_of_a_number_it_is_the_error() -> None:
    changes = {"task": Task.REGRESSION, "positive": None, "threshold": None, "has_labels": True}
    model = made.Plain(lambda frame: 3 * frame["income"].to_numpy())
    frame = made.rows(300, seed=2)
    frame = frame.assign(**{LABEL: 3 * frame["income"] + 0.1})
    found = overall(made.asked(model, **changes), frame, REFERENCE, replace(made.REQUEST, **changes), quiet)
    assert found.measured_by == "mae"
    assert found.baseline == pytest.approx(0.1)
    assert found.permutation[0].feature == "income"
    assert found.permutation[0].value > 1
