"""Figures of how models are run, computed from what is on record."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from core.server.dependencies import Board, Since, view_answer
from core.server.subject import subject
from core.views.kpis import KpiScope

router = subject("kpis")


@router.get("/kpis")
def kpis(
    trimtab: Board,
    since: Since,
    by: Annotated[
        str | None, Query(description="unit, region or owner: figures of each beside those of all")
    ] = None,
) -> Response:
    """Return lead time, frequency, detection, restoration, failures, coverage, alarms, labels, maturity."""
    return view_answer(trimtab.kpis.view(KpiScope(since=since, by=by or None)))
