"""The control process: owns the stores, serves the API on the loopback, judges what is due by itself.

Started by :mod:`core.server.supervisor` as ``python -m core.server.control``.
"""

import gc
import logging
import os
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from functools import partial

import click
import uvicorn

from core.bootstrap import build
from core.config import Settings, Workspace, load_settings
from core.errors import TrimtabError, Unavailable
from core.lifeline import tie_to
from core.server.app import create_app
from core.server.heartbeat import Heartbeat, trouble
from core.server.ownership import Note, Ownership
from core.server.process_log import log_to
from core.server.spool import sweep
from core.trimtab import Trimtab

_log = logging.getLogger("trimtab.control")
_PATIENCE_S = 10.0
_PAUSE_S = 0.1
_GRACE_S = 5
_LAST_RUN_S = 20.0
_KEEPING_EVERY_S = 600.0
_LEDGER_EVERY_S = 5.0
_ACTIONS_EVERY_S = 2.0
_TRIGGERS_EVERY_S = 60.0
_ALERTS_EVERY_S = 5.0
_BACKLOG = 512


def run(workspace: Workspace) -> None:
    """Serve a workspace until SIGTERM or SIGINT.

    Raises
    ------
    Unavailable
        Another process owns the workspace, or a store cannot be opened.
    """
    settings = load_settings(workspace)
    owned = _own(workspace)
    try:
        sweep(workspace.spool)
        trimtab = build(settings)
        _log.info("control.started pid=%d", os.getpid())
        ended = _serve(settings, trimtab, owned)
        trimtab.training.close()
        trimtab.jobs.close()
        if ended:
            trimtab.close()
    finally:
        owned.release()
    _log.info("control.ended")
    if not ended:
        # A judgement is still running in a store that must not be closed under it; it leaves no trace.
        logging.shutdown()
        os._exit(0)


def _own(workspace: Workspace) -> Ownership:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        owned = Ownership.take(workspace, what="trimtab up")
        if owned is not None:
            return owned
        if time.monotonic() > deadline:
            holder = Note.read(workspace) or "a process"
            hint = "End that process, or choose another workspace."
            raise Unavailable(f"The workspace {workspace.root}", f"{holder} holds it", hint=hint)
        time.sleep(_PAUSE_S)


def _beats(settings: Settings, trimtab: Trimtab) -> tuple[Heartbeat, ...]:
    monitor = Heartbeat("monitor", partial(trimtab.monitor, where="here"), every_s=settings.monitor_every_s)
    calling = []
    if trimtab.alerts.channels:
        calling.append(Heartbeat("alerts", trimtab.alerts.tend, every_s=_ALERTS_EVERY_S))
    if trimtab.alerts.has_beacon:
        vital = (monitor, *calling)
        every_s = settings.alerts.heartbeat_every.total_seconds()
        calling.append(
            Heartbeat(
                "alive", lambda: trimtab.alerts.ping(trouble(vital, datetime.now(UTC))), every_s=every_s
            )
        )
    lineage = Heartbeat("lineage", trimtab.lineage.keep_ready, every_s=_ACTIONS_EVERY_S)
    trimtab.lineage.intake.on_taken = lineage.poke
    return (
        monitor,
        # A heartbeat of their own: tables elsewhere are slow to ask, and rows here must not wait for them.
        Heartbeat("sources", partial(trimtab.monitor, where="elsewhere"), every_s=settings.source_every_s),
        Heartbeat(
            "registry", partial(trimtab.mirroring.refresh, at_once=False), every_s=settings.registry_every_s
        ),
        Heartbeat("ledger", trimtab.ledger.tend, every_s=_LEDGER_EVERY_S),
        Heartbeat("actions", trimtab.runner.reconcile, every_s=_ACTIONS_EVERY_S),
        Heartbeat("training", trimtab.training.reconcile, every_s=_ACTIONS_EVERY_S),
        Heartbeat("reviews", trimtab.reviews.tend, every_s=_LEDGER_EVERY_S),
        Heartbeat("training triggers", trimtab.training.tend, every_s=_TRIGGERS_EVERY_S),
        Heartbeat("manifests", trimtab.manifests.take, every_s=settings.registry_every_s),
        lineage,
        Heartbeat("runs", trimtab.lineage.runs.take, every_s=settings.registry_every_s),
        Heartbeat("experiments", trimtab.lineage.experiments.take, every_s=settings.registry_every_s),
        Heartbeat("validations", trimtab.suite.tend, every_s=_TRIGGERS_EVERY_S),
        Heartbeat("keeping", trimtab.keeping.prune_daily, every_s=_KEEPING_EVERY_S),
        *calling,
    )


def _serve(settings: Settings, trimtab: Trimtab, owned: Ownership) -> bool:
    beats = _beats(settings, trimtab)
    app = create_app(trimtab, token=owned.token, beats=beats)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
    )
    # uvicorn ends gracefully on these signals and then raises them again: by then they say nothing new.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    # What stands now stays to the end. Whoever makes thousands of objects, as a graph or a page does, sets
    # the collector going, which would look through all that was imported each time.
    gc.collect()
    gc.freeze()
    listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    owned.publish(f"http://127.0.0.1:{listening.getsockname()[1]}")
    trimtab.jobs.start()
    for beat in beats:
        beat.start()
    uvicorn.Server(config).run(sockets=[listening])
    stopped = [beat.stop(timeout_s=_LAST_RUN_S) for beat in beats]
    return all(stopped)


@click.command()
@click.option("--workspace", required=True, type=click.Path(file_okay=False))
@click.option("--parent", required=True, type=int)
def main(workspace: str, parent: int) -> None:
    """Run control as a child of the supervisor."""
    found = Workspace.at(workspace)
    log_to(found, "control")
    tie_to(parent)
    try:
        run(found)
    except TrimtabError as error:
        _log.error("control.refused cause=%s", error)
        click.echo(f"{error.message}." + (f" {error.hint}" if error.hint else ""), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
