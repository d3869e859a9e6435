"""The Drift page compared with something else than its verdicts: other distances, the same verdicts."""

from collections.abc import Iterator

import pytest

from core.domain import Status
from core.errors import NotFound
from core.trimtab import Trimtab
from core.views.build.drift import build_drift
from core.views.drift import DriftRow, DriftScope, DriftView
from tests.judged import judged
from tests.loans import SPEC, rows

from .conftest import NOW, Board, days

# Income moves once, on day 3, and stays where it is.
MOVED = (SPEC, rows(-28, 28), rows(0, 3), rows(3, 4, shift=1.0))


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trimtab]:
    """Read by all, changed by none."""
    with judged(tmp_path_factory.mktemp("shifted"), *MOVED) as trimtab:
        yield trimtab


def look(trimtab, **scope: object) -> DriftView:
    return trimtab.drift_view(DriftScope(model="loans", **scope))


def row(view: DriftView, feature: str) -> DriftRow:
    return next(one for one in view.rows if one.feature == feature)


def test_the_window_before_tells_a_step_from_what_lasts(shifted) -> None:
    fixed, previous = look(shifted), look(shifted, baseline="previous")
    assert (fixed.baseline, previous.baseline, previous.judged_by) == ("fixed", "previous", "fixed")
    assert [name for name, _ in fixed.baselines] == ["fixed", "previous"]
    lasting, step = row(fixed, "income"), row(previous, "income")
    assert [ratio > 1 for ratio in lasting.ratios] == [False] * 3 + [True] * 4
    assert [ratio > 1 for ratio in step.ratios] == [False] * 3 + [True] + [False] * 3
    assert step.statuses == lasting.statuses
    assert fixed.baseline_text == ""
    assert (
        "verdicts (▲ ■) and the limits stay those of the distances from the reference"
        in previous.baseline_text
    )


def test_the_distances_are_those_that_the_command_prints(shifted) -> None:
    view = look(shifted, baseline="previous", feature="income", window=3)
    printed = {
        one.metric: one.value
        for one in shifted.measurements("loans", feature="income", baseline="previous")
        if one.window.index == 3
    }
    assert {test.metric: test.value for test in view.detail.tests} == printed
    assert {test.status for test in view.detail.tests} == {None}
    assert view.detail.status is Status.FAIL


def test_distances_that_are_kept_follow_what_is_judged_next(tmp_path, file, monkeypatch) -> None:
    with judged(tmp_path, *MOVED) as trimtab:
        first = look(trimtab, baseline="previous")
        with monkeypatch.context() as patch:
            patch.setattr("core.questions.against_previous", None)
            assert look(trimtab, baseline="previous", window=2).rows == first.rows
        trimtab.ingest("loans", file(rows(7, 1)), kind="predictions")
        trimtab.monitor("loans")
        later = row(look(trimtab, baseline="previous"), "income")
    assert later.ratios[:7] == row(first, "income").ratios
    assert later.ratios[7] > 1


def test_a_window_is_drawn_beside_the_one_before_it(shifted) -> None:
    before = look(shifted, feature="income", window=3).detail.distribution
    for window, n in ((0, 400), (3, 400), (4, 400)):
        drawn = look(shifted, baseline="previous", feature="income", window=window).detail.distribution
        assert (drawn.beside, drawn.n_reference) == ("Window before", n)
        assert sum(drawn.reference) == pytest.approx(1)
    assert (before.beside, before.n_reference) == ("Reference", 28 * 400)


def test_a_season_is_the_sum_of_its_windows(trimtab, file) -> None:
    trimtab.watch(SPEC + "seasonality: weekday\n", reference=file(rows(-28, 28)))
    trimtab.ingest("loans", file(rows(0, 7)), kind="predictions")
    trimtab.monitor("loans")
    seasonal, fixed = look(trimtab, feature="channel"), look(trimtab, baseline="fixed", feature="channel")
    assert (seasonal.baseline, seasonal.judged_by, fixed.baseline) == ("seasonal", "seasonal", "fixed")
    assert dict(seasonal.baselines)["seasonal"] == "Same weekday"
    assert seasonal.baseline_text == "Windows are held to the reference's windows of the same weekday."
    assert seasonal.detail.distribution.n_reference == 4 * 400
    assert fixed.detail.distribution.n_reference == 28 * 400
    stored = {
        one.window.index: one.value
        for one in trimtab.measurements("loans", feature="channel", metric="chi_squared")
    }
    shown = row(fixed, "channel")
    assert {window.index: value for window, value in zip(fixed.windows, shown.values, strict=True)} == stored
    assert shown.statuses == row(seasonal, "channel").statuses


def test_a_season_that_the_spec_does_not_name_is_not_compared_with(shifted) -> None:
    assert look(shifted, baseline="seasonal").baseline == "fixed"


def test_a_rate_is_what_it_is_whatever_it_is_compared_with(shifted) -> None:
    fixed, previous = row(look(shifted), "repaid"), row(look(shifted, baseline="previous"), "repaid")
    assert set(fixed.metrics) == {"Label rate"}
    assert previous.values == fixed.values


@pytest.mark.parametrize("column", ["score", "decision", "repaid", "income", "channel"])
def test_every_judged_column_is_drawn_beside_its_reference(shifted, column: str) -> None:
    drawn = look(shifted, feature=column, window=1).detail.distribution
    assert (drawn.n_current, drawn.n_reference) == (400, 28 * 400)
    assert sum(drawn.current) == pytest.approx(1)


def test_labels_that_have_not_come_are_said_not_to_have_come(trimtab, file) -> None:
    trimtab.watch(SPEC + "label_delay: 7d\n", reference=file(rows(-28, 28)))
    trimtab.ingest("loans", file(rows(0, 4, labels=False)), kind="predictions")
    trimtab.monitor("loans")
    detail = look(trimtab, feature="repaid").detail
    assert (detail.distribution, detail.status) == (None, Status.UNKNOWN)
    assert detail.undrawn == "No label of this window has come yet, so there is nothing to draw."
    assert look(trimtab, feature="income").detail.undrawn == ""


def test_a_window_whose_profile_is_not_kept_says_what_is_missing(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    with board.store.reading() as cursor:
        view = build_drift(cursor, board.state, DriftScope(model="loan", baseline="previous"), now=NOW)
        with pytest.raises(NotFound):
            build_drift(cursor, board.state, DriftScope(model="loan", feature="label"), now=NOW)
    assert view.detail is not None
    assert view.detail.undrawn == "Either this window or the window before has no row with a value to draw."
