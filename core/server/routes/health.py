"""Is it alive, is it ready, what are its figures."""

import os
from collections.abc import Sequence

from fastapi import Request
from starlette.responses import Response

from core import wire
from core.server.dependencies import answer
from core.server.exposition import CONTENT_TYPE, Figures
from core.server.heartbeat import Heartbeat
from core.server.ownership import API_SCHEMA
from core.server.subject import subject

router = subject("health", prefix="")


@router.get("/healthz")
def healthz() -> Response:
    """Answer as long as the process does."""
    return answer({"status": "ok"})


@router.get("/readyz")
def readyz(request: Request) -> Response:
    """Say which process answers and how its repeated tasks do."""
    beats: Sequence[Heartbeat] = request.app.state.beats
    pulses = [beat.pulse for beat in beats]
    failing = [pulse.name for pulse in pulses if pulse.problem is not None]
    tasks = {
        pulse.name: {
            "last_run_at": wire.moment_text(pulse.last_run_at),
            "last_run_s": pulse.last_run_s,
            "problem": pulse.problem,
        }
        for pulse in pulses
    }
    body = {
        "status": "failing" if failing else "ok",
        "pid": os.getpid(),
        "schema": API_SCHEMA,
        "tasks": tasks,
    }
    return answer(body)


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request) -> Response:
    """Return figures in Prometheus' text format."""
    figures: Figures = request.app.state.figures
    return Response(figures.text(), headers={"Content-Type": CONTENT_TYPE})
