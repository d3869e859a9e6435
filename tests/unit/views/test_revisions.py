"""What was known when, as the Model page tells it: earlier verdicts beside those that hold now."""

from datetime import datetime, timedelta

import pytest

from core.domain import Role, Status
from core.store import recording
from core.views.build.revisions import Revision, told
from core.views.model import Revised

from .conftest import NOW, Board, judged, measured

T = [datetime(2026, 11, day) for day in range(1, 9)]


def chain(*said: tuple[str, float | None], index: int = 0, stands: bool = True) -> list[Revision]:
    """Return the revisions of one verdict, a day each."""
    return [
        Revision(
            index=index, estimated=False, start=None, end=None, status=status, value=value, n=100 * (i + 1),
            reason="made", recorded_at=T[i],
            superseded_at=None if stands and i == len(said) - 1 else T[i + 1],
        )
        for i, (status, value) in enumerate(said)
    ]  # fmt: skip


def brief(found: tuple[Revised, ...]) -> list[tuple[object, ...]]:
    return [
        (one.before.status, one.before.value, one.known_at.day, one.until.day, one.now and one.now.status)
        for one in found
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ([("PASS", 0.8)], []),
        ([("PASS", 0.8), ("PASS", 0.8)], []),
        ([("UNKNOWN", None), ("UNKNOWN", 0.7)], []),
        ([("PASS", 0.8), ("PASS", 0.7)], [("PASS", 0.8, 1, 2, "PASS")]),
        (
            [("UNKNOWN", None), ("UNKNOWN", 0.7), ("UNKNOWN", 0.71), ("FAIL", 0.6)],
            [("UNKNOWN", 0.71, 1, 4, "FAIL")],
        ),
        (
            [("UNKNOWN", 0.7), ("PASS", 0.8), ("FAIL", 0.6)],
            [("UNKNOWN", 0.7, 1, 2, "FAIL"), ("PASS", 0.8, 2, 3, "FAIL")],
        ),
        ([("FAIL", 0.6), ("PASS", 0.8), ("FAIL", 0.6)], [("PASS", 0.8, 2, 3, "FAIL")]),
    ],
)
def test_what_is_told_of_a_verdict_s_revisions(
    said: list[tuple[str, float | None]], wanted: list[tuple[object, ...]]
) -> None:
    assert brief(told(chain(*said))) == wanted


def test_a_window_that_is_no_longer_judged_keeps_what_was_known() -> None:
    assert brief(told(chain(("FAIL", 0.6), stands=False))) == [("FAIL", 0.6, 1, 2, None)]


def test_the_latest_window_comes_first() -> None:
    both = [*chain(("PASS", 0.8), ("FAIL", 0.6)), *chain(("PASS", 0.9), ("FAIL", 0.5), index=1)]
    assert [one.index for one in told(both)] == [1, 0]


def test_the_model_page_reads_the_past_of_the_metric_asked_for(board: Board) -> None:
    monitor = board.watch("loan")
    for days, value, status in ((0, 0.8, Status.PASS), (3, 0.6, Status.FAIL)):
        one = judged(measured(9, "roc_auc", value), status, low=0.75)
        other = judged(measured(9, "accuracy", 0.9), Status.PASS)
        rows = measured(9, "row_count", 5.0, Role.OPERATIONS)
        with board.store.writing() as cursor:
            reached = recording.Reached(
                key=monitor.key, windows=frozenset({9}),
                measurements=[one.measurement, other.measurement, rows], verdicts=[one, other],
            )  # fmt: skip
            recording.record(cursor, [reached], now=NOW + timedelta(days=days))
    for metric, wanted in (
        (None, [(Status.PASS, 0.8, 18, 21, Status.FAIL)]),
        ("roc_auc", [(Status.PASS, 0.8, 18, 21, Status.FAIL)]),
        ("accuracy", []),
        ("no such", [(Status.PASS, 0.8, 18, 21, Status.FAIL)]),
    ):
        view = board.model("loan", metric=metric)
        assert brief(view.revised) == wanted
