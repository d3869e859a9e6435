"""The part of the graph that monitoring tells: features, what answers, monitors, incidents, fairness."""

from collections import defaultdict

from core.domain import Incident, IncidentStatus
from core.incidents.causes import headline
from core.lineage.drawing import Drawing, day, number
from core.lineage.graph import NodeKind
from core.lineage.known import Facts, Known, Traffic
from core.lineage.naming import (
    alias_id,
    deployment_id,
    feature_id,
    monitor_id,
    source_id,
    version_id,
)
from core.store import StoredMonitor

MOST_RESOLVED = 5
"""Resolved incidents of a model that are drawn, the newest; all of them are on the Activity page."""


def draw(drawing: Drawing, known: Known) -> None:
    """Draw every monitor with what it watches and what it found."""
    incidents: dict[str, list[Incident]] = defaultdict(list)
    for one in known.incidents:
        incidents[one.model].append(one)
    for monitor in known.monitors:
        _Watched(drawing, known, monitor).draw(incidents.get(monitor.spec.model, []))


class _Watched:
    """One monitored model."""

    def __init__(self, drawing: Drawing, known: Known, monitor: StoredMonitor) -> None:
        self._drawing, self._known = drawing, known
        self._spec, self._layout = monitor.spec, monitor.layout
        self._of = monitor.spec.registry, monitor.spec.model
        self._called = known.called(*self._of)
        self._traffic = known.traffic.get(monitor.key, ())
        self._facts = known.facts.get(monitor.key)
        self._monitor = drawing.node(
            monitor_id(*self._of),
            NodeKind.MONITOR,
            f"{self._called} monitor",
            detail="retired" if monitor.retired_at else f"since {day(monitor.watched_at)}",
            model=self._called,
            owner=monitor.spec.owner,
            facts={
                "On call": monitor.spec.on_call,
                "Risk": monitor.spec.risk.value,
                "Policy": monitor.spec.policy,
                "Watched since": day(monitor.watched_at),
                "Last judged": None if self._facts is None else day(self._facts.judged_at),
            },
        )

    def draw(self, incidents: list[Incident]) -> None:
        """Draw what is known of the model."""
        self._serving()
        features = self._features()
        self._rows()
        self._fairness()
        for incident in _shown(incidents):
            self._incident(incident, features)

    def _serving(self) -> None:
        drawing, now = self._drawing, [one for one in self._traffic if one.now]
        for one in self._traffic:
            node = version_id(*self._of, one.version)
            if drawing.has(node):
                drawing.node(node, NodeKind.VERSION, "", owner=self._spec.owner, facts=_carried(one))
        champion = alias_id(*self._of, "champion")
        if not now:
            if drawing.has(champion):
                drawing.edge(champion, self._monitor, "is watched by")
            return
        answering = drawing.node(
            deployment_id(*self._of),
            NodeKind.DEPLOYMENT,
            self._spec.deployment or f"{self._called} in production",
            detail=f"rows until {day(now[0].last_end)}",
            model=self._called,
            owner=self._spec.owner,
            facts={
                "Runs": ", ".join(one.version for one in now),
                "Deployment": self._spec.deployment,
                "Rows until": day(now[0].last_end),
            },
        )
        drawing.edge(answering, self._monitor, "is watched by")
        if drawing.has(champion):
            drawing.edge(champion, answering, "says what runs in")
        for one in now:
            node = version_id(*self._of, one.version)
            if not drawing.has(node):
                # Rows name a version that no registry has: it is known by them alone.
                drawing.node(
                    node,
                    NodeKind.VERSION,
                    f"{self._called} {one.version}",
                    detail="known by its rows alone",
                    model=self._called,
                    owner=self._spec.owner,
                    facts=_carried(one),
                )
            drawing.edge(node, answering, "answers in")

    def _features(self) -> dict[str, str]:
        drifting = {} if self._facts is None else self._facts.drifting
        live = [version_id(*self._of, one.version) for one in self._traffic if one.now]
        targets = [node for node in live if self._drawing.has(node)] or self._champion()
        drawn = {}
        named = self._spec.features
        columns = () if named is None else (*named.numeric, *named.categorical)
        for column in columns or (*self._layout.numeric, *self._layout.categorical):
            numeric = column in (named.numeric if named else self._layout.numeric)
            since = drifting.get(column)
            drawn[column] = self._drawing.node(
                feature_id(*self._of, column),
                NodeKind.FEATURE,
                column,
                detail=f"drifts since {day(since)}" if since else ("numeric" if numeric else "categorical"),
                model=self._called,
                owner=self._spec.owner,
                facts={"Type": "numeric" if numeric else "categorical", "Drifts since": day(since)},
            )
            for node in targets:
                self._drawing.edge(drawn[column], node, "is an input of")
            if not targets:
                self._drawing.edge(drawn[column], self._monitor, "is watched by")
        return drawn

    def _champion(self) -> list[str]:
        """Return the champion's node, for a model that had no rows yet."""
        version = next(
            (
                one.aliases["champion"].version
                for one in self._known.models
                if (one.registry, one.name) == self._of and "champion" in one.aliases
            ),
            None,
        )
        return [] if version is None else [version_id(*self._of, version)]

    def _rows(self) -> None:
        source = self._spec.source
        if source is None:
            return
        node = self._drawing.node(
            source_id(f"{source.connection}/{source.table}"),
            NodeKind.SOURCE,
            source.table,
            detail=f"prediction log in {source.connection}",
            facts={"Engine": source.backend, "Connection": source.connection},
        )
        self._drawing.edge(node, self._monitor, "is read by")

    def _fairness(self) -> None:
        facts: Facts | None = self._facts
        if facts is None or facts.fairness_ratio is None:
            return
        node = self._drawing.node(
            f"audit:{self._of[0]}/{self._of[1]}/fairness",
            NodeKind.AUDIT,
            f"Fairness by {facts.fairness_by}",
            detail=f"lowest ratio {facts.fairness_ratio:.2f}",
            model=self._called,
            owner=self._spec.owner,
            facts={"Lowest ratio": f"{facts.fairness_ratio:.2f}", "Last judged": day(facts.judged_at)},
        )
        self._drawing.edge(self._monitor, node, "compares groups in")

    def _incident(self, incident: Incident, features: dict[str, str]) -> None:
        node = self._drawing.node(
            f"incident:{incident.id}",
            NodeKind.INCIDENT,
            headline(incident.cause),
            detail=f"{incident.severity.value}, {incident.status.value}",
            model=self._called,
            owner=self._spec.owner,
            facts={
                "Severity": incident.severity.value,
                "State": incident.status.value,
                "Opened": day(incident.opened_at),
                "Looked after by": incident.acknowledged_by,
                "Resolved": day(incident.resolved_at),
            },
        )
        self._drawing.edge(self._monitor, node, "found")
        for column in incident.features:
            if column in features:
                self._drawing.edge(features[column], node, "shows in")


def _carried(one: Traffic) -> dict[str, str | None]:
    return {"Rows answered": number(one.n_rows), "Until": day(one.last_end)}


def _shown(incidents: list[Incident]) -> list[Incident]:
    still = [one for one in incidents if one.status is not IncidentStatus.RESOLVED]
    over = [one for one in incidents if one.status is IncidentStatus.RESOLVED]
    over.sort(key=lambda one: (one.opened_at, one.id), reverse=True)
    return still + over[:MOST_RESOLVED]
