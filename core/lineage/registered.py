"""The part of the graph that registries tell: data sets, runs, versions, aliases."""

from core.action import shown_version
from core.lineage.drawing import Drawing, day, number
from core.lineage.graph import NodeKind
from core.lineage.known import Known
from core.lineage.naming import alias_id, dataset_id, run_id, source_id, version_id
from core.ports import RunInput, RunRecord
from core.store.registry_mirror import MirroredModel

_MOST_METRICS = 4
_USES = {"training": "trains", "train": "trains"}


def draw(drawing: Drawing, known: Known) -> None:
    """Draw every registered version and alias, with the runs behind them and what those read."""
    for model in known.models:
        _versions(drawing, known, model)


def _versions(drawing: Drawing, known: Known, model: MirroredModel) -> None:
    called = known.called(model.registry, model.name)
    for version in model.versions:
        ours = drawing.node(
            version_id(model.registry, model.name, version.version),
            NodeKind.VERSION,
            f"{called} {shown_version(version.version)}",
            detail=f"registered {day(version.created_at)}" if version.created_at else "",
            model=called,
            facts={"Registered": day(version.created_at), "Registry": model.registry},
        )
        if version.run_id is None:
            continue
        run = known.runs.get((model.registry, version.run_id))
        trained_in = _run(drawing, known, model.registry, version.run_id, run)
        drawing.edge(trained_in, ours, "made")
        if run is not None:
            facts = {"Code": code_of(run), "Trained on": _rows_of(run), "Trained by": run.user}
            drawing.node(ours, NodeKind.VERSION, "", facts=facts)
    for alias, stay in model.aliases.items():
        pointing = drawing.node(
            alias_id(model.registry, model.name, alias),
            NodeKind.ALIAS,
            alias,
            detail=f"{called} {shown_version(stay.version)}",
            model=called,
            facts={"Points to": shown_version(stay.version), "First seen there": day(stay.first_seen_at)},
        )
        drawing.edge(version_id(model.registry, model.name, stay.version), pointing, "is called")


def _run(drawing: Drawing, known: Known, registry: str, identity: str, run: RunRecord | None) -> str:
    """Draw a run, which may not have been read yet, with what it read and whose part it is."""
    node = run_id(registry, identity)
    if drawing.has(node):
        return node
    if run is None:
        return drawing.node(node, NodeKind.RUN, f"run {identity[:7]}", detail="not read yet")
    shown = [f"{name} {value:.4g}" for name, value in sorted(run.metrics.items())[:_MOST_METRICS]]
    drawing.node(
        node,
        NodeKind.RUN,
        run.name or f"run {identity[:7]}",
        detail=shown[0] if shown else run.status.lower(),
        at=run.ended_at or run.started_at,
        facts={
            "Run": identity,
            "Status": run.status.lower(),
            "Started": day(run.started_at),
            "By": run.user,
            "Code": code_of(run),
            "Metrics": ", ".join(shown),
            "Parameters": number(len(run.params)) if run.params else None,
            "Logged models": ", ".join(run.models),
        },
    )
    for one in run.inputs:
        drawing.edge(_data(drawing, known, registry, one), node, _USES.get(one.context.lower(), "is read by"))
    if run.parent is not None:
        above = known.runs.get((registry, run.parent))
        drawing.edge(_run(drawing, known, registry, run.parent, above), node, "began")
    return node


def _data(drawing: Drawing, known: Known, registry: str, data: RunInput) -> str:
    """Draw a data set's version and where it came from; a copy among a run's own files is no origin."""
    node = drawing.node(
        dataset_id(data.name, data.digest),
        NodeKind.DATASET,
        data.name,
        detail=f"{data.n_rows:,} rows" if data.n_rows is not None else data.digest,
        facts={
            "Digest": data.digest,
            "Rows": number(data.n_rows),
            "Columns": number(len(data.columns)) if data.columns else None,
            "Used for": data.context,
            "Lies at": data.source,
        },
    )
    of_a_run = any((registry, part) in known.runs for part in data.source.split("/"))
    if data.source and not of_a_run:
        origin = drawing.node(source_id(data.source), NodeKind.SOURCE, short(data.source), detail=data.source)
        drawing.edge(origin, node, "holds")
    return node


def code_of(run: RunRecord) -> str | None:
    """Return what code ran: its entry point and commit, as far as they were logged."""
    parts = [run.tags.get("mlflow.source.name"), run.commit and f"commit {run.commit[:12]}"]
    return ", ".join(part for part in parts if part) or None


def _rows_of(run: RunRecord) -> str | None:
    trained = [one for one in run.inputs if _USES.get(one.context.lower())]
    shown = [f"{one.name}{'' if one.n_rows is None else f' ({one.n_rows:,} rows)'}" for one in trained]
    return ", ".join(shown) or None


def short(uri: str) -> str:
    """Return the last part of an address, by which people know it.

    Examples
    --------
    >>> short("s3://lake/credit/2026/train.parquet"), short("core.payments")
    ('train.parquet', 'core.payments')
    """
    return uri.rstrip("/").rpartition("/")[2] or uri
