"""An explained change with everything in it, for tests of what carries and shows it."""

from datetime import UTC, datetime

from core.change import (
    ChangeExplained,
    ColumnEffect,
    Decomposition,
    Effect,
    FoundSegment,
    Level,
    Part,
    Share,
    Side,
)
from core.domain import Segment, Window

NORTH, PARTNER = Segment.of({"region": "north"}), Segment.of({"channel": "partner"})
BOTH = Segment.of({"channel": "partner", "region": "north"})
START, END = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 7, tzinfo=UTC)
GONE = Effect(value=-0.1, low=-0.14, high=-0.06, p_value=1e-6)
PARTS = (
    Part(
        segment=PARTNER,
        before=Level(value=0.80, n=300, low=0.74, high=0.85),
        after=Level(value=0.79, n=600, low=0.75, high=0.83),
        share_before=0.02,
        share_after=0.2,
        mix=-0.005,
        within=-0.001,
    ),
    Part(
        segment=Segment.of({"channel": "online"}),
        before=Level(value=0.88, n=9000, low=0.87, high=0.89),
        after=Level(value=0.86, n=2604, low=0.84, high=0.88),
        share_before=0.98,
        share_after=0.8,
        mix=0.0,
        within=-0.015,
    ),
)
FOUND = FoundSegment(
    segment=NORTH,
    before=Level(value=0.86, n=4000, low=0.85, high=0.87),
    after=Level(value=0.76, n=1204, low=0.73, high=0.79),
    share_before=0.25,
    share_after=0.26,
    change=GONE,
    gap=GONE,
    contribution=-0.016,
    q_value=0.0004,
    is_new=False,
    like=(BOTH,),
)
CHANGE = ChangeExplained(
    model="churn",
    metric="roc_auc",
    title="ROC AUC",
    unit="",
    estimated=False,
    method="straight path",
    before=Side(
        name="the reference", level=Level(value=0.871, n=9300, low=0.86, high=0.88), is_reference=True
    ),
    after=Side(
        name="window 7",
        level=Level(value=0.85, n=3204, low=0.84, high=0.86),
        window=Window(index=7, start=START, end=END),
        version="3",
    ),
    change=Effect(value=-0.021, low=-0.03, high=-0.012, p_value=1e-5),
    harm=-1,
    story=(
        Share(
            kind="within",
            value=-0.016,
            segment=NORTH,
            before=FOUND.before,
            after=FOUND.after,
            share_before=0.25,
            share_after=0.26,
        ),
        Share(kind="mix", value=-0.005, segment=PARTNER, share_before=0.02, share_after=0.2),
        Share(kind="rest", value=0.0),
    ),
    split=Decomposition(
        by=("channel",),
        change=-0.021,
        mix=Effect(value=-0.005, low=-0.008, high=-0.002, p_value=0.001),
        within=Effect(value=-0.016, low=-0.02, high=-0.01, p_value=1e-4),
        parts=PARTS,
    ),
    columns=(
        ColumnEffect(
            column="channel",
            mix=Effect(value=-0.005, low=-0.008, high=-0.002, p_value=0.001),
            within=-0.016,
            moved=PARTS[0],
        ),
    ),
    found=(FOUND,),
    shown=(),
    n_tested=120,
    sentence="ROC AUC fell by 0.021 against the reference (0.871 → 0.850, n = 3,204, 95 % interval −0.030 to "
    "−0.012): 0.016 within region = north (0.860 → 0.760, n = 1,204), 0.005 because more rows come from "
    "channel = partner (2.0 % → 20 % of rows).",
    notes=("3,204 of 3,900 rows of window 7 count; the others lack a label or a value.",),
)
