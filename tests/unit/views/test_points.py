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
