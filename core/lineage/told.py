"""The part of the graph that OpenLineage events tell: tables, columns, jobs, and how they lead to models."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.domain import Health
from core.lineage.drawing import Drawing, day, number
from core.lineage.events import ASSERTIONS, BEGAN, INPUT, MODEL_VERSION, OUTPUT, column_inputs
from core.lineage.graph import NodeKind
from core.lineage.known import Known
from core.lineage.merged import Merged, Thing, merge
from core.lineage.naming import (
    address,
    address_of,
    column_id,
    dataset_id,
    feature_id,
    run_id,
    source_id,
    version_id,
)
from core.lineage.registered import short
from core.store.lineage_events import Link, parts_of

_MOST_CHECKS = 3
FEAST = "feast://"
"""How namespaces of feature views begin: see :mod:`core.lineage.feast`."""
_RELATIONS = {"IDENTITY": "becomes", "MASKED": "is masked into"}


def draw(drawing: Drawing, known: Known) -> None:
    """Draw all that was told, after what registries and monitors told: it is joined to that."""
    if known.said:
        _Told(drawing, known).draw()


class _Told:
    def __init__(self, drawing: Drawing, known: Known) -> None:
        self._drawing, self._known = drawing, known
        self._merged: Merged = merge(known.said, known.links)
        self._written = {self._lead(one.data) for one in self._merged.links if one.way == OUTPUT}
        self._made = self._tables_of_features()
        self._before = frozenset(drawing.of_kind(NodeKind.SOURCE))
        self._nodes: dict[str, str] = {}
        self._jobs: dict[str, str] = {}
        self._joined: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._columns: dict[str, dict[str, str]] = {}

    def draw(self) -> None:
        for key, thing in self._merged.data.items():
            self._columns[key] = _columns(thing)
            self._data(key, thing)
        for key, thing in self._merged.jobs.items():
            self._job(key, thing)
        for link in self._merged.links:
            if link.way == BEGAN:
                self._drawing.edge(self._job_node(link.job), self._job_node(link.data), "began")
                continue
            data, job = self._node(self._lead(link.data)), self._job_node(link.job)
            if link.way == INPUT:
                self._drawing.edge(data, job, "is read by")
            else:
                self._drawing.edge(job, data, "writes")
        for key, thing in self._merged.data.items():
            self._column_lineage(key, thing)
        self._runs()
        self._addresses()
        self._features()

    def _tables_of_features(self) -> frozenset[str]:
        """Return what a job writes and no job reads that writes: the end of the way, where models begin."""
        writing = {one.job for one in self._merged.links if one.way == OUTPUT}
        read_on = {
            self._lead(one.data) for one in self._merged.links if one.way == INPUT and one.job in writing
        }
        return frozenset(self._written - read_on)

    def _lead(self, data: str) -> str:
        return self._merged.called.get(data, data)

    # ---------------------------------------------------------------- data sets

    def _node(self, key: str) -> str:
        """Return the node of a data set, drawn where it is only named by others."""
        if key not in self._nodes:
            self._nodes[key] = self._named(key)
        return self._nodes[key]

    def _named(self, key: str) -> str:
        thing = self._merged.data.get(key) or Thing(key=key)
        version = self._version(thing)
        if version is not None:
            return version
        names = self._merged.names(key)
        node = self._id(key)
        if not self._drawing.has(node):
            namespace, name = names[0]
            self._drawing.node(node, self._kind(key), _shown(name), detail=namespace)
        return node

    def _id(self, key: str) -> str:
        """Return the id of a data set: that under which a registry told of it, where one did."""
        known = (source_id(address_of(*name)) for name in self._merged.names(key))
        return next((one for one in known if one in self._before), source_id(address_of(*parts_of(key))))

    def _kind(self, key: str) -> NodeKind:
        return NodeKind.FEATURE_VIEW if key in self._made else NodeKind.SOURCE

    def _version(self, thing: Thing) -> str | None:
        """Return the model version that a data set is, None where it is none."""
        model, version = thing.text(MODEL_VERSION, "model"), thing.text(MODEL_VERSION, "version")
        namespace, name = parts_of(thing.key)
        if model is None and name.startswith("models:/") and name.count("/") >= 2:
            model, _, version = name.removeprefix("models:/").rpartition("/")
        if not model or not version:
            return None
        registry = thing.text(MODEL_VERSION, "registry") or self._registry_of(model) or namespace
        node = version_id(registry, model, version)
        if not self._drawing.has(node):
            called = self._known.called(registry, model)
            self._drawing.node(
                node,
                NodeKind.VERSION,
                f"{called} {version}",
                detail="known by its events alone",
                model=called,
            )
        return node

    def _registry_of(self, model: str) -> str | None:
        return next((one.registry for one in self._known.models if one.name == model), None)

    def _data(self, key: str, thing: Thing) -> None:
        if self._version(thing) is not None:
            return
        names = self._merged.names(key)
        table = next((name for _, name in names if "/" not in name), names[0][1])
        failed, checks = _failed(thing), [*thing.listed(ASSERTIONS, "assertions")]
        named = [*dict.fromkeys(failed)][:_MOST_CHECKS]
        told = f"{len(failed)} of {len(checks)} checks failed: {', '.join(named)}"
        rows = thing.facet("outputStatistics").get("rowCount")
        if rows is None:
            rows = thing.facet("dataQualityMetrics").get("rowCount")
        self._drawing.node(
            self._id(key),
            self._kind(key),
            _shown(table),
            detail=told if failed else names[0][0],
            owner=thing.owner,
            health=_health(thing) if failed else None,
            facts={
                "Namespace": names[0][0],
                "Also known as": ", ".join(address_of(*one) for one in names) if len(names) > 1 else None,
                "Description": thing.text("documentation", "description"),
                "Lies at": thing.text("dataSource", "uri"),
                "Version": thing.text("version", "datasetVersion"),
                "Rows": number(rows) if isinstance(rows, int) else None,
                "Columns": ", ".join(self._columns[key]),
                "Checks": told if failed else (f"all {len(checks)} passed" if checks else None),
            },
        )
        for column, sentence, health in _broken_columns(thing):
            self._drawing.node(
                self._column(key, column), NodeKind.COLUMN, "", facts={"Checks": sentence}, health=health
            )

    def _column(self, key: str, column: str) -> str:
        table = self._node(key)
        node = column_id(table, column)
        if not self._drawing.has(node):
            names = self._merged.names(key)
            name = next((name for _, name in names if "/" not in name), names[0][1])
            kind = self._columns.get(key, {}).get(column, "")
            facts = {"Table": _shown(name), "Type": kind}
            self._drawing.node(node, NodeKind.COLUMN, column, detail=_shown(name), facts=facts)
            self._drawing.edge(table, node, "has the column")
        return node

    def _column_lineage(self, key: str, thing: Thing) -> None:
        fields = thing.facet("columnLineage").get("fields")
        for column, made in (fields if isinstance(fields, dict) else {}).items():
            inputs = made.get("inputFields") if isinstance(made, dict) else None
            for one in inputs if isinstance(inputs, list) else ():
                found = self._field(one)
                if found is not None:
                    self._drawing.edge(self._column(*found), self._column(key, column), _relation(one))
        for one in thing.listed("columnLineage", "dataset"):
            found = self._field(one)
            if found is not None:
                self._drawing.edge(self._column(*found), self._node(key), "decides the rows of")
        if key not in self._written:
            # No job leads from table to table, so the tables themselves have to.
            for one in column_inputs(thing.facet("columnLineage")):
                found = self._field(one)
                if found is not None:
                    self._drawing.edge(self._node(found[0]), self._node(key), "feeds")

    def _field(self, one: object) -> tuple[str, str] | None:
        if not isinstance(one, dict):
            return None
        namespace, name, column = (one.get(key) for key in ("namespace", "name", "field"))
        if isinstance(namespace, str) and isinstance(name, str) and isinstance(column, str) and column:
            return self._merged.lead(namespace, name), column
        return None

    # ---------------------------------------------------------------- jobs

    def _job_node(self, key: str) -> str:
        key = self._merged.part_of.get(key, key)
        if key not in self._jobs:
            namespace, name = parts_of(key)
            node = f"job:{namespace}/{name}"
            self._jobs[key] = self._drawing.node(node, NodeKind.JOB, name, detail=namespace)
        return self._jobs[key]

    def _job(self, key: str, thing: Thing) -> None:
        namespace, name = parts_of(key)
        last = self._merged.last_runs.get(key)
        commit = thing.text("sourceCodeLocation", "version")
        code = [thing.text("sourceCodeLocation", "url"), commit and f"commit {commit[:12]}"]
        self._drawing.node(
            f"job:{namespace}/{name}",
            NodeKind.JOB,
            name,
            detail=f"{last.state.lower()} {day(last.at)}" if last else namespace,
            owner=thing.owner,
            health=Health.WATCH if last is not None and last.state in ("FAIL", "ABORT") else None,
            facts={
                "Namespace": namespace,
                "Last run": last.state.lower() if last else None,
                "Last run on": day(last.at) if last else None,
                "Code": ", ".join(part for part in code if part),
                "Description": thing.text("documentation", "description"),
            },
        )

    # ---------------------------------------------------------------- what it is joined to

    def _runs(self) -> None:
        """Join runs that say which MLflow run they are: what they read, that read."""
        read: dict[str, list[Link]] = defaultdict(list)
        for link in self._known.run_links:
            read[link.run].append(link)
        called: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key in self._known.runs:
            called[key[1]].append(key)
        for run, facet in self._merged.mlflow_runs.items():
            named, registry = facet.get("runId"), facet.get("registry")
            if not isinstance(named, str) or not named:
                continue
            known = [key for key in called.get(named, ()) if registry in (None, key[0])]
            of = known[0] if known else (str(registry or "local"), named)
            if not self._drawing.has(run_id(*of)):
                continue
            for link in read.get(run, ()):
                self._drawing.edge(self._job_node(link.job), run_id(*of), "ran as")
                if link.way == INPUT:
                    self._drawing.edge(self._node(self._lead(link.data)), run_id(*of), "is read by")
                    self._joined[self._lead(link.data)].add(of)

    def _addresses(self) -> None:
        """Join tables and files that a registry or a spec names too: by address, by digest, by bare name."""
        by_node = {self._node(key): key for key in self._merged.data}
        by_address = {address_of(*name): key for key in self._merged.data for name in self._merged.names(key)}
        by_digest = {
            version: key
            for key, thing in self._merged.data.items()
            if (version := thing.text("version", "datasetVersion"))
        }
        for of, run in self._known.runs.items():
            # What was tried beside the versions is no part of the graph.
            for data in run.inputs if self._drawing.has(run_id(*of)) else ():
                key = by_address.get(address(data.source)) if data.source else None
                key = key or by_digest.get(data.digest)
                if key is not None:
                    self._drawing.edge(self._node(key), dataset_id(data.name, data.digest), "holds")
                    self._joined[key].add(of)
        # What Feast reads by a bare name is the table that a warehouse's own tools tell of.
        feast = {node for node, key in by_node.items() if parts_of(key)[0].startswith(FEAST)} - set(
            self._ends()
        )
        by_name = self._by_name()
        for node in sorted(self._before | feast):
            if node in by_node and node not in feast:
                continue
            found = by_name.get(node.rpartition("/")[2].removeprefix("source:").casefold(), [])
            if len(found) == 1 and self._node(found[0]) != node:
                self._drawing.edge(self._node(found[0]), node, "is")

    def _by_name(self) -> dict[str, list[str]]:
        """Return the data sets by name, with and without its schemas; Feast's are left out."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in self._merged.data:
            if not parts_of(key)[0].startswith(FEAST):
                for bare in {one for _, name in self._merged.names(key) for one in _bare(name.casefold())}:
                    found[bare].append(key)
        return found

    def _ends(self) -> list[str]:
        return [self._node(key) for key in self._made if key in self._merged.data]

    def _features(self) -> None:
        """Join the columns of what a version's run read to the model's features of the same name."""
        models: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for model in self._known.models:
            for version in model.versions:
                if version.run_id is not None:
                    models[model.registry, version.run_id].append((model.registry, model.name))
        self._feast(models.values())
        for key, runs in self._joined.items():
            for of in {model for run in runs for model in models.get(run, ())}:
                for column in self._columns.get(key, {}):
                    feature = feature_id(*of, column)
                    if self._drawing.has(feature):
                        self._drawing.edge(self._column(key, column), feature, "is")

    def _feast(self, models: Iterable[Sequence[tuple[str, str]]]) -> None:
        """Join a feature view's features to inputs that are called as Feast calls them: view__feature."""
        known = sorted({model for some in models for model in some})
        for key in self._merged.data:
            namespace, view = parts_of(key)
            for column in self._columns[key] if namespace.startswith(FEAST) else ():
                for of in known:
                    feature = feature_id(*of, f"{view}__{column}")
                    if self._drawing.has(feature):
                        self._drawing.edge(self._column(key, column), feature, "is")


def _columns(thing: Thing) -> dict[str, str]:
    """Return column → type, empty where it is not told; dbt's schemas hold documented columns alone."""
    columns = {
        str(one["name"]): str(one.get("type") or "")
        for one in thing.listed("schema", "fields")
        if one.get("name")
    }
    made = thing.facet("columnLineage").get("fields")
    return columns | {name: "" for name in (made if isinstance(made, dict) else ()) if name not in columns}


def _shown(name: str) -> str:
    return short(name) if "/" in name else name


def _bare(name: str) -> Iterator[str]:
    """Yield a name and what is left of it without each part before a point.

    Examples
    --------
    >>> list(_bare("dwh.core.payments"))
    ['dwh.core.payments', 'core.payments', 'payments']
    """
    while name:
        yield name
        name = name.partition(".")[2]


def _failed(thing: Thing) -> list[str]:
    return [
        f"{one.get('assertion')}({one.get('column')})" if one.get("column") else str(one.get("assertion"))
        for one in thing.listed(ASSERTIONS, "assertions")
        if one.get("success") is False
    ]


def _health(thing: Thing) -> Health:
    """Return the state of a data set whose checks failed: only warnings, or worse."""
    failed = [one for one in thing.listed(ASSERTIONS, "assertions") if one.get("success") is False]
    return Health.WATCH if all(one.get("severity") == "warn" for one in failed) else Health.CRITICAL


def _broken_columns(thing: Thing) -> Iterator[tuple[str, str, Health]]:
    """Yield each column with failed checks, which those are, and the worse state of them."""
    failed: dict[str, dict[str, None]] = defaultdict(dict)
    worst: dict[str, Health] = {}
    for one in thing.listed(ASSERTIONS, "assertions"):
        column = one.get("column")
        if one.get("success") is False and isinstance(column, str) and column:
            failed[column][str(one.get("assertion"))] = None
            mild = one.get("severity") == "warn" and worst.get(column) is not Health.CRITICAL
            worst[column] = Health.WATCH if mild else Health.CRITICAL
    for column, names in failed.items():
        yield column, f"{', '.join(names)} failed", worst[column]


def _relation(field: Mapping[str, object]) -> str:
    """Return how one column enters another, as a verb."""
    listed = field.get("transformations")
    transformations = [one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)]
    if any(one.get("masking") is True for one in transformations):
        return "is masked into"
    if not transformations:
        return "feeds"
    if all(one.get("type") == "INDIRECT" for one in transformations):
        return "decides"
    subtypes = {
        str(one.get("subtype", "")).upper() for one in transformations if one.get("type") != "INDIRECT"
    }
    return (
        _RELATIONS.get(next(iter(subtypes)), "is computed into") if len(subtypes) == 1 else "is computed into"
    )
