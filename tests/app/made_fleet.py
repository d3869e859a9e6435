"""A made fleet of any size: what the Fleet page shows."""

from datetime import UTC, datetime, timedelta
from math import sin
from random import Random

from core.domain import Health, Risk
from core.views.fleet import Decision, FleetRow, FleetScope, FleetView, StatusCount, TroubleCell

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
