"""The API: one FastAPI application over one facade, the same in control and inside a command."""

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from core.server import failures
from core.server.exposition import Counting, Figures
from core.server.heartbeat import Heartbeat
from core.server.identity import Gate, Known
from core.server.routes import (
    actions,
    alerts,
    evidence,
    explanations,
    gates,
    health,
    incidents,
    jobs,
    judgements,
    keeping,
    kpis,
    ledger,
    lineage,
    models,
    people,
    reproductions,
    reviews,
    rows,
    tokens,
    training,
    validations,
    views,
)
from core.trimtab import Trimtab

ROUTES = (
    health,
    rows,
    judgements,
    models,
    incidents,
    alerts,
    actions,
    gates,
    validations,
    evidence,
    training,
    explanations,
    jobs,
    keeping,
    kpis,
    ledger,
    lineage,
    reviews,
    people,
    reproductions,
    tokens,
    views,
)


def create_app(trimtab: Trimtab, *, token: str, beats: Sequence[Heartbeat] = ()) -> FastAPI:
    """Build the application.

    Parameters
    ----------
    trimtab
        What answers; the application does not close it.
    token
        The workspace's own: who brings it is its owner. The other tokens are the workspace's chapter.
    beats
        Repeated tasks whose state ``/readyz`` and ``/metrics`` report.
    """
    figures = Figures(trimtab, beats)
    known = Known(
        token=trimtab.tokens.person,
        sign_in=trimtab.sessions.person,
        team=trimtab.settings.identity.team,
    )
    app = FastAPI(
        title="Trimtab",
        version=version("trimtab"),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        middleware=[
            Middleware(Counting, figures=figures),
            Middleware(Gate, token=token, known=known),
        ],
        routes=[route for module in ROUTES for route in module.router.routes],
    )
    app.state.trimtab = trimtab
    app.state.figures = figures
    app.state.beats = tuple(beats)
    failures.install(app)
    return app
