"""Which number an incident is shown by: the one of its sentence, in the segment where it failed."""

from collections.abc import Sequence

import pytest

from core.domain import ALL_ROWS, Role, Segment, Status, Verdict
from core.review.concerns import Concerns
from core.views.series import Series
from tests.unit.views.conftest import Board, board, days, incident, judged, measured  # noqa: F401

WEB = Segment.of({"channel": "web"})


def curve(segment: Segment, *values: float, metric: str = "roc_auc", **more: object) -> list[Verdict]:
    """Return a number day by day in a segment; below 0.75 it fails."""
    return [
        judged(
            measured(index, metric, value, segment=segment, **more),  # type: ignore[arg-type]
            Status.FAIL if value < 0.75 else Status.PASS,
            low=0.75,
        )
        for index, value in enumerate(values)
    ]


def shown(board: Board, verdicts: Sequence[Verdict], rule: str) -> Series | None:  # noqa: F811
    monitor = board.watch("loan")
    rows = [judged(measured(index, "row_count", 1000.0, Role.OPERATIONS), Status.PASS) for index in range(3)]
    board.judge(monitor, [*rows, *verdicts])
    failed = [one for one in verdicts if one.status is Status.FAIL]
    about = incident("loan", rule=rule, verdicts=tuple(one.id for one in failed))
    with board.store.reading() as cursor:
        return Concerns(cursor).of_incident(monitor, about, failed)


def values(found: Series | None) -> list[float | None]:
    assert found is not None
    return [round(point.value, 3) if point.value is not None else None for point in found.measured]


def test_a_segment_that_alone_fails_is_shown_by_its_own_numbers(board: Board) -> None:  # noqa: F811
    found = shown(board, [*curve(ALL_ROWS, 0.82, 0.81, 0.8), *curve(WEB, 0.8, 0.7, 0.6)], "performance")
    assert values(found) == [0.8, 0.7, 0.6]
    assert found is not None
    assert found.segment == "channel = web"
    assert [point.status for point in found.measured] == [Status.PASS, Status.FAIL, Status.FAIL]


def test_of_a_segment_and_all_rows_the_one_furthest_gone_is_shown(board: Board) -> None:  # noqa: F811
    found = shown(board, [*curve(ALL_ROWS, 0.82, 0.5, 0.4), *curve(WEB, 0.8, 0.7, 0.6)], "performance")
    assert values(found) == [0.82, 0.5, 0.4]


@pytest.mark.parametrize(("everywhere", "of"), [(0.74, "all rows"), (0.9, "channel = web")])
def test_drift_is_shown_over_all_rows_where_these_drift_too(board: Board, everywhere: float, of: str) -> None:  # noqa: F811
    feature = {"metric": "psi", "role": Role.FEATURE, "feature": "income"}
    verdicts = [*curve(ALL_ROWS, 0.9, everywhere, **feature), *curve(WEB, 0.9, 0.1, **feature)]  # type: ignore[arg-type]
    found = shown(board, verdicts, "drift")
    assert found is not None
    assert (found.segment, found.feature) == (of, "income")


def test_without_verdicts_the_leading_metric_stands_for_it(board: Board) -> None:  # noqa: F811
    monitor = board.watch("loan")
    board.judge(monitor, days("loan"))
    with board.store.reading() as cursor:
        found = Concerns(cursor).of_incident(monitor, incident("loan", verdicts=()), [])
    assert found is not None
    assert (found.metric, found.segment) == ("roc_auc", "all rows")
