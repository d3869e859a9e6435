"""Alerts, and maintenance windows in which there are none."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from core import wire
from core.server.dependencies import Actor, Board, answer
from core.server.subject import subject

router = subject("alerts")


class Span(BaseModel):
    """When nobody shall be called, about which model, and why."""

    model_config = ConfigDict(extra="forbid")
    model: str | None = Field(default=None, description="null: every model")
    starts_at: str | None = Field(default=None, description="ISO date or time, or a span from now; null: now")
    ends_at: str = Field(description="ISO date or time, or a span such as 2h from now")
    reason: str = Field(min_length=1, max_length=2000)


@router.get("/alerts", response_model=list[wire.AlertObject])
def alerts(trimtab: Board) -> Response:
    """List what was told or is to be told, the latest first."""
    return answer([wire.alert_object(one) for one in trimtab.alerts.latest()])


@router.post("/alerts/{channel}/test", status_code=204)
def test(channel: str, trimtab: Board, _: Actor) -> Response:
    """Send a message that says that it is a test."""
    trimtab.alerts.test(channel)
    return Response(status_code=204)


@router.get("/maintenance", response_model=list[wire.MaintenanceObject])
def maintenance(
    trimtab: Board, over: Annotated[bool, Query(description="past ones too")] = False
) -> Response:
    """List maintenance windows that run or are planned, by their start."""
    return answer([wire.maintenance_object(one) for one in trimtab.maintenance.every(over=over)])


@router.post("/maintenance", response_model=wire.MaintenanceObject)
def plan(span: Span, trimtab: Board, actor: Actor) -> Response:
    """Plan a maintenance window: incidents are on record, and nobody is called."""
    now = datetime.now(UTC)
    starts_at = None if span.starts_at is None else wire.parse_moment(span.starts_at, now=now, ahead=True)
    planned = trimtab.maintenance.plan(
        span.model,
        starts_at=starts_at,
        ends_at=wire.parse_moment(span.ends_at, now=now, ahead=True),
        reason=span.reason,
        actor=actor,
    )
    return answer(wire.maintenance_object(planned))


@router.post("/maintenance/{identity}/end", response_model=wire.MaintenanceObject)
def end(identity: str, trimtab: Board, actor: Actor) -> Response:
    """End a maintenance window now."""
    return answer(wire.maintenance_object(trimtab.maintenance.end(identity, actor)))
