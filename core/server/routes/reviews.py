"""Reviews: open one, decide, close it; its page for before and after the meeting."""

from datetime import UTC, datetime

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from core import wire
from core.review import Wish
from core.server.dependencies import Actor, Asking, Board, view_answer
from core.server.routes.actions import IdempotencyKey
from core.server.routes.jobs import PAGE_POLICY
from core.server.subject import subject
from core.views.review import Choice, ReviewScope

router = subject("reviews")


class Opening(BaseModel):
    """From when on changes are gathered (an ISO time or a span such as 30d), and who is there."""

    model_config = ConfigDict(extra="forbid")

    since: str | None = None
    title: str = ""
    attendees: list[str] = []


class Attendance(BaseModel):
    """Who is there."""

    model_config = ConfigDict(extra="forbid")

    attendees: list[str]


class DecisionWish(BaseModel):
    """What is decided about an item, why, who sees to it and by when.

    ``until`` is the end of an accepted risk. Days are ISO times, or spans from now such as 14d.
    ``version`` and ``generation`` are what was looked at when a change of production was decided.
    """

    model_config = ConfigDict(extra="forbid")

    choice: Choice
    reason: str = ""
    owner: str | None = None
    due: str | None = None
    until: str | None = None
    version: str | None = None
    generation: int | None = None


@router.get("/views/reviews")
def view(request: Request, trimtab: Board) -> Response:
    """Return the list of reviews, and the one that the scope names."""
    return view_answer(trimtab.reviews.view(wire.read_value(ReviewScope, request.query_params)))


@router.post("/reviews", status_code=201)
def open_review(opening: Opening, trimtab: Board, actor: Actor, key: IdempotencyKey = None) -> Response:
    """Freeze what changed since the last review as an agenda."""
    since = None if opening.since is None else wire.parse_moment(opening.since, now=datetime.now(UTC))
    review = trimtab.reviews.open(
        actor=actor, since=since, attendees=opening.attendees, title=opening.title, key=key
    )
    return Response(wire.value_json(review), status_code=201, media_type="application/json")


@router.get("/reviews/{review_id}")
def review(review_id: str, trimtab: Board) -> Response:
    """Return one review with what became of its decisions by now."""
    return view_answer(trimtab.reviews.get(review_id))


@router.post("/reviews/{review_id}/attendees")
def attend(review_id: str, there: Attendance, trimtab: Board) -> Response:
    """Say who is there."""
    return view_answer(trimtab.reviews.attend(review_id, there.attendees))


@router.post("/reviews/{review_id}/items/{item_id}/decisions")
def decide(
    review_id: str,
    item_id: str,
    wish: DecisionWish,
    trimtab: Board,
    person: Asking,
    key: IdempotencyKey = None,
) -> Response:
    """Record a decision and have it carried out; what gates or guards refuse is told by its outcome."""
    now = datetime.now(UTC)
    due, until = (
        None if text is None else wire.parse_moment(text, now=now, ahead=True)
        for text in (wish.due, wish.until)
    )
    decision = trimtab.reviews.decide(
        Wish(
            review=review_id,
            item=item_id,
            choice=wish.choice,
            reason=wish.reason,
            person=person,
            owner=wish.owner,
            due_at=due,
            until=until,
            version=wish.version,
            generation=wish.generation,
            key=key,
        )
    )
    return view_answer(decision)


@router.post("/reviews/{review_id}/close")
def close(review_id: str, trimtab: Board, actor: Actor) -> Response:
    """End a review and freeze its minutes."""
    return view_answer(trimtab.reviews.close(review_id, actor=actor))


@router.get("/reviews/{review_id}/minutes", responses={200: {"content": {"text/html": {}}}})
def minutes(review_id: str, trimtab: Board) -> Response:
    """Return a review's page: its minutes, or before it is closed its pre-read."""
    return Response(
        trimtab.reviews.minutes(review_id),
        media_type="text/html",
        headers={
            "Content-Disposition": f'attachment; filename="review-{review_id[:12]}.html"',
            "Content-Security-Policy": PAGE_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )
