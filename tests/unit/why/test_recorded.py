"""What is kept of an explanation, and what the pages read of it."""

import pytest

from core.domain import Role, Status
from core.store import changes
from core.views.change import ChangeScope
from core.views.model import ModelScope
from core.why.recorded import MOST, _failing
from tests.claims import SPEC
from tests.unit.policy.builders import verdict


def north(row):
    return row["region"] == "north"


def test_a_window_that_fails_is_explained_when_it_is_judged(judged) -> None:
    trimtab = judged(fault=north)
    note = trimtab.model_view(ModelScope(model="claims")).change
    view = trimtab.change_view(ChangeScope(model="claims"))
    asked = trimtab.change("claims")
    assert note is not None
    assert "within region = north" in note.sentence
    assert view.explained is not None
    assert view.recorded_at is not None
    assert note.sentence == view.explained.sentence == asked.sentence
    assert view.windows[0].status is Status.FAIL
    assert view.metrics[0] == ("roc_auc", "ROC AUC")
    trimtab.close()


def test_a_window_that_passes_is_explained_on_request_only(judged) -> None:
    trimtab = judged()
    assert trimtab.model_view(ModelScope(model="claims")).change is None
    view = trimtab.change_view(ChangeScope(model="claims"))
    assert view.recorded_at is None
    assert view.explained is not None
    assert "chance may explain it" in view.explained.sentence
    trimtab.close()


def test_another_metric_is_explained_on_request(judged) -> None:
    trimtab = judged(fault=north)
    view = trimtab.change_view(ChangeScope(model="claims", metric="accuracy"))
    assert view.recorded_at is None
    assert view.explained is not None
    assert view.explained.metric == "accuracy"
    trimtab.close()


def test_the_spec_s_segments_are_listed_worst_first(judged) -> None:
    trimtab = judged(spec=SPEC + "segments: [region]\n", fault=north)
    named = trimtab.change_view(ChangeScope(model="claims")).named
    assert len(named) == 4
    assert named[0].segment.as_dict() == {"region": "north"}
    assert named[0].status is Status.FAIL
    assert named[0].verdict_id
    trimtab.close()


def test_judged_again_the_same_explanation_stays_and_another_reference_ends_it(judged) -> None:
    trimtab = judged(fault=north)
    key = trimtab._state.monitor("claims").key
    with trimtab._store.reading() as cursor:
        first = changes.latest(cursor, key)
    assert first is not None
    with trimtab._store.writing() as cursor:
        changes.record(cursor, key, [0], [first.explained], now=first.recorded_at.replace(year=2030))
        again = changes.latest(cursor, key)
        assert again is not None
        assert again.recorded_at == first.recorded_at
        changes.record(cursor, key, [0], [], now=first.recorded_at.replace(year=2031))
        assert changes.latest(cursor, key) is None
        (kept,) = cursor.execute("SELECT count(*) FROM changes").fetchone()
    assert kept == 1
    trimtab.close()


def test_of_many_windows_that_fail_the_first_and_the_latest_are_explained() -> None:
    failing = [
        verdict(i, rule="performance", metric="roc_auc", role=Role.PERFORMANCE, feature=None)
        for i in range(20)
    ]
    chosen = [one.window.index for one in _failing(failing, "roc_auc")]
    assert chosen == [*range(19, 8, -1), 0]
    assert len(chosen) == MOST
    few = [one.window.index for one in _failing(failing[:MOST], "roc_auc")]
    assert few == [*range(MOST - 1, -1, -1)]


@pytest.mark.parametrize("missing", ["claims"])
def test_before_anything_is_judged_the_tab_says_so(judged, missing) -> None:
    trimtab = judged(n_reference=100)
    view = trimtab.change_view(ChangeScope(model=missing))
    assert view.explained is not None or view.empty_reason
    trimtab.close()
