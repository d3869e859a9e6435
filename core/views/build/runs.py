"""The Runs view: runs of the experiments that hold a model's versions, from the mirror alone."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from core.action import CHAMPION
from core.errors import NotFound
from core.metrics.leading import leading_metric
from core.ports import Environment, RunRecord
from core.store import Cursor, StateStore, registry_mirror
from core.store.registry_mirror import MirroredModel
from core.views.runs import RunData, RunEnvironment, RunRow, RunsScope, RunsView


def build_runs(cursor: Cursor, state: StateStore, scope: RunsScope, *, now: datetime) -> RunsView:
    """Return what the Runs tab shows.

    Raises
    ------
    NotFound
        No registry has such a model, as last read, and none is monitored.
    """
    model = _model(cursor, state, scope.model)
    made: dict[str, str] = {}
    # The newest version of a run stands for it.
    for version in model.versions:
        if version.run_id:
            made[version.run_id] = version.version
    table = state.lineage.runs
    experiments = sorted(
        {experiment for _, experiment in table.of_versions(frozenset((model.registry, run) for run in made))}
    )
    found = [one for each in experiments for one in table.every(model.registry, experiment=each)]
    found.sort(key=lambda one: (one.started_at is not None, one.started_at, one.run_id), reverse=True)
    kept = [one for at, one in enumerate(found) if at < scope.last or one.run_id in made]
    environments = state.lineage.environments.of(model.registry, model.name)
    rows = tuple(_row(one, model, made.get(one.run_id), environments) for one in kept)
    metrics = _names([one.metrics for one in kept])
    champion = model.aliases.get(CHAMPION)
    read = [one for one in registry_mirror.readings(cursor) if one.registry == model.registry]
    return RunsView(
        at=now,
        model=model.name,
        registry=model.registry,
        champion=None if champion is None else champion.version,
        rows=rows,
        n_runs=len(found),
        n_experiments=len(experiments),
        metrics=metrics,
        params=_names([one.params for one in kept]),
        metric=_leading(state, model, metrics),
        read_at=read[0].refreshed_at if read else None,
    )


def _model(cursor: Cursor, state: StateStore, name: str) -> MirroredModel:
    try:
        spec = state.monitor(name).spec
        found = registry_mirror.models(cursor, registry=spec.registry, name=spec.model)
    except NotFound:
        registry, slash, bare = name.partition("/")
        found = registry_mirror.models(cursor, name=name)
        if not found and slash:
            found = registry_mirror.models(cursor, registry=registry, name=bare)
    if not found:
        raise NotFound("model", name, hint="No registry has it, as last read.")
    return found[0]


def _names(logged: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    return tuple(sorted({name for one in logged for name in one}))


def _leading(state: StateStore, model: MirroredModel, metrics: tuple[str, ...]) -> str | None:
    """Return the metric by which the model is judged where runs log it, else the first."""
    try:
        leading = leading_metric(state.monitor(f"{model.registry}/{model.name}").spec)
    except NotFound:
        leading = ""
    return leading if leading in metrics else next(iter(metrics), None)


def _row(
    run: RunRecord, model: MirroredModel, version: str | None, environments: Mapping[str, Environment]
) -> RunRow:
    aliases = tuple(sorted(name for name, stay in model.aliases.items() if stay.version == version))
    own = environments.get(version or "")
    known = own is not None and (own.python or own.packages)
    return RunRow(
        run_id=run.run_id,
        name=run.name,
        status=run.status,
        user=run.user,
        started_at=run.started_at,
        ended_at=run.ended_at,
        version=version,
        aliases=aliases if version is not None else (),
        params=run.params,
        metrics=run.metrics,
        data=tuple(
            RunData(
                name=one.name,
                digest=one.digest,
                context=one.context,
                source=one.source,
                n_rows=one.n_rows,
            )
            for one in run.inputs
        ),
        entry=run.tags.get("mlflow.source.name"),
        commit=run.commit,
        environment=RunEnvironment(python=own.python, packages=own.packages) if own and known else None,
    )
