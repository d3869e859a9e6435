"""A workspace's stores in memory, filled with made judgements: what the builders of views read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core import watch
from core.domain import (
    Incident,
    IncidentStatus,
    Limit,
    Measurement,
    Role,
    Severity,
    Status,
    Task,
    Verdict,
    Window,
)
from core.spec import Columns, Features, Layout, MonitorSpec, ReferenceRule, WindowRule
from core.store import AnalyticsStore, StateStore, StoredMonitor, recording
from core.views.build import facts
from core.views.build.model import build_model
from core.views.model import ModelScope, ModelView

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Board:
    """Both stores and what tests do with them."""

    store: AnalyticsStore
    state: StateStore

    def model(self, name: str, **scope: object) -> ModelView:
        """Return what the Model page shows."""
        policy_of = partial(watch.policy_of, self.state)
        with self.store.reading() as cursor:
            asked = ModelScope(model=name, **scope)  # type: ignore[arg-type]
            return build_model(cursor, self.state, asked, now=NOW, policy_of=policy_of)

    def watch(self, model: str, **changes: object) -> StoredMonitor:
        """Monitor a model with a spec that says nothing unusual."""
        key = f"{abs(hash(model)):012x}"[:12]
        fields: dict[str, object] = {
            "model": model, "registry": "local", "task": Task.BINARY,
            "columns": Columns(scores={"1": "score"}, label="label"), "window": WindowRule(every=DAY),
            "reference": ReferenceRule(), "features": Features(numeric=("income", "age")),
            "owner": "credit-risk",
            "unit": "Lending", "use_case": "credit", "label_delay": 21 * DAY,
        }  # fmt: skip
        spec = MonitorSpec(**{**fields, **changes})  # type: ignore[arg-type]
        layout = Layout(key=key, numeric={}, categorical={}, sensitive={}, scores={}, numeric_target=False)
        monitor = self.state.save_monitor(spec, layout, now=NOW)
        with self.store.writing() as cursor:
            facts.refresh(cursor, [monitor])
        return monitor

    def judge(self, monitor: StoredMonitor, verdicts: list[Verdict], others: list[Measurement] = []) -> None:  # noqa: B006
        """Put judgements on record and refresh the model's facts, as the monitor does."""
        measured = [verdict.measurement for verdict in verdicts] + others
        windows = {m.window.index for m in measured if m.window.index is not None}
        with self.store.writing() as cursor:
            reached = recording.Reached(
                key=monitor.key, windows=frozenset(windows), measurements=measured, verdicts=verdicts
            )
            recording.record(cursor, [reached], now=NOW)
            facts.refresh(cursor, [monitor])


@pytest.fixture
def board() -> Iterator[Board]:
    """Empty stores."""
    store, state = AnalyticsStore.open(None), StateStore.open(None)
    yield Board(store, state)
    store.close()
    state.close()


def window(index: int) -> Window:
    """Return a day; window 9 ends today."""
    start = NOW.replace(hour=0) + (index - 9) * DAY - DAY
    return Window(index=index, start=start, end=start + DAY)


def measured(
    index: int, metric: str, value: float | None, role: Role = Role.PERFORMANCE, **more: object
) -> Measurement:
    """Return a measurement of version 1."""
    fields: dict[str, object] = {"model": "loan", "version": "1", "n": 1000, "method": "made", **more}
    reason = None if value is not None else "no labels yet"
    return Measurement(metric=metric, role=role, window=window(index), value=value, reason=reason, **fields)  # type: ignore[arg-type]


def judged(one: Measurement, status: Status, **limits: float) -> Verdict:
    """Return a verdict on a measurement."""
    return Verdict(
        id=one.identity, measurement=one, status=status, rule="made", limit=Limit(**limits), reason="made",
        sentence=f"{one.metric} of {one.feature} {one.value} in window {one.window.index}: {status.value}.",
        policy_digest="d", judged_at=NOW,
    )  # fmt: skip


def days(model: str, n: int = 10, *, falls_at: int = 7) -> list[Verdict]:
    """Return n days of judgements: from ``falls_at`` on, income drifts and ROC AUC falls."""
    verdicts = []
    for i in range(n):
        bad = i >= falls_at
        status = Status.FAIL if bad else Status.PASS
        verdicts += [
            judged(measured(i, "row_count", 1000.0 + i, Role.OPERATIONS, model=model), Status.PASS),
            judged(
                measured(i, "roc_auc", 0.7 if bad else 0.8, model=model, low=0.6, high=0.9), status, low=0.75
            ),
            judged(
                measured(i, "psi", 0.4 if bad else 0.02, Role.FEATURE, feature="income", model=model),
                status,
                high=0.2,
            ),
            judged(measured(i, "psi", 0.01, Role.FEATURE, feature="age", model=model), Status.PASS, high=0.2),
        ]
    return verdicts


def incident(model: str, severity: Severity = Severity.CRITICAL, **changes: object) -> Incident:
    """Return an open incident over windows 7 to 9."""
    fields: dict[str, object] = {
        "id": f"{model}-{severity}", "model": model, "severity": severity, "status": IncidentStatus.OPEN,
        "opened_at": NOW - 2 * DAY, "first_window": window(7), "last_window": window(9),
        "cause": "ROC AUC outside the limits since window 7", "rule": "performance",
        "features": (), "verdicts": (),
    }  # fmt: skip
    return Incident(**{**fields, **changes})  # type: ignore[arg-type]
