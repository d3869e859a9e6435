"""A Segments tab with everything on it."""

from datetime import UTC, datetime, timedelta

from core.domain import Segment, Status
from core.views.change import ChangeScope, ChangeView, SegmentVerdict, WindowChoice
from tests.made_change import CHANGE, END, START


def change_view(scope: ChangeScope) -> ChangeView:
    """Eight windows of five days, the last failing."""
    windows = tuple(
        WindowChoice(
            index=i,
            start=START - timedelta(days=5 * (7 - i)),
            end=END - timedelta(days=5 * (7 - i)),
            status=Status.FAIL if i == 7 else Status.PASS,
        )
        for i in range(8)
    )
    return ChangeView(
        as_of=datetime(2026, 11, 18, tzinfo=UTC),
        scope=scope,
        windows=windows,
        metrics=(("roc_auc", "ROC AUC"), ("accuracy", "Accuracy")),
        explained=CHANGE,
        recorded_at=datetime(2026, 11, 8, 9, tzinfo=UTC),
        named=(
            SegmentVerdict(
                segment=Segment.of({"region": "north"}),
                status=Status.FAIL,
                value=0.76,
                low=0.73,
                high=0.79,
                n=1204,
                limit_low=0.84,
                limit_high=None,
                sentence="ROC AUC for region = north 0.760 is below 0.840.",
                verdict_id="n1",
            ),
            SegmentVerdict(
                segment=Segment.of({"region": "south"}),
                status=Status.UNKNOWN,
                value=None,
                low=None,
                high=None,
                n=12,
                limit_low=None,
                limit_high=None,
                sentence="not enough data",
                verdict_id=None,
            ),
        ),
        empty_reason=None,
    )
