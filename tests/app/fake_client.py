"""A client that answers with fabricated views: what a page shows, without a control process."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import exp, sin
from random import Random

from core.domain import Health, IncidentStatus, Risk, Role, Severity, Status, Task
from core.errors import NotFound, TrimtabError
from core.views.drift import ColumnDetail, DriftRow, DriftScope, DriftTest, DriftView, SharedDrift, WindowNote
from core.views.fleet import Decision, FleetRow, FleetScope, FleetView, StatusCount, TroubleCell
from core.views.model import AliasNote, Card, Deployment, ModelScope, ModelView, VersionRow
from core.views.series import Distribution, IncidentNote, Point, Series

NOW = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)
DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0)
UNITS = ("Claims", "Credit", "Fraud", "Marketing", "Pricing", "Service", "Supply")
KINDS = ("churn", "forecast", "propensity", "risk", "triage", "uplift")
OWNERS = ("credit-risk", "claims-ops", "fraud-desk", "growth", None)
WHY = {
    Health.CRITICAL: "ROC AUC 0.654 < 0.712 = lower limit (0.741 − 3 × 0.0097): fails by 0.058.",
    Health.WATCH: "PSI of income 0.34 > 0.20 in 3 of the last 3 windows.",
    Health.HEALTHY: "All 41 verdicts of 17 Nov 2026 pass.",
    Health.UNKNOWN: "No monitor: nothing is measured.",
}
FEATURES = (
    "income",
    "utilisation",
    "age_band",
    "tenure",
    "n_inquiries",
    "region",
    "channel",
    "device",
    "employer_size",
    "balance_90d",
    "late_payments",
    "card_count",
)


def fleet_view(scope: FleetScope | None = None, *, n_models: int = 5000) -> FleetView:
    """Return a fleet of any size; the filters of the scope hold on the page's rows only."""
    scope = scope or FleetScope()
    random = Random(scope.page)
    statuses = (Health.CRITICAL, Health.WATCH, Health.HEALTHY, Health.UNKNOWN)
    weights = (140, 410, 4297, 153)
    rows = tuple(
        fleet_row(
            random, i, scope.status or (Health.CRITICAL if i < 9 else random.choices(statuses, weights)[0])
        )
        for i in range(min(25, n_models))
    )
    return FleetView(
        as_of=NOW,
        scope=scope,
        n_models=n_models,
        n_monitored=max(0, n_models - 3),
        n_matching=n_models,
        page_size=25,
        counts=tuple(
            StatusCount(
                status=status,
                n_models=weight,
                n_week_ago=weight - change,
                trend=tuple(int(weight - change + change * i / 29 + 2 * sin(i)) for i in range(30)),
            )
            for status, weight, change in zip(statuses, weights, (6, -14, 0, 3), strict=True)
        ),
        decisions=tuple(
            Decision(
                name=row.name,
                version=row.version,
                status=row.status,
                why=row.why,
                owner=row.owner,
                unit=row.unit,
                risk=Risk.HIGH,
                incident_id=f"i{i}",
                opened_at=NOW - (i + 1) * DAY,
                acknowledged_by="maria.o" if i == 1 else None,
                n_incidents=1 + i % 3,
                consequence=1 / (i + 1),
            )
            for i, row in enumerate(rows[: min(6, n_models)])
        ),
        n_decisions=min(550, n_models),
        trouble=tuple(
            TroubleCell(
                unit=u,
                kind=k,
                n_models=90 + 3 * i,
                n_critical=random.randint(0, 9),
                n_watch=random.randint(0, 20) * j,
            )
            for i, u in enumerate(UNITS)
            for j, k in enumerate(KINDS)
        )
        if n_models
        else (),
        units=UNITS if n_models else (),
        rows=rows,
        judged_at=NOW - timedelta(minutes=6) if n_models else None,
        registry_read_at=NOW - timedelta(minutes=1),
    )


def fleet_row(random: Random, i: int, status: Health) -> FleetRow:
    """Return one line of the fleet."""
    unit, kind = random.choice(UNITS), random.choice(KINDS)
    monitored = status is not Health.UNKNOWN
    level = random.uniform(0.63, 0.9)
    return FleetRow(
        name=f"{unit.lower()}-{kind}-{i:03d}",
        registry="sqlite:///mlflow.db",
        version=str(random.randint(1, 18)),
        challenger=None,
        status=status,
        why=WHY[status],
        owner=random.choice(OWNERS),
        unit=unit,
        kind=kind,
        risk=Risk.HIGH,
        monitored=monitored,
        metric="roc_auc" if monitored else None,
        metric_title="ROC AUC" if monitored else None,
        value=level if monitored else None,
        low=level - 0.01,
        high=level + 0.01,
        n=41_200,
        estimated=i % 4 == 0,
        window_end=NOW,
        sparkline=tuple(level + 0.02 * sin(j / 3) + random.uniform(-0.01, 0.01) for j in range(30))
        if monitored
        else (),
        drift=random.uniform(0.1, 2.4) if monitored else None,
        drift_feature="income",
        fairness_ratio=random.uniform(0.7, 1.0) if monitored and i % 2 else None,
        fairness_by="sex",
        p95_ms=random.uniform(90, 400) if monitored else None,
        rows_a_day=random.uniform(2e3, 7e5) if monitored else None,
        judged_at=NOW,
    )


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
    )


def drift_view(scope: DriftScope) -> DriftView:
    """Return twelve columns over 40 windows, four of which drift."""
    random = Random(7)
    start = MIDNIGHT - 41 * DAY
    windows = tuple(
        WindowNote(index=50 + i, start=start + i * DAY, end=start + (i + 1) * DAY, n=41_000 + i)
        for i in range(40)
    )
    begins = {"utilisation": 24, "balance_90d": 27, "n_inquiries": 30, "channel": 34}
    rows = tuple(
        drift_row(random, feature, windows, begins.get(feature))
        for feature in sorted(FEATURES, key=lambda f: begins.get(f, 99))
    )
    feature = scope.feature or rows[0].feature
    window = next((w for w in windows if w.index == scope.window), windows[-1])
    return DriftView(
        as_of=NOW,
        scope=scope,
        models=("lending", "readmission", "reorder-demand"),
        versions=("7", "5"),
        name=scope.model or "lending",
        version="7",
        empty_reason=None,
        n_features=12,
        n_drifting=4,
        sentence="4 of 12 columns drift in the latest window, most of all utilisation, since 3 Nov 2026.",
        windows=windows,
        rows=rows,
        detail=column(feature, window),
        shared=(
            SharedDrift(feature="channel", models=("lending", "readmission"), first_seen_at=NOW - 9 * DAY),
        ),
        judged_at=NOW - timedelta(minutes=6),
        reference_text="Compared with 120,000 reference rows, 1 Jul 2026 to 29 Aug 2026.",
    )


def drift_row(random: Random, feature: str, windows: tuple[WindowNote, ...], begins: int | None) -> DriftRow:
    """Return one column of the heatmap."""
    ratios: list[float | None] = []
    for i in range(len(windows)):
        quiet = random.uniform(0.05, 0.6)
        ratios.append(quiet if begins is None or i < begins else 0.7 + 0.16 * (i - begins) + quiet / 4)
    if feature == "device":
        ratios[3] = ratios[4] = None
    statuses = tuple(
        None if r is None else Status.FAIL if r >= 1.0 else Status.WARN if r >= 0.7 else Status.PASS
        for r in ratios
    )
    return DriftRow(
        feature=feature,
        role=Role.FEATURE,
        ratios=tuple(ratios),
        statuses=statuses,
        metrics=tuple("PSI" for _ in windows),
        values=tuple(None if r is None else r * 0.2 for r in ratios),
        n_failed=statuses.count(Status.FAIL),
        n_warned=statuses.count(Status.WARN),
        first_window=None if begins is None else windows[begins].index,
        first_seen_at=None if begins is None else windows[begins].start,
    )


def column(feature: str, window: WindowNote) -> ColumnDetail:
    """Return one column beside its reference."""
    return ColumnDetail(
        feature=feature,
        role=Role.FEATURE,
        version="7",
        window=window,
        status=Status.FAIL,
        sentence=f"PSI of {feature} 0.310 ≥ 0.20 (n = 41,000; adjusted p < 0.001 < 0.01): fails by 0.110.",
        distribution=Distribution(
            column=feature,
            role="feature",
            kind="numeric",
            labels=tuple(f"{i * 10} to {i * 10 + 10}" for i in range(10)),
            lows=(None, *(float(i * 10) for i in range(1, 10))),
            highs=(*(float(i * 10) for i in range(1, 10)), None),
            reference=(0.1,) * 10,
            current=(0.11, 0.04, 0.15, 0.11, 0.1, 0.05, 0.16, 0.06, 0.02, 0.2),
            n_reference=120_000,
            n_current=window.n,
            missing_reference=0.004,
            missing_current=0.019,
        ),
        tests=(
            test("psi", "PSI", 0.31, Status.FAIL, decides=True),
            test("jensen_shannon", "Jensen–Shannon distance", 0.12, None, decides=False),
            test("ks", "Kolmogorov–Smirnov", 0.18, None, decides=False),
            test("missing_rate", "Missing values", 0.019, Status.WARN, decides=False),
        ),
        first_window=74,
        first_seen_at=NOW - 17 * DAY,
    )


def test(metric: str, title: str, value: float, status: Status | None, *, decides: bool) -> DriftTest:
    """Return one measure of a column."""
    return DriftTest(
        metric=metric,
        title=title,
        method="reference deciles",
        unit="share" if metric == "missing_rate" else "",
        value=value,
        n=41_000,
        n_reference=120_000,
        p_value=1e-9 if metric == "ks" else None,
        status=status,
        limit_low=None,
        limit_high=0.2 if decides else None,
        reason=None,
        decides=decides,
        verdict_id="0" * 16 if decides else None,
    )


test.__test__ = False  # type: ignore[attr-defined]


@dataclass
class FakeClient:
    """Answers like control; ``error`` is raised by every call, ``unknown`` models do not exist."""

    n_models: int = 5000
    error: TrimtabError | None = None
    unknown: frozenset[str] = frozenset({"nope"})
    registry_problem: str | None = None

    def fleet_view(self, scope: FleetScope) -> FleetView:
        """Return the fleet."""
        self._check(None)
        return replace(fleet_view(scope, n_models=self.n_models), registry_problem=self.registry_problem)

    def model_view(self, scope: ModelScope) -> ModelView:
        """Return one model."""
        self._check(scope.model)
        return model_view(scope)

    def drift_view(self, scope: DriftScope) -> DriftView:
        """Return one model's drift."""
        self._check(scope.model)
        view = drift_view(scope)
        if self.n_models:
            return view
        return replace(
            view,
            name=None,
            rows=(),
            windows=(),
            detail=None,
            models=(),
            empty_reason="No model is monitored yet.",
        )

    def _check(self, model: str | None) -> None:
        if self.error is not None:
            raise self.error
        if model in self.unknown:
            raise NotFound("model", model or "")
