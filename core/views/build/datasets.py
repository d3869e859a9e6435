"""The list of data sets and features: read off the lineage graph, with the newest drift beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.domain import Health, Status
from core.lineage.desk import Drawn
from core.lineage.graph import Graph, Node, NodeKind
from core.lineage.naming import dataset_id
from core.ports import RunInput, RunRecord
from core.store import Cursor, StateStore, StoredMonitor, statement
from core.store.judgements import aware
from core.views.build.facts import DRIFT_METRICS
from core.views.datasets import Dataset, DatasetScope, DatasetsView, DatasetVersion, FeatureRow, FeatureUse
from core.views.words import count, span

_ORDER = (Status.FAIL, Status.WARN, Status.PASS, Status.UNKNOWN, None)
_HEALTH = {Status.FAIL: Health.CRITICAL, Status.WARN: Health.WATCH, Status.PASS: Health.HEALTHY}
_TABLES = (NodeKind.SOURCE, NodeKind.FEATURE_VIEW)
Drift = Mapping[tuple[str, str], FeatureUse]


def build_datasets(
    cursor: Cursor, state: StateStore, drawn: Drawn, scope: DatasetScope, *, now: datetime
) -> DatasetsView:
    """Return data sets and features, those that match the scope.

    Parameters
    ----------
    drawn
        The graph of the workspace, and the runs behind it.
    """
    graph = drawn.graph
    datasets = _datasets(graph, drawn.runs, {one.spec.model: one for one in state.list_monitors()})
    features = _features(graph, _drift(cursor))
    search = (scope.search or "").casefold()
    return DatasetsView(
        at=now,
        scope=scope,
        datasets=tuple(
            one
            for one in datasets
            if search in one.name.casefold() and (scope.model is None or scope.model in one.models)
        ),
        features=tuple(
            one
            for one in features
            if search in one.name.casefold()
            and (scope.model is None or scope.model in {use.model for use in one.uses})
        ),
        n_datasets=len(datasets),
        n_features=len(features),
    )


# -------------------------------------------------------------------- data sets


def _datasets(
    graph: Graph, runs: Mapping[tuple[str, str], RunRecord], monitors: Mapping[str, StoredMonitor]
) -> list[Dataset]:
    inputs: dict[str, tuple[RunInput, datetime | None]] = {}
    for run in sorted(runs.values(), key=lambda one: (one.ended_at is None, str(one.ended_at))):
        for data in run.inputs:
            inputs.setdefault(dataset_id(data.name, data.digest), (data, run.ended_at))
    by_name: dict[str, list[DatasetVersion]] = defaultdict(list)
    for node in graph.nodes.values():
        if node.kind is NodeKind.DATASET:
            by_name[node.name].append(_version(graph, node, inputs.get(node.id), monitors))
    found = []
    for name, versions in sorted(by_name.items()):
        newest = sorted(versions, key=lambda one: (str(one.at or ""), one.digest), reverse=True)
        used = {version.rpartition(" ")[0] for one in newest for version in one.versions}
        before = (table for one in newest for table in graph.before(one.id) if table.kind in _TABLES)
        found.append(
            Dataset(
                name=name,
                models=tuple(sorted(used)),
                sources=tuple(sorted({table.name for table in before})),
                versions=tuple(newest),
                changes=_changes(newest),
            )
        )
    return found


def _version(
    graph: Graph,
    node: Node,
    logged: tuple[RunInput, datetime | None] | None,
    monitors: Mapping[str, StoredMonitor],
) -> DatasetVersion:
    data, at = logged if logged is not None else (None, None)
    made = [graph.nodes[one] for one in sorted(graph.downstream(node.id, hops=2))]
    versions = [one for one in made if one.kind is NodeKind.VERSION]
    models = {one.model for one in versions if one.model}
    return DatasetVersion(
        id=node.id,
        digest=node.id.rpartition("@")[2],
        n_rows=None if data is None else data.n_rows,
        columns=() if data is None else tuple(data.columns.items()),
        used_for=node.facts.get("Used for", "training"),
        at=at,
        versions=tuple(one.name for one in versions),
        live=tuple(
            one.name
            for one in versions
            if any(each.kind is NodeKind.DEPLOYMENT for each in graph.after(one.id))
        ),
        labels=node.facts.get("Labels")
        or _labels([monitors[one] for one in sorted(models) if one in monitors]),
    )


def _labels(monitors: Sequence[StoredMonitor]) -> str:
    """Say where labels come from, as the specs of the models that were made of a data set tell."""
    said = []
    for monitor in monitors:
        label, delay = monitor.spec.columns.label, monitor.spec.label_delay
        if label is not None:
            when = f", known {span(delay.total_seconds())} after the event" if delay > timedelta(0) else ""
            said.append(f"column {label}{when}")
    return "; ".join(dict.fromkeys(said))


def _changes(versions: Sequence[DatasetVersion]) -> tuple[str, ...]:
    """Return how the newest version differs from the one before: in rows and columns, as far as both say."""
    if len(versions) < 2:
        return ()
    new, old = versions[0], versions[1]
    changes = []
    if new.n_rows is not None and old.n_rows is not None and new.n_rows != old.n_rows:
        changes.append(f"{count(old.n_rows, 'row')} before, {count(new.n_rows, 'row')} now")
    if new.columns and old.columns:
        now, then = dict(new.columns), dict(old.columns)
        changes += [f"{name} came" for name in now if name not in then]
        changes += [f"{name} went" for name in then if name not in now]
        changes += [
            f"{name} was {then[name]}, is {now[name]}"
            for name in now
            if name in then and now[name] != then[name]
        ]
    return tuple(changes)


# -------------------------------------------------------------------- features


def _drift(cursor: Cursor) -> Drift:
    rows = cursor.execute(statement("lineage_drift"), {"metrics": list(DRIFT_METRICS)}).fetchall()
    found = {}
    for registry, model, feature, metric, value, limit, status, end in rows:
        use = FeatureUse(
            model=model,
            owner=None,
            metric=metric,
            value=value,
            limit=limit,
            status=Status(status),
            window_end=aware(end),
        )
        found[f"{registry}/{model}", feature] = use
    return found


def _features(graph: Graph, drift: Drift) -> list[FeatureRow]:
    by_name: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes.values():
        if node.kind is NodeKind.FEATURE:
            by_name[node.name].append(node)
    found = [_feature(graph, name, nodes, drift) for name, nodes in by_name.items()]
    return sorted(found, key=lambda one: (_ORDER.index(one.uses[0].status), -len(one.uses), one.name))


def _feature(graph: Graph, name: str, nodes: Sequence[Node], drift: Drift) -> FeatureRow:
    uses = sorted((_use(one, drift) for one in nodes), key=lambda one: (_ORDER.index(one.status), one.model))
    columns = {
        f"{one.facts.get('Table', '')}.{one.name}"
        for node in nodes
        for one in graph.before(node.id)
        if one.kind is NodeKind.COLUMN
    }
    worst = uses[0].status
    return FeatureRow(
        name=name,
        kind=nodes[0].facts.get("Type", ""),
        uses=tuple(uses),
        columns=tuple(sorted(columns)),
        health=None if worst is None else _HEALTH.get(worst, Health.UNKNOWN),
    )


def _use(node: Node, drift: Drift) -> FeatureUse:
    of = node.id.partition(":")[2].removesuffix(f"/{node.name}")
    known = drift.get((of, node.name))
    if known is None:
        return FeatureUse(model=node.model or of, owner=node.owner)
    return FeatureUse(
        model=node.model or of,
        owner=node.owner,
        metric=known.metric,
        value=known.value,
        limit=known.limit,
        status=known.status,
        window_end=known.window_end,
    )
