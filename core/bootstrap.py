"""Put the product together: the only place that names adapters."""

import os
from contextlib import ExitStack

from core.adapters.deployments import open_deployments
from core.adapters.ibis_source import IbisSources
from core.adapters.mlflow_registry import MlflowRegistry
from core.adapters.process_executor import ProcessExecutor
from core.adapters.system_clock import SystemClock
from core.config import Settings
from core.ports import Clock
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab


def build(settings: Settings, *, clock: Clock | None = None) -> Trimtab:
    """Open a workspace; the caller holds its lock and closes what it gets.

    Parameters
    ----------
    settings
        As read by :func:`core.config.load_settings`.
    clock
        What tells the time; the system's by default.

    Raises
    ------
    Unavailable
        A store is held by another process or cannot be opened.
    Conflict
        A store was written by a newer Trimtab.
    """
    workspace = settings.workspace
    with ExitStack() as opened:
        store = AnalyticsStore.open(workspace.analytics)
        opened.callback(store.close)
        state = StateStore.open(workspace.state)
        opened.pop_all()
    trimtab = Trimtab(
        settings=settings,
        store=store,
        state=state,
        registries={
            entry.name: MlflowRegistry(entry, artifacts=workspace.artifacts) for entry in settings.registries
        },
        sources=IbisSources(settings.sources, os.environ),
        deployments=open_deployments(settings.deployments),
        clock=clock or SystemClock(),
        executor=ProcessExecutor(),
    )
    trimtab.jobs.recover()
    try:
        trimtab.ledger.begin()
        trimtab.keeping.finish()
    except BaseException:
        trimtab.close()
        raise
    return trimtab
