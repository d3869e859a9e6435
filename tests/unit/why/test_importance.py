"""Importance of features from what a model answered on its reference, and the order of the Drift page."""

import numpy as np
import pytest

from core.profiles import importance
from core.profiles.codings import Coding
from core.profiles.relation import Relation
from core.store import AnalyticsStore
from core.views.build.column_verdicts import ColumnVerdict
from core.views.build.drift import _rows
from core.views.build.points import ShownWindow
from core.views.drift import DriftScope
from tests.claims import AMOUNTS


def stored(trimtab, model: str) -> dict[str, float]:
    with trimtab._store.reading() as cursor:
        return dict(importance.read(cursor, trimtab._state.monitor(model).key))


def test_the_forecast_hangs_on_income_alone(judged) -> None:
    """The forecast is 100 + 10 × income: η² by deciles of a normal variable is .969, noise has 0."""
    trimtab = judged(spec=AMOUNTS)
    found = stored(trimtab, "amounts")
    assert set(found) == {"income", "years", "region", "channel"}
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["income"] > 0.99
    view = trimtab.drift_view(DriftScope(model="amounts"))
    assert {row.feature: row.importance for row in view.rows if row.importance is not None} == found
    assert "η²" in view.importance_text
    trimtab.close()


def verdict(feature: str, ratio: float) -> ColumnVerdict:
    return ColumnVerdict(
        baseline="fixed", metric="psi", role="feature", feature=feature, window_index=0, estimated=False,
        value=0.2 * ratio, limit_high=0.2, status="FAIL", failure="",
    )  # fmt: skip


def test_drift_is_ranked_by_drift_times_importance() -> None:
    windows = [ShownWindow(index=0, version="1", start=None, end=None, n=5000)]
    judged = [verdict("idle", 6.0), verdict("leading", 2.0)]
    weights = {"idle": 0.05, "leading": 0.95}
    assert [row.feature for row in _rows(judged, windows, weights)] == ["leading", "idle"]
    assert [row.feature for row in _rows(judged, windows, {})] == ["idle", "leading"]


def test_goodman_and_kruskal_s_tau_by_hand() -> None:
    """Region decides half of the classes: the share explained is that of the definition."""
    chance = np.random.default_rng(5)
    region = chance.choice(["a", "b"], 4000)
    called = np.where((region == "a") | (chance.random(4000) < 0.5), "1", "0")
    counts = np.array([[np.sum((region == r) & (called == c)) for c in "01"] for r in "ab"], dtype=float)
    n, of_class, of_region = counts.sum(), counts.sum(axis=0), counts.sum(axis=1)
    tau = 1 - (of_region - (counts**2).sum(axis=1) / of_region).sum() / (n - (of_class**2).sum() / n)
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        cursor.execute(
            "CREATE TABLE answers AS SELECT unnest(?) AS c0, unnest(?) AS prediction",
            [region.tolist(), called.tolist()],
        )
        rows = Relation(tables="answers r", where="true", w="0", v="'1'", label="NULL", parameters={})
        coded = [Coding(column="region", physical="c0", expression="(c0 = 'a')::UTINYINT", labels=("b", "a"))]
        found, used = importance._explained(cursor, rows, coded, "prediction", False)
    store.close()
    assert used == 4000
    assert found["region"] == pytest.approx(tau, abs=5e-4)
