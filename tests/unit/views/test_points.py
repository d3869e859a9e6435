"""Which numbers of which version a page shows."""

from core.domain import Role, Status

from .conftest import Board, judged, measured


def test_where_two_versions_answered_the_one_with_most_rows_speaks(board: Board) -> None:
    found = []
    for index in range(4):
        for version in ("1", "2"):
            n = 900 if (version == "1") == (index < 2) else 100
            more = {"version": version, "n": n}
            found.append(measured(index, "row_count", float(n), Role.OPERATIONS, **more))
            found.append(measured(index, "roc_auc", 0.8 if version == "2" else 0.7, estimated=True, **more))
            if version == "1":
                found.append(measured(index, "roc_auc", 0.6 + index / 100, **more))
    board.judge(board.watch("loan"), [judged(one, Status.PASS, low=0.5) for one in found])
    view = board.model("loan")
    (auc,) = view.performance
    assert [(point.index, point.value) for point in auc.measured] == [(0, 0.6), (1, 0.61)]
    assert [point.value for point in auc.estimated] == [0.7, 0.7, 0.8, 0.8]
    told = [(one.version, one.value, one.estimated, one.n_rows) for one in view.versions]
    assert told == [("2", 0.8, True, 2_000), ("1", 0.63, False, 2_000)], "what came true goes before a guess"
    assert {test.n for test in board.model("loan", version="2").performance[0].estimated} == {100, 900}


def board_with(board: Board, **values: float | None) -> Board:
    """Judge four windows with these numbers in each."""
    found = [measured(i, metric, value) for i in range(4) for metric, value in values.items()]
    rows = [measured(i, "row_count", 9.0, Role.OPERATIONS) for i in range(4)]
    board.judge(board.watch("loan"), [], [*found, *rows])
    return board


def test_the_leading_metric_and_the_chosen_one_are_read(board: Board) -> None:
    board_with(board, f1=0.7, roc_auc=0.8, accuracy=0.9, brier=None)
    view = board.model("loan", metric="f1")
    assert [one.metric for one in view.metrics] == ["roc_auc", "accuracy", "f1"]
    assert [(one.metric, len(one.measured)) for one in view.performance] == [("roc_auc", 4), ("f1", 4)]
    for nothing in (None, "brier", "no such metric"):
        assert [one.metric for one in board.model("loan", metric=nothing).performance] == ["roc_auc"]


def test_where_the_leading_metric_has_no_value_its_card_says_so_and_another_is_shown(board: Board) -> None:
    view = board_with(board, roc_auc=None, f1=0.8).model("loan")
    assert [one.metric for one in view.performance] == ["f1"]
    assert (view.cards[0].key, view.cards[0].value) == ("metric", None)
