"""A made model in trouble: what the Model page shows."""

from dataclasses import replace
from datetime import timedelta
from math import exp
from random import Random

from core.domain import Health, IncidentStatus, Risk, Severity, Status, Task
from core.views.model import (
    AliasNote,
    Card,
    ChangeNote,
    Deployment,
    Known,
    LabelShare,
    MetricName,
    ModelScope,
    ModelView,
    Revised,
    VersionRow,
)
from core.views.series import Distribution, FairnessLink, IncidentNote, Point, Series
from tests.made_change import CHANGE, END, START

from .made_fleet import DAY, MIDNIGHT, NOW


def points(
    n: int, *, level: float, slope: float = 0.0, estimated: bool = False, first: int = 0
) -> tuple[Point, ...]:
    """Return daily points that fall in the last third."""
    random = Random(n + first)
    made = []
    for i in range(first, first + n):
        value = level + random.uniform(-1, 1) * 0.008 - slope * max(0, i - 60)
        start = MIDNIGHT - (91 - i) * DAY
        fails = value < 0.74
        made.append(
            Point(
                index=i,
                start=start,
                end=start + DAY,
                n=41_000 + random.randint(-3000, 3000),
                value=value,
                low=value - 0.012,
                high=value + 0.012,
                estimated=estimated,
                status=Status.FAIL if fails else Status.PASS,
                limit_low=0.74,
                sentence=f"ROC AUC {value:.3f} {'<' if fails else '≥'} 0.740 = lower limit.",
            )
        )
    return tuple(made)


def line(metric: str, title: str, unit: str, level: float, *, wobble: float) -> Series:
    """Return an unjudged daily series."""
    random = Random(metric)
    start = MIDNIGHT - 91 * DAY
    return Series(
        metric=metric,
        title=title,
        unit=unit,
        higher_is="worse",
        method="quantile of a histogram",
        measured=tuple(
            Point(
                index=i,
                start=start + i * DAY,
                end=start + (i + 1) * DAY,
                n=41_000,
                value=level + random.uniform(-1, 1) * wobble,
            )
            for i in range(90)
        ),
    )


def bell(centre: float, width: float, n: int = 40) -> tuple[float, ...]:
    """Return shares of a bell-shaped column."""
    raw = [exp(-(((i + 0.5) / n - centre) ** 2) / width) for i in range(n)]
    return tuple(value / sum(raw) for value in raw)


def scores() -> Distribution:
    """Return a score that moved up."""
    edges = [i / 40 for i in range(41)]
    return Distribution(
        column="score",
        role="score",
        kind="numeric",
        labels=tuple(f"{low:.2f} to {low + 0.025:.2f}" for low in edges[:-1]),
        lows=tuple(edges[:-1]),
        highs=tuple(edges[1:]),
        reference=bell(0.25, 0.05),
        current=bell(0.38, 0.07),
        n_reference=120_000,
        n_current=41_201,
        missing_reference=0.0,
        missing_current=0.0,
    )


def cards() -> tuple[Card, ...]:
    """Return the five leading numbers."""
    day = {"window_start": MIDNIGHT - DAY, "window_end": MIDNIGHT, "change_from": "vs. 7 windows before"}
    return (
        Card(
            key="metric",
            title="ROC AUC",
            unit="",
            value=0.716,
            status=Status.FAIL,
            low=0.704,
            high=0.728,
            n=41_201,
            limit_low=0.74,
            change=-0.098,
            higher_is="better",
            estimated=True,
            trend=tuple(0.8 - i * 0.003 for i in range(28)),
            sentence="ROC AUC 0.716 < 0.740 = lower limit of the reference band: fails by 0.024.",
            **day,
        ),
        Card(
            key="drift",
            title="Columns drifting",
            unit="",
            value=4,
            total=12,
            status=Status.FAIL,
            n=41_201,
            change=2,
            trend=(1, 1, 2, 2, 2, 3, 4),
            sentence="4 of 12 columns drift, most of all utilisation.",
            **day,
        ),
        Card(
            key="fairness",
            fairness=FairnessLink(model="", attribute="age_band", measure="selection_rate", window=89),
            title="Fairness ratio, sex",
            unit="",
            value=0.78,
            low=0.75,
            high=0.81,
            status=Status.WARN,
            n=38_020,
            limit_low=0.8,
            limit_high=1.25,
            change=-0.05,
            trend=(0.84, 0.83, 0.81, 0.79, 0.78),
            sentence="The lowest group's selection rate is 0.78 of the highest's.",
            **day,
        ),
        Card(
            key="latency",
            title="p95 latency",
            unit="ms",
            value=212,
            status=Status.PASS,
            n=41_201,
            limit_high=300,
            change=18,
            higher_is="worse",
            trend=(194, 196, 199, 194, 206, 210, 212),
            sentence="95 of 100 requests answer within 212 ms.",
            **day,
        ),
        Card(
            key="coverage",
            title="Label coverage",
            unit="share",
            value=0.64,
            status=None,
            n=41_201,
            trend=(0.98, 0.98, 0.95, 0.93, 0.9, 0.76, 0.64),
            sentence="64 % of the rows of this window have their label.",
            **day,
        ),
    )


def labels() -> tuple[LabelShare, ...]:
    """Return coverage that falls off over the last three weeks, whose windows are immature."""
    return tuple(
        LabelShare(
            index=i,
            start=MIDNIGHT - (91 - i) * DAY,
            end=MIDNIGHT - (90 - i) * DAY,
            n=41_000,
            share=min(1.0, 0.04 * (92 - i)),
            is_immature=i > 66,
        )
        for i in range(90)
    )


def revised() -> tuple[Revised, ...]:
    """Return two verdicts that late labels revised."""
    return tuple(
        Revised(
            index=i,
            start=MIDNIGHT - (91 - i) * DAY,
            end=MIDNIGHT - (90 - i) * DAY,
            estimated=False,
            before=Known(status=Status.UNKNOWN, value=0.8, n=12_000, reason="labels immature"),
            known_at=NOW - 20 * DAY,
            until=NOW - DAY,
            now=Known(status=Status.PASS, value=0.79, n=41_000, reason="within the limits"),
        )
        for i in (65, 64)
    )


def model_view(scope: ModelScope) -> ModelView:
    """Return one model in trouble."""
    auc = Series(
        metric="roc_auc",
        title="ROC AUC",
        unit="",
        higher_is="better",
        method="binned scores, DeLong",
        measured=points(66, level=0.83, slope=0.004),
        estimated=points(24, level=0.83, slope=0.004, estimated=True, first=66),
    )
    accuracy = replace(auc, metric="accuracy", title="Accuracy", unit="share")
    rows = line("row_count", "Rows", "", 41_000, wobble=4000)
    return ModelView(
        as_of=NOW,
        scope=scope,
        name=scope.model,
        registry="sqlite:///mlflow.db",
        monitored=True,
        status=Health.CRITICAL,
        why="Estimated ROC AUC 0.716 < 0.740 = lower limit (0.831 − 3 × 0.0303): fails by 0.024.",
        champion="7",
        challenger="18",
        version="7",
        deployed_at=NOW - 21 * DAY,
        task=Task.BINARY,
        owner="credit-risk",
        unit="Lending",
        region="Europe",
        risk=Risk.HIGH,
        use_case="credit",
        on_call="credit-risk@example.org",
        runbook=None,
        rows_a_day=41_200.0,
        window_text="1 day",
        reference_text="The limits come from 60 reference windows of 1 day.",
        label_delay_s=21 * 86400.0,
        judged_at=NOW - timedelta(minutes=6),
        last_row_at=NOW - timedelta(minutes=2),
        stale_since=None,
        estimate_note="In 24 windows labels arrive up to 21 days late: there ROC AUC is estimated. "
        "It is not valid under concept drift.",
        cards=cards(),
        metrics=tuple(MetricName(metric=one.metric, title=one.title) for one in (auc, accuracy)),
        performance=(auc, accuracy),
        row_counts=rows,
        latency=(
            line("latency_p50", "p50", "ms", 64, wobble=4),
            line("latency_p95", "p95", "ms", 190, wobble=14),
            line("latency_p99", "p99", "ms", 290, wobble=20),
        ),
        outputs=scores(),
        incidents=(
            IncidentNote(
                id="41",
                severity=Severity.CRITICAL,
                status=IncidentStatus.OPEN,
                rule="performance",
                features=(),
                cause="ROC AUC under its lower limit in 3 of 3 windows",
                opened_at=NOW - 6 * DAY,
                first_index=82,
                last_index=90,
                first_start=MIDNIGHT - 9 * DAY,
                last_end=MIDNIGHT - DAY,
            ),
            IncidentNote(
                id="40",
                severity=Severity.WARNING,
                status=IncidentStatus.RESOLVED,
                rule="quality",
                features=("income",),
                cause="Missing values of income above 5 %",
                opened_at=NOW - 50 * DAY,
                first_index=38,
                last_index=41,
                first_start=MIDNIGHT - 53 * DAY,
                last_end=MIDNIGHT - 49 * DAY,
                resolved_at=NOW - 48 * DAY,
                resolution="Feed repaired",
            ),
        ),
        deployments=(
            Deployment(version="5", index=11, at=NOW - 80 * DAY),
            Deployment(version="7", index=70, at=NOW - 21 * DAY),
        ),
        versions=(
            VersionRow(
                version="18",
                aliases=(AliasNote(alias="challenger", first_seen_at=NOW - 3 * DAY),),
                in_registry=True,
                created_at=NOW - 4 * DAY,
                run_id="a",
                first_row_at=None,
                last_row_at=None,
                n_rows=0,
            ),
            VersionRow(
                version="7",
                aliases=(AliasNote(alias="champion", first_seen_at=NOW - 21 * DAY),),
                in_registry=True,
                created_at=NOW - 30 * DAY,
                run_id="b",
                first_row_at=NOW - 21 * DAY,
                last_row_at=NOW,
                n_rows=861_000,
                metric_title="ROC AUC",
                value=0.716,
                low=0.704,
                high=0.728,
                n=41_201,
                estimated=True,
            ),
            VersionRow(
                version="5",
                aliases=(),
                in_registry=False,
                created_at=None,
                run_id=None,
                first_row_at=NOW - 90 * DAY,
                last_row_at=NOW - 21 * DAY,
                n_rows=2_700_000,
                metric_title="ROC AUC",
                value=0.834,
                low=0.822,
                high=0.846,
                n=40_020,
            ),
        ),
        change=ChangeNote(sentence=CHANGE.sentence, index=7, start=START, end=END, estimated=False),
        labels=labels(),
        revised=revised(),
    )
