"""Counterfactuals flip the decision when asked again, touch nothing immutable, and use seen values only."""

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.children.explaining.asked import Asked
from core.children.explaining.counterfactual import MOST, Search
from core.children.explaining.likeness import Likeness
from core.domain import Task
from core.explain import Counterfactual
from tests.unit.explain import made

REFERENCE = made.rows(300, seed=5)
NUMERIC = frozenset({"income", "debt"})
LIKENESS = Likeness(reference=REFERENCE, numeric=NUMERIC)


def search(asked: Asked, row: pd.DataFrame, *immutable: str) -> tuple[tuple[Counterfactual, ...], str]:
    outputs = asked.outputs(row)
    decisions = asked.decisions(row, outputs)
    assert decisions is not None
    found = Search(
        asked,
        row,
        decision=str(decisions[0]),
        output=float(outputs[0]),
        likeness=LIKENESS,
        immutable=immutable,
    )
    return found.found()


def changed(row: pd.DataFrame, one: Counterfactual) -> pd.DataFrame:
    return row.assign(**{change.feature: change.after for change in one.changes})


@settings(max_examples=25)
@given(seed=st.integers(0, 500), frozen=st.sets(st.sampled_from(["income", "debt", "channel"]), max_size=2))
def test_they_flip_the_decision_and_keep_to_the_rules(seed: int, frozen: set[str]) -> None:
    row, asked = made.rows(1, seed=seed), made.asked()
    was = bool(made.score(row)[0] >= 0.5)
    found, why_not = search(asked, row, *frozen)
    assert bool(found) != bool(why_not)
    assert len(found) <= MOST
    for one in found:
        again = changed(row, one)
        assert bool(made.score(again)[0] >= 0.5) != was
        assert one.decision == ("0" if was else "1")
        assert abs(float(made.score(again)[0]) - one.output) < 1e-12
        names = {change.feature for change in one.changes}
        assert not names & frozen
        assert all(change.after in set(REFERENCE[change.feature]) for change in one.changes)
        assert all(change.before != change.after for change in one.changes)
    assert [len(one.changes) for one in found] == sorted(len(one.changes) for one in found)
    columns = [frozenset(change.feature for change in one.changes) for one in found]
    assert not any(a < b for a in columns for b in columns), "no more columns than it takes"


@given(seed=st.integers(0, 200))
@settings(max_examples=15)
def test_no_nearer_value_of_a_single_number_would_do(seed: int) -> None:
    row = made.rows(1, seed=seed)
    found, _ = search(made.asked(), row, "debt", "channel")
    assume(found)
    (one,) = found
    own, step = (
        float(row["income"].iloc[0]),
        LIKENESS.step("income", float(row["income"].iloc[0]), REFERENCE["income"]),
    )
    was = bool(made.score(row)[0] >= 0.5)
    nearer = REFERENCE["income"][step < one.distance - 0.1]
    assume(len(nearer))
    tried = pd.concat([row] * len(nearer), ignore_index=True).assign(income=nearer.to_numpy())
    assert not ((made.score(tried) >= 0.5) != was).any(), own


def test_of_several_classes_any_other_will_do() -> None:
    class Three:
        classes_ = ("low", "mid", "high")

        def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
            income = inputs["income"].to_numpy()
            raw = np.stack([np.exp(-2 * income), np.ones(len(income)), np.exp(2 * income)], axis=1)
            return raw / raw.sum(axis=1, keepdims=True)

        def predict(self, inputs: pd.DataFrame) -> np.ndarray:
            return np.array(self.classes_)[self.predict_proba(inputs).argmax(axis=1)]

    asked = made.asked(Three(), task=Task.MULTICLASS, positive=None, negative=None, threshold=None)
    row = made.rows(1).assign(income=1.5)
    asked.aim_at(row)
    found, _ = search(asked, row)
    assert asked.output_of == "score of high"
    assert found[0].decision in {"low", "mid"}
    assert [change.feature for change in found[0].changes] == ["income"]


def test_a_model_that_never_changes_its_mind_has_none() -> None:
    asked = made.asked(made.Scored(lambda frame: np.full(len(frame), 0.9)))
    found, why = search(asked, made.rows(1))
    assert not found
    assert why == "no change of up to three columns to values that the reference has seen turns it"
    assert search(asked, made.rows(1), "income", "debt", "channel")[1] == "every column is immutable"


def test_a_row_unlike_all_others_is_no_plausible_one() -> None:
    assert LIKENESS.nearest(REFERENCE.iloc[3]) == 0
    odd = REFERENCE.iloc[3].copy()
    odd["debt"], odd["income"] = 80.0, -9.0
    assert LIKENESS.nearest(odd) > LIKENESS.usual() > 0
