"""Measurements, contexts and verdicts for tests, with one line each."""

from datetime import UTC, datetime, timedelta

from core.domain import (
    ALL_ROWS,
    Band,
    Limit,
    Measurement,
    Role,
    Segment,
    Status,
    Task,
    Verdict,
    Window,
)
from core.policy.evidence import BandKey, Context, WindowFacts
from core.spec import Columns, MonitorSpec, ReferenceRule, WindowRule

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def window(index: int | None = 0, *, closed: bool = True) -> Window:
    if index is None:
        return Window(index=None, start=None, end=None)
    return Window(index=index, start=START + index * DAY, end=START + (index + 1) * DAY, closed=closed)


def measurement(metric: str, value: float | None, role: Role = Role.FEATURE, **more: object) -> Measurement:
    given = {
        "index": 0,
        "n": 5000,
        "version": "1",
        "feature": None,
        "closed": True,
        "segment": ALL_ROWS,
        **more,
    }
    index, closed = given.pop("index"), given.pop("closed")
    if value is None:
        given.setdefault("reason", "not enough data")
    return Measurement(
        model="loan",
        metric=metric,
        role=role,
        value=value,
        method="test",
        window=window(index, closed=closed),
        **given,
    )


def column(
    feature: str | None = "age",
    *,
    ks: float = 0.01,
    p: float = 0.5,
    psi: float = 0.01,
    n: int = 5000,
    n_reference: int = 10_000,
    role: Role = Role.FEATURE,
    test: str = "ks",
    index: int = 0,
    version: str = "1",
) -> list[Measurement]:
    """Drift measurements of one column in one window."""
    common = {"feature": feature, "n": n, "n_reference": n_reference, "index": index, "version": version}
    return [
        measurement(test, ks, role, p_value=p, **common),
        measurement("psi", psi, role, **common),
        measurement("jensen_shannon", 0.9, role, **common),
    ]


def spec(**more: object) -> MonitorSpec:
    given = {
        "task": Task.BINARY,
        "columns": Columns(label="repaid", prediction="y"),
        "window": WindowRule(every=DAY),
        "reference": ReferenceRule(),
        **more,
    }
    return MonitorSpec(model="loan", registry="local", **given)


def facts(n: int = 5000, coverage: float | None = 1.0, age: timedelta | None = 90 * DAY) -> WindowFacts:
    labelled = n if coverage is None else round(n * coverage)
    return WindowFacts(n=n, n_labelled=labelled, coverage=coverage, age=age, closed=True)


def context(
    *,
    bands: dict[BandKey, Band] | None = None,
    reference: list[Measurement] | None = None,
    window_facts: dict[tuple[str, int | None], WindowFacts] | None = None,
    constant: frozenset[str] = frozenset(),
    n_windows: int = 0,
    **of_spec: object,
) -> Context:
    known = {(version, index): facts() for version in ("1", "2") for index in range(60)}
    return Context(
        spec=spec(**of_spec),
        bands=bands or {},
        constant_columns=constant,
        n_reference_windows=n_windows,
        window_facts={**known, ("1", None): facts(), **(window_facts or {})},
        reference_measurements={
            (one.metric, one.role, one.feature, one.segment): one for one in reference or []
        },
        now=NOW,
    )


def verdict(
    index: int,
    status: Status | str = Status.FAIL,
    *,
    rule: str = "drift",
    metric: str = "psi",
    role: Role = Role.FEATURE,
    feature: str | None = "age",
    version: str = "1",
    value: float = 1.0,
    limit: Limit = Limit(high=0.2),  # noqa: B008 - a frozen value
    estimated: bool = False,
    segment: Segment = ALL_ROWS,
    reason: str = "drift",
    n: int = 5000,
) -> Verdict:
    one = measurement(
        metric,
        value,
        role,
        feature=feature,
        version=version,
        index=index,
        estimated=estimated,
        segment=segment,
        n=n,
    )
    return Verdict(
        id=one.identity,
        measurement=one,
        status=Status(status),
        rule=rule,
        limit=limit,
        reason=reason,
        sentence="",
        policy_digest="0" * 64,
        judged_at=NOW,
    )
