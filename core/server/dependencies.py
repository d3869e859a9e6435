"""What routes are given: the facade, who asks, and how they answer."""

import re
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from starlette.responses import Response

from core import wire
from core.access.person import Person
from core.domain import Segment
from core.trimtab import Trimtab


def _trimtab(request: Request) -> Trimtab:
    return cast("Trimtab", request.app.state.trimtab)


async def person(request: Request) -> Person:
    """Say who asks, as the gate found out."""
    return cast("Person", request.state.person)


Asking = Annotated[Person, Depends(person)]


async def _actor(who: Asking) -> str:
    return who.name


def _since(
    since: Annotated[
        str | None, Query(description="ISO date or time, or a span such as 30d before now")
    ] = None,
) -> datetime | None:
    return wire.parse_moment(since, now=datetime.now(UTC)) if since else None


def _as_of(
    as_of: Annotated[str | None, Query(description="as it stood then: ISO date or time, or a span")] = None,
) -> datetime | None:
    return wire.parse_moment(as_of, now=datetime.now(UTC)) if as_of else None


def _segment(
    segment: Annotated[list[str] | None, Query(description="column=value; several narrow it down")] = None,
) -> Segment | None:
    return wire.segment_of(segment) if segment else None


Board = Annotated[Trimtab, Depends(_trimtab)]
Actor = Annotated[str, Depends(_actor)]
Since = Annotated[datetime | None, Depends(_since)]
AsOf = Annotated[datetime | None, Depends(_as_of)]
Slice = Annotated[Segment | None, Depends(_segment)]


def answer(document: object, status: int = 200) -> Response:
    """Answer with plain objects as JSON."""
    return Response(wire.dumps(document), status_code=status, media_type="application/json")


def file_name(*parts: str, suffix: str) -> str:
    """Return the name under which a file is kept: what is in it, in plain letters, 120 of them at most.

    Examples
    --------
    >>> file_name("lending", "model-card", suffix=".md")
    'lending-model-card.md'
    """
    said = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-.")[:120]
    return f"{said}{suffix}"


def view_answer(view: object) -> Response:
    """Answer with a view value as JSON."""
    return Response(wire.value_json(view), media_type="application/json")


def split(text: str) -> tuple[str, ...]:
    """Split ``a,b`` into its names, without empty ones."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
