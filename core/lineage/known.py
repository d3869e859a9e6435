"""What the workspace knows that lineage is made of, read at one moment from both stores."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.action import Action, Approval
from core.domain import Incident
from core.finding import Validated
from core.lineage.events import MLFLOW_RUN, READ
from core.ports import RunRecord
from core.retrain import Retrain
from core.store import Cursor, StateStore, StoredMonitor, registry_mirror, statement
from core.store.judgements import aware
from core.store.lineage_events import Link, Said
from core.store.registry_mirror import MirroredModel

MOST_DECISIONS = 5000
"""Decisions, retrainings and validations that are looked at, the newest; older ones are in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The rows that a version carried; ``now``: it carried some in the model's last window with rows."""

    version: str
    n_rows: int
    last_end: datetime | None
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The latest of a monitored model: what drifts there, and how alike its groups are treated."""

    judged_at: datetime | None
    drifting: Mapping[str, datetime | None]
    fairness_ratio: float | None
    fairness_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All of it; ``runs`` by registry and id, ``traffic`` and ``facts`` by a model's key."""

    models: Sequence[MirroredModel]
    runs: Mapping[tuple[str, str], RunRecord]
    monitors: Sequence[StoredMonitor]
    traffic: Mapping[str, Sequence[Traffic]]
    facts: Mapping[str, Facts]
    incidents: Sequence[Incident]
    actions: Sequence[Action]
    approvals: Sequence[Approval]
    retrains: Sequence[Retrain]
    validations: Sequence[Validated]
    shared_names: frozenset[str]
    said: Sequence[Said] = ()
    links: Sequence[Link] = ()
    run_links: Sequence[Link] = ()

    def called(self, registry: str, model: str) -> str:
        """Return a model's name as links have it: bare where that is unique."""
        return f"{registry}/{model}" if model in self.shared_names else model


def read(cursor: Cursor, state: StateStore, runs: Mapping[tuple[str, str], RunRecord]) -> Known:
    """Read all of it but the runs, which are handed in by registry and id."""
    models, monitors = registry_mirror.models(cursor), state.list_monitors()
    names = {(one.registry, one.name) for one in models} | {
        (one.spec.registry, one.spec.model) for one in monitors
    }
    bare = Counter(model for _, model in names)
    told = state.lineage.events
    said = told.said(READ, of_runs=[MLFLOW_RUN])
    of_runs = {one.thing for one in said if one.kind == "run"}
    return Known(
        models=models,
        runs=runs,
        monitors=monitors,
        traffic=_traffic(cursor),
        facts=_facts(cursor),
        incidents=state.incidents(),
        actions=state.pointers.actions(limit=MOST_DECISIONS),
        approvals=state.approvals.every(),
        retrains=state.retrains.every(limit=MOST_DECISIONS),
        validations=state.validations.every(limit=MOST_DECISIONS),
        shared_names=frozenset(model for model, n in bare.items() if n > 1),
        said=said,
        links=told.links(),
        run_links=told.links(runs=of_runs),
    )


def stamp(cursor: Cursor, state: StateStore) -> tuple[object, ...]:
    """Return what differs whenever any of it does, without reading it."""
    readings = cursor.execute(
        "SELECT registry, last_refreshed_at FROM registry_readings ORDER BY registry"
    ).fetchall()
    judged = cursor.execute("SELECT count(*), max(judged_at) FROM model_facts").fetchone()
    return (*readings, judged, *state.lineage.stamp())


def _traffic(cursor: Cursor) -> dict[str, list[Traffic]]:
    rows = cursor.execute(statement("lineage_serving")).fetchall()
    latest: dict[str, datetime] = {}
    for key, _, _, end in rows:
        if end is not None:
            latest[key] = max(end, latest.get(key, end))
    found: dict[str, list[Traffic]] = defaultdict(list)
    for key, version, n_rows, end in rows:
        now = end == latest.get(key)
        found[key].append(Traffic(version=version, n_rows=n_rows, last_end=aware(end), now=now))
    return dict(found)


def _facts(cursor: Cursor) -> dict[str, Facts]:
    rows = cursor.execute(
        "SELECT model_key, judged_at, drifting, drifting_since, fairness_ratio, fairness_by FROM model_facts"
    ).fetchall()
    return {
        key: Facts(
            judged_at=aware(judged_at),
            drifting={name: aware(at) for name, at in zip(names or (), since or (), strict=False)},
            fairness_ratio=ratio,
            fairness_by=by,
        )
        for key, judged_at, names, since, ratio, by in rows
    }
