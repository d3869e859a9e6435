"""The graph as OpenLineage events: tables, columns, jobs, data sets, runs and model versions. Pure.

Monitors, incidents and decisions have no place in OpenLineage; they are in the other formats.

Source: the OpenLineage specification 2-0-2.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from core.chain.canonical import Json
from core.lineage.events import MODEL_VERSION
from core.lineage.graph import Graph, Node, NodeKind

OWN = "trimtab"
"""Namespace of what has none outside of this workspace."""
_PRODUCER = "urn:trimtab"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs"
_TABLES = (NodeKind.SOURCE, NodeKind.FEATURE_VIEW)
_DATA = (*_TABLES, NodeKind.DATASET, NodeKind.VERSION)
_Object = dict[str, Json]


def openlineage(graph: Graph, *, now: datetime) -> list[_Object]:
    """Return a graph as events: one a data set, one a job, one a run; in the order of ids.

    Parameters
    ----------
    now
        The time of events about what has no time of its own.
    """
    return [event for node in graph.nodes.values() if (event := _event(graph, node, now)) is not None]


def _event(graph: Graph, node: Node, now: datetime) -> _Object | None:
    if node.kind in _DATA:
        return {**_base("DatasetEvent", now), "dataset": {**_named(node), "facets": _facets(graph, node)}}
    if node.kind is NodeKind.JOB:
        namespace, name = node.detail, node.name
        if node.facts.get("Namespace"):
            namespace = node.facts["Namespace"]
        return {
            **_base("JobEvent", now),
            "job": {"namespace": namespace or OWN, "name": name, "facets": {}},
            **_both(graph, node),
        }
    if node.kind is NodeKind.RUN:
        registry, _, run = node.id.partition(":")[2].partition("/")
        return {
            **_base("RunEvent", node.at or now),
            "eventType": _STATES.get(node.facts.get("Status", ""), "OTHER"),
            "run": {
                "runId": str(_uuid(run)),
                "facets": {"trimtab_mlflowRun": _facet(runId=run, registry=registry)},
            },
            "job": {"namespace": f"{OWN}/{registry}", "name": node.name, "facets": {}},
            **_both(graph, node),
        }
    return None


_STATES: Mapping[str, str] = {
    "finished": "COMPLETE",
    "failed": "FAIL",
    "killed": "ABORT",
    "running": "RUNNING",
    "scheduled": "START",
}


def _base(kind: str, at: datetime) -> _Object:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"eventTime": moment, "producer": _PRODUCER, "schemaURL": f"{_EVENT}/{kind}"}


def _both(graph: Graph, node: Node) -> _Object:
    """Return what a job or a run reads and writes."""
    read = [_named(one) for one in graph.before(node.id) if one.kind in _DATA]
    written = [_named(one) for one in graph.after(node.id) if one.kind in _DATA]
    return {"inputs": [*read], "outputs": [*written]}


def _named(node: Node) -> _Object:
    namespace, name = names_of(node)
    return {"namespace": namespace, "name": name}


def names_of(node: Node) -> tuple[str, str]:
    """Return the OpenLineage namespace and name of a table, a data set's version or a model version.

    Examples
    --------
    >>> names_of(Node(id="source:s3://lake/a/b.parquet", kind=NodeKind.SOURCE, name="b.parquet"))
    ('s3://lake', 'a/b.parquet')
    >>> names_of(Node(id="version:local/loans/3", kind=NodeKind.VERSION, name="loans v3"))
    ('trimtab/local', 'models:/loans/3')
    """
    rest = node.id.partition(":")[2]
    if node.kind is NodeKind.VERSION:
        registry, _, version = rest.partition("/")
        return f"{OWN}/{registry}", f"models:/{version}"
    if node.kind is NodeKind.DATASET:
        return OWN, rest
    namespace = node.facts.get("Namespace", "")
    if namespace and rest.startswith(f"{namespace.rstrip('/')}/"):
        return namespace, rest.removeprefix(f"{namespace.rstrip('/')}/")
    parts = urlsplit(rest)
    if parts.scheme and parts.netloc and parts.path.strip("/"):
        return f"{parts.scheme}://{parts.netloc}", rest.partition(f"{parts.netloc}/")[2]
    return ("file", rest) if rest.startswith("/") else (OWN, rest)


def _facets(graph: Graph, node: Node) -> _Object:
    facets: _Object = {}
    if node.kind is NodeKind.VERSION:
        registry, _, named = node.id.partition(":")[2].partition("/")
        model, _, version = named.rpartition("/")
        facets[MODEL_VERSION] = _facet(registry=registry, model=model, version=version)
    if node.kind is NodeKind.DATASET:
        facets["version"] = _facet(
            "1-0-1/DatasetVersionDatasetFacet", datasetVersion=node.id.rpartition("@")[2]
        )
        held = [_named(one) | {"type": "TABLE"} for one in graph.before(node.id) if one.kind in _TABLES]
        if held:
            facets["symlinks"] = _facet("1-0-1/SymlinksDatasetFacet", identifiers=[*held])
    if node.kind in _TABLES:
        facets |= _of_table(graph, node)
    if node.owner:
        facets["ownership"] = _facet("1-0-1/OwnershipDatasetFacet", owners=[{"name": node.owner}])
    return facets


def _of_table(graph: Graph, node: Node) -> _Object:
    facets: _Object = {}
    columns = [one for one in node.facts.get("Columns", "").split(", ") if one]
    if columns:
        facets["schema"] = _facet("1-2-0/SchemaDatasetFacet", fields=[{"name": one} for one in columns])
    if node.facts.get("Description"):
        described = node.facts["Description"]
        facets["documentation"] = _facet("1-1-0/DocumentationDatasetFacet", description=described)
    fields: dict[str, list[Json]] = defaultdict(list)
    for column in graph.after(node.id):
        if column.kind is NodeKind.COLUMN:
            fields[_column(column)] += [*_inputs(graph, column)]
    made: _Object = {name: {"inputFields": [*inputs]} for name, inputs in fields.items() if inputs}
    if made:
        facets["columnLineage"] = _facet("1-2-0/ColumnLineageDatasetFacet", fields=made)
    return facets


def _inputs(graph: Graph, column: Node) -> Iterator[Json]:
    """Yield the columns of other tables that a column was made of."""
    for one in graph.before(column.id):
        if one.kind is not NodeKind.COLUMN:
            continue
        table = next((each for each in graph.before(one.id) if each.kind in _TABLES), None)
        if table is not None:
            yield {**_named(table), "field": _column(one)}


def _column(node: Node) -> str:
    return node.id.rpartition("#")[2]


def _facet(schema: str = "", **content: Json) -> _Object:
    """Return a facet; one of our own is described as any facet is."""
    url = f"{_EVENT}/BaseFacet"
    if schema:
        version, _, name = schema.partition("/")
        url = f"{_SPEC}/facets/{version}/{name}.json"
    return {"_producer": _PRODUCER, "_schemaURL": url, **content}


def _uuid(run: str) -> UUID:
    """Return a run's id as the specification wants it; MLflow's is one without its hyphens."""
    try:
        return UUID(hex=run)
    except ValueError:
        return uuid5(NAMESPACE_URL, run)
