"""Put the product together: the only place that names adapters."""

import os
from contextlib import ExitStack

from core.action import Action
from core.actions import emergency
from core.actions.journal import FILE as JOURNAL
from core.actions.journal import Journal
from core.adapters.apprise_channels import open_beacon, open_channels
from core.adapters.deployments import open_deployments
from core.adapters.ibis_source import IbisSources
from core.adapters.mlflow_registry import MlflowRegistry
from core.adapters.process_executor import ProcessExecutor
from core.adapters.system_clock import SystemClock
from core.config import Settings
from core.ledger import Ledger
from core.ports import Clock, Registry
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
        registries=_registries(settings),
        sources=IbisSources(settings.sources, os.environ),
        deployments=open_deployments(settings.deployments),
        channels=open_channels(settings.alerts.channels),
        beacon=open_beacon(settings.alerts.heartbeat_env),
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


def roll_back_in_emergency(
    settings: Settings, model: str, *, to: str | None, reason: str, actor: str
) -> Action:
    """Roll back without control and its lock; see :func:`core.actions.emergency.roll_back`."""
    workspace = settings.workspace
    state = StateStore.peek(workspace.state)
    clock = SystemClock()
    try:
        return emergency.roll_back(
            model,
            to=to,
            reason=reason,
            actor=actor,
            state=state,
            registries=_registries(settings),
            signer=Ledger(state, keys=workspace.keys, clock=clock).signer(),
            journal=Journal(workspace.root / JOURNAL),
            clock=clock,
        )
    finally:
        state.close()


def _registries(settings: Settings) -> dict[str, Registry]:
    artifacts = settings.workspace.artifacts
    return {entry.name: MlflowRegistry(entry, artifacts=artifacts) for entry in settings.registries}
