"""The router of one subject: what all routes have in common is theirs from the start.

FastAPI makes a route when it is declared, and once more for each application that includes its router: 0.7 s
for all of them, which the first request waited for. A route that lacks nothing is taken as it is.
"""

from fastapi import APIRouter, Depends

from core import wire
from core.server.scoping import authorise


def subject(tag: str, *, prefix: str = "/api/v1") -> APIRouter:
    """Return a router whose routes ask for what they take and describe their errors.

    Examples
    --------
    >>> subject("kpis").prefix
    '/api/v1'
    """
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        dependencies=[Depends(authorise)],
        responses={
            "4XX": {"model": wire.ErrorObject, "description": "Not done, and why"},
            "5XX": {"model": wire.ErrorObject, "description": "Not possible now, and why"},
        },
    )
