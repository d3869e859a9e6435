"""Figures for Prometheus: the fleet's state, open incidents, requests, and how control itself does."""

import time
from collections.abc import Iterable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.domain import Health, Severity
from core.receipts import IngestReceipt
from core.server.heartbeat import Heartbeat
from core.trimtab import Trimtab

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Fleet(Collector):
    def __init__(self, trimtab: Trimtab, beats: Sequence[Heartbeat]) -> None:
        self._trimtab = trimtab
        self._beats = beats

    def collect(self) -> Iterable[Metric]:
        """Read the fleet at the moment of the scrape."""
        models = GaugeMetricFamily("trimtab_models", "Models by state.", labels=["status"])
        state = GaugeMetricFamily(
            "trimtab_model_status",
            "State of a model: 3 critical, 2 watch, 1 healthy, 0 unknown.",
            labels=["model", "registry", "champion"],
        )
        codes = {Health.CRITICAL: 3, Health.WATCH: 2, Health.HEALTHY: 1, Health.UNKNOWN: 0}
        fleet = self._trimtab.models()
        for status in Health:
            models.add_metric([status.value], sum(1 for model in fleet if model.status is status))
        for model in fleet:
            state.add_metric([model.name, model.registry, model.champion or ""], codes[model.status])
        incidents = GaugeMetricFamily(
            "trimtab_incidents_open", "Incidents not resolved.", labels=["severity"]
        )
        still_open = self._trimtab.incidents(open_only=True)
        for severity in Severity:
            incidents.add_metric(
                [severity.value], sum(1 for incident in still_open if incident.severity is severity)
            )
        return [models, state, incidents, *self._alerts(), *self._pulses()]

    def _alerts(self) -> Iterable[Metric]:
        alerts = GaugeMetricFamily("trimtab_alerts", "Alerts by what became of them.", labels=["status"])
        for status, n in self._trimtab.alerts.counts().items():
            alerts.add_metric([status.value], n)
        pinged = GaugeMetricFamily(
            "trimtab_heartbeat_last_ping_timestamp_seconds", "When the dead man's switch last heard of us."
        )
        if (last := self._trimtab.alerts.last_ping()) is not None:
            pinged.add_metric([], last.timestamp())
        return alerts, pinged

    def _pulses(self) -> Iterable[Metric]:
        at = GaugeMetricFamily(
            "trimtab_task_last_run_timestamp_seconds", "When a repeated task last ended.", labels=["task"]
        )
        took = GaugeMetricFamily("trimtab_task_last_run_seconds", "How long it took.", labels=["task"])
        failing = GaugeMetricFamily("trimtab_task_failing", "1 if its last run failed.", labels=["task"])
        for pulse in (beat.pulse for beat in self._beats):
            if pulse.last_run_at is not None and pulse.last_run_s is not None:
                at.add_metric([pulse.name], pulse.last_run_at.timestamp())
                took.add_metric([pulse.name], pulse.last_run_s)
            failing.add_metric([pulse.name], float(pulse.problem is not None))
        return at, took, failing


class Figures:
    """All figures of one server; text for a scrape with :meth:`text`."""

    def __init__(self, trimtab: Trimtab, beats: Sequence[Heartbeat]) -> None:
        # When each series began doubles what is scraped, and nobody asks for it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._registry.register(_Fleet(trimtab, beats))
        self._rows = Counter(
            "trimtab_rows_total", "Rows sent, by what became of them.", ["outcome"], registry=self._registry
        )
        self._requests = Counter(
            "trimtab_http_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "trimtab_http_request_seconds", "Time to answer.", ["route"], registry=self._registry
        )

    def count_rows(self, receipt: IngestReceipt) -> None:
        """Count what became of rows."""
        self._rows.labels("accepted").inc(receipt.accepted)
        self._rows.labels("quarantined").inc(receipt.quarantined)
        self._rows.labels("duplicate").inc(receipt.duplicate)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request under its route's pattern, so that names make no new series."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)


class Counting:
    """ASGI middleware that counts requests."""

    def __init__(self, app: ASGIApp, *, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watching)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self._figures.count_request(scope["method"], route, status, time.perf_counter() - started)
