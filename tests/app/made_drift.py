"""Made drift of twelve columns over 40 windows: what the Drift page shows."""

from datetime import timedelta
from random import Random

from core.domain import Role, Status
from core.views.drift import ColumnDetail, DriftRow, DriftScope, DriftTest, DriftView, SharedDrift, WindowNote
from core.views.series import Distribution

from .made_fleet import DAY, MIDNIGHT, NOW

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
        baseline=scope.baseline or "fixed",
        baselines=(("fixed", "Reference"), ("previous", "Window before")),
        baseline_text="" if scope.baseline in {None, "fixed"} else "Distances are from the window before.",
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
            made_test("psi", "PSI", 0.31, Status.FAIL, decides=True),
            made_test("jensen_shannon", "Jensen–Shannon distance", 0.12, None, decides=False),
            made_test("ks", "Kolmogorov–Smirnov", 0.18, None, decides=False),
            made_test("missing_rate", "Missing values", 0.019, Status.WARN, decides=False),
        ),
        first_window=74,
        first_seen_at=NOW - 17 * DAY,
    )


def made_test(metric: str, title: str, value: float, status: Status | None, *, decides: bool) -> DriftTest:
    """Return one measure of a column."""
    return DriftTest(
        metric=metric,
        title=title,
        method="reference deciles",
        unit="share" if metric == "missing_rate" else "",
        value=value,
        low=0.9 * value,
        high=1.1 * value,
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
