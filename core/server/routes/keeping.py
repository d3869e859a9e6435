"""What stays how long: prune."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from core import wire
from core.server.dependencies import Board, answer

router = APIRouter(prefix="/api/v1", tags=["keeping"])


@router.post("/prune", response_model=wire.PruneObject)
def prune(
    trimtab: Board, dry_run: Annotated[bool, Query(description="only say what would go")] = False
) -> Response:
    """Let go of what is older than the settings keep."""
    return answer(wire.prune_object(trimtab.keeping.prune(dry_run=dry_run)))
