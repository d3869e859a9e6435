"""How far what is said from profiles may be from what the rows say."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from core.domain import NumericProfile, Profile
from core.logs.ids import HASH, hash_of
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]


def binned_auc(profile: Profile) -> float:
    """Area under the ROC curve, rows of one score bin counted as ties."""
    cells = profile.outcomes
    assert cells is not None
    totals = np.zeros((2, max(cells.score_bin) + 1))
    for label, score_bin, n in zip(cells.label, cells.score_bin, cells.n, strict=True):
        totals[int(label or 0), score_bin] += n
    negatives, positives = totals
    below = np.cumsum(negatives) - negatives / 2
    return float((below * positives).sum() / positives.sum() / negatives.sum())


def binned_ks(a: NumericProfile, b: NumericProfile) -> float:
    shares = [np.cumsum(part.counts) / part.n_finite for part in (a, b)]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize("base_rate", [0.5, 0.05])
def test_smooth_scores_and_features(stream: Make, base_rate: float) -> None:
    made = stream(a_spec(categorical=()))
    rng = chance(7)

    def rows(n: int, shift: float) -> tuple[dict[str, np.ndarray], np.ndarray]:
        score = 1 / (1 + np.exp(-rng.normal(np.log(base_rate / (1 - base_rate)), 1.2, n)))
        columns = {"amount": rng.lognormal(shift, size=n), "score": score}
        return columns, np.where(rng.random(n) < score, "1", "0")

    known, label = rows(20_000, 0.0)
    made.add_reference(moments(20_000, start=START - DAY), **known, label=label)
    pinned = made.pin()
    made.start()
    new, label = rows(20_000, 0.2)
    made.label(made.add(moments(20_000), **new), label)
    (profile,) = made.run(pinned)
    exact = roc_auc_score(label == "1", new["score"])
    assert binned_auc(profile) == pytest.approx(exact, abs=2e-4)
    exact = ks_2samp(known["amount"], new["amount"]).statistic
    found = binned_ks(pinned.profile.numeric["amount"], profile.numeric["amount"])
    assert exact - 0.002 <= found <= exact + 1e-12


def test_car_loan_holds_the_published_numbers(stream: Make, shared_data: Path) -> None:
    # Published with NannyML. Its scores have two decimals: every one has a bin of its own.
    made = stream(a_spec(rows=5_000, numeric=("car_value", "loan_length"), categorical=()))
    source = f"read_parquet('{shared_data / 'nannyml_car_loan.parquet'}', file_row_number = true)"
    columns = {name: name for name in made.layout.numeric} | {"score": "y_pred_proba"}
    physical = {**made.layout.numeric, **made.layout.scores}
    listed = ", ".join(f"{column} AS {physical[name]}" for name, column in columns.items())
    for table, period in ((made.layout.reference, "reference"), (made.layout.rows, "analysis")):
        more = f"{hash_of('id::VARCHAR')} AS {HASH}"
        if period == "reference":
            more = "repaid::INTEGER::VARCHAR AS label"
        made.cursor.execute(
            f"INSERT INTO {table} BY NAME SELECT id::VARCHAR AS row_id, timestamp AS event_at,"
            f" file_row_number + 1 AS arrival, y_pred::VARCHAR AS prediction, {listed}, {more}"
            f" FROM {source} WHERE period = '{period}'"
        )
    made.cursor.execute(
        f"INSERT INTO {made.layout.labels} BY NAME SELECT id::VARCHAR AS row_id,"
        f" {hash_of('id::VARCHAR')} AS {HASH}, repaid::INTEGER::VARCHAR AS label,"
        f" 200000 + file_row_number AS arrival FROM {source}"
    )
    made.start(START.replace(year=2018))
    pinned = made.pin()
    profiles = made.run(pinned)
    assert [round(binned_auc(p), 6) for p in profiles] == [
        0.970962, 0.970248, 0.976282, 0.967721, 0.969886, 0.960050, 0.958530, 0.959041, 0.963094, 0.957556
    ]  # fmt: skip
    own = np.array([binned_auc(p) for p in pinned.windows])
    assert len(own) == 10
    limits = own.mean() - 3 * own.std(), own.mean() + 3 * own.std()
    assert limits == pytest.approx((0.963317, 0.978660), abs=1e-6)
    for profile in profiles:
        drifted = profile.window.index is not None and profile.window.index >= 5
        distance = binned_ks(pinned.profile.numeric["car_value"], profile.numeric["car_value"])
        assert (0.4283 <= distance <= 0.4385) is drifted
        # The deciles of the reference are among the edges.
        counts = np.cumsum(pinned.profile.numeric["car_value"].counts)
        assert all(np.abs(counts - 5_000 * i).min() <= 5 for i in range(1, 10))
    assert all(
        a.window.end <= b.window.start for a, b in pairwise(profiles) if a.window.end and b.window.start
    )
