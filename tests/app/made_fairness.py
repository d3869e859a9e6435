"""Made fairness of a lending model: what the Fairness page shows of five age bands."""

from dataclasses import replace
from random import Random

from core.domain import IncidentStatus, Severity, Status, Task
from core.views.drift import WindowNote
from core.views.fairness import (
    CrossCell,
    Crossing,
    FairHistory,
    FairnessScope,
    FairnessView,
    GroupContrast,
    GroupLevel,
    Impact,
    ImpactRow,
    ImpactTable,
    Mark,
    Told,
    Tradeoff,
    TradeoffPoint,
)
from core.views.series import IncidentNote, Point, Series

from .made_fleet import DAY, MIDNIGHT, NOW

BANDS = ("18-25", "26-35", "36-50", "51-65", "66+")
RATES = (0.33, 0.41, 0.44, 0.42, 0.37)
ROWS = (1685, 9900, 23000, 16000, 2060)
MARKS: tuple[Mark, ...] = ("outside", "inside", "reference", "inside", "crosses")
REGIONS = ("North", "South", "East", "Islands")
MEASURES = (
    ("selection_rate", "Selection rate"),
    ("false_negative_rate", "False negative rate"),
    ("calibration_error", "Calibration error"),
)
SENTENCE = (
    "Demographic parity ratio of age_band 0.750 (95 % interval for all pairs of 5 groups 0.701 to 0.797, "
    "n = 52,645) against 0.8 to 1.25: fails by 0.050. A screening band, not a legal verdict."
)


def fairness_view(scope: FairnessScope, *, n_models: int = 4) -> FairnessView:
    """Return a model that selects the youngest too rarely."""
    empty = FairnessView(as_of=NOW, scope=scope, models=("lending", "readmission"), name=None)
    if not n_models:
        return replace(
            empty,
            models=(),
            empty_title="No groups to compare",
            empty_reason="No model is monitored yet, so no groups are compared.",
        )
    windows = tuple(
        WindowNote(index=50 + i, start=MIDNIGHT + (i - 41) * DAY, end=MIDNIGHT + (i - 40) * DAY, n=1_300 + i)
        for i in range(40)
    )
    measure = scope.measure or "selection_rate"
    return replace(
        empty,
        name=scope.model or "lending",
        version="7",
        task=Task.BINARY,
        attributes=("age_band", "sex", "region"),
        measures=MEASURES,
        attribute=scope.attribute or "age_band",
        measure=measure,
        title=dict(MEASURES).get(measure, measure),
        unit="share",
        what="share of the rows with the outcome 1",
        windows=windows,
        period="9 Oct 2026 to 17 Nov 2026 (40 windows)",
        n=52_645,
        sentence="Selection rate is lowest for 18-25 (33.0 %) and highest for 36-50 (44.0 %).",
        verdict=Told(
            status=Status.FAIL,
            sentence=SENTENCE,
            window=None,
            verdict_id=None,
            command="trimtab fairness lending --by age_band --windows 50..89",
        ),
        limit_low=0.8,
        limit_high=1.25,
        levels=(*map(level, range(5)), small()),
        reference=scope.against or "36-50",
        is_chosen=scope.against is not None,
        contrasts=tuple(map(contrast, range(5))),
        contrast_note="Outside the band: 18-25; on its edge: 66+.",
        tradeoff=tradeoff(),
        crossing=crossing(scope.cross or "region"),
        history=history(windows, scope.group or "18-25"),
        impact=impact(scope),
    )


def level(at: int) -> GroupLevel:
    """Return one age band's selection rate."""
    rate = RATES[at]
    return GroupLevel(
        name=BANDS[at], n=ROWS[at], n_behind=ROWS[at], value=rate, low=rate - 0.02, high=rate + 0.02
    )


def small() -> GroupLevel:
    """Return a group that is withheld."""
    return GroupLevel(
        name="(missing)", n=12, n_behind=12, value=None, low=None, high=None, note="fewer than 30 rows"
    )


def contrast(at: int) -> GroupContrast:
    """Return one age band beside the best-off one."""
    ratio, mark = RATES[at] / 0.44, MARKS[at]
    known = mark != "reference"
    return GroupContrast(
        name=BANDS[at],
        n=ROWS[at],
        value=ratio,
        low=ratio - 0.045 if known else None,
        high=ratio + 0.045 if known else None,
        mark=mark,
    )


def tradeoff() -> Tradeoff:
    """Return thresholds from 0.3 to 0.7, today's among them."""
    points = tuple(
        TradeoffPoint(
            threshold=0.3 + i / 100,
            accuracy=0.86 - (0.48 - 0.3 - i / 100) ** 2,
            ratio=0.95 - 0.006 * i,
            worst="18-25",
            selected=0.9 - 0.015 * i,
        )
        for i in range(41)
    )
    sentence = "At today's threshold of 0.50 the worst ratio is 0.83 (18-25), accuracy 0.860."
    return Tradeoff(points=points, now=points[20], n=48_000, left_out=("(missing)",), sentence=sentence)


def crossing(column: str) -> Crossing:
    """Return age bands by region, one cell withheld."""
    marks: dict[float, Mark] = {0.71: "outside", 0.78: "crosses", 1.0: "reference"}
    ratios = (
        (0.71, 0.71, 0.78, 0.8),
        (0.92, 0.95, 0.9, 0.97),
        (1.0, 0.97, 0.98, 0.96),
        (0.95,) * 4,
        (0.83,) * 4,
    )
    cells = tuple(
        CrossCell(
            row=BANDS[y],
            column=name,
            n=12 if (y, x) == (0, 3) else 800 + 40 * y,
            value=None if (y, x) == (0, 3) else 0.4,
            ratio=None if (y, x) == (0, 3) else ratios[y][x],
            low=None if (y, x) == (0, 3) else ratios[y][x] - 0.05,
            high=None if (y, x) == (0, 3) else ratios[y][x] + 0.05,
            mark="unknown" if (y, x) == (0, 3) else marks.get(ratios[y][x], "inside"),
            note="fewer than 30 rows" if (y, x) == (0, 3) else "",
        )
        for y in range(5)
        for x, name in enumerate(REGIONS)
    )
    return Crossing(
        column=column,
        rows=BANDS,
        columns=REGIONS,
        cells=cells,
        best="36-50, North",
        verdict=None,
        sentence="2 of 20 crossed groups lie wholly outside the band, beside the best-off one, 36-50, North.",
    )


def impact(scope: FairnessScope) -> Impact:
    """Return the four-fifths screen, or Local Law 144's table of one column."""
    screen = tuple(
        ImpactRow(
            category=BANDS[at], n=ROWS[at], n_hits=round(RATES[at] * ROWS[at]), rate=RATES[at],
            ratio=RATES[at] / 0.44, low=RATES[at] / 0.44 - 0.045, high=RATES[at] / 0.44 + 0.045,
            mark=MARKS[at],
        )
        for at in range(5)
    )  # fmt: skip
    if scope.preset != "ll144":
        return Impact(
            preset="four_fifths",
            rate="selection",
            tables=(ImpactTable(title="age_band", rows=screen, most="36-50"),),
        )
    rows = (
        ImpactRow(category="female", n=25_000, n_hits=10_000, rate=0.4, ratio=0.93),
        ImpactRow(category="male", n=26_000, n_hits=11_180, rate=0.43, ratio=1.0),
        ImpactRow(
            category="other",
            n=600,
            n_hits=250,
            rate=0.417,
            ratio=None,
            note="left out: under 2 % of the data",
        ),
    )
    table = ImpactTable(title="Sex (sex)", rows=rows, most="male", n_unknown=1_045, n_left_out=1)
    return Impact(
        preset="ll144",
        rate=scope.rate or "selection",
        rates=("selection", "scoring"),
        tables=(table,),
        median=0.47 if scope.rate == "scoring" else None,
        note="The rule asks for race/ethnicity; no sensitive column of this model is called so.",
    )


def history(windows: tuple[WindowNote, ...], picked: str) -> FairHistory:
    """Return 40 windows of every band and of the judged ratio."""
    random = Random(3)
    groups = tuple(
        series("selection_rate", windows, [RATES[at] + random.uniform(-0.02, 0.02) for _ in windows], band)
        for at, band in enumerate(BANDS)
    )
    ratios = [0.75 + random.uniform(-0.04, 0.04) for _ in windows]
    return FairHistory(
        groups=groups,
        picked=picked,
        between=series("demographic_parity_ratio", windows, ratios, "all rows", limit=0.8),
        incidents=(
            IncidentNote(
                id="9f2", severity=Severity.CRITICAL, status=IncidentStatus.OPEN,
                cause="Demographic parity ratio of age_band outside the limits since window 60",
                rule="fairness", features=("age_band",), opened_at=NOW - 29 * DAY, first_index=60,
                last_index=89, first_start=MIDNIGHT - 31 * DAY, last_end=MIDNIGHT,
            ),
        ),
        sentence="The ratio between the groups fails in 31 of 40 judged windows.",
    )  # fmt: skip


def series(
    metric: str,
    windows: tuple[WindowNote, ...],
    values: list[float],
    segment: str,
    limit: float | None = None,
) -> Series:
    """Return made values over the windows; those under a limit fail."""
    return Series(
        metric=metric, title=metric.replace("_", " ").capitalize(), unit="share" if limit is None else "",
        higher_is="better", method="made", segment=segment,
        measured=tuple(
            Point(
                index=one.index, start=one.start, end=one.end, n=300, value=value, low=value - 0.05,
                high=value + 0.05, limit_low=limit,
                status=None if limit is None else Status.FAIL if value < limit else Status.PASS,
            )
            for one, value in zip(windows, values, strict=True)
        ),
    )  # fmt: skip
