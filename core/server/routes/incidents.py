"""Incidents and what people decide about them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from core import wire
from core.server.dependencies import Actor, Board, answer
from core.server.subject import subject

router = subject("incidents", prefix="/api/v1/incidents")


class Snooze(BaseModel):
    """Until when an incident shall be quiet."""

    model_config = ConfigDict(extra="forbid")
    until: str = Field(description="ISO date or time, or a span such as 12h from now")


class Resolve(BaseModel):
    """What turned out to be the cause."""

    model_config = ConfigDict(extra="forbid")
    cause: str = Field(min_length=1, max_length=2000)


@router.get("", response_model=list[wire.IncidentObject])
def incidents(trimtab: Board, only_open: Annotated[bool, Query(alias="open")] = False) -> Response:
    """List incidents, worst first."""
    return answer([wire.incident_object(each) for each in trimtab.incidents(open_only=only_open)])


@router.post("/{incident_id}/ack", response_model=wire.IncidentObject)
def ack(incident_id: str, trimtab: Board, actor: Actor) -> Response:
    """Say that somebody looks at it."""
    return answer(wire.incident_object(trimtab.acknowledge(incident_id, actor)))


@router.post("/{incident_id}/snooze", response_model=wire.IncidentObject)
def snooze(incident_id: str, wanted: Snooze, trimtab: Board, actor: Actor) -> Response:
    """Keep it quiet until a moment."""
    until = wire.parse_moment(wanted.until, now=datetime.now(UTC), ahead=True)
    return answer(wire.incident_object(trimtab.snooze(incident_id, until, actor)))


@router.post("/{incident_id}/resolve", response_model=wire.IncidentObject)
def resolve(incident_id: str, wanted: Resolve, trimtab: Board, actor: Actor) -> Response:
    """Close it and put the cause on record."""
    return answer(wire.incident_object(trimtab.resolve(incident_id, wanted.cause, actor)))
