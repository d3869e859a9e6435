"""The client's calls about reviews: open one, decide, close it, take its page away."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.views.review import Choice, Decision, Review, ReviewScope, ReviewView


class ReviewCalls(Asker):
    """What :class:`core.client.Client` can ask about reviews."""

    def review_view(self, scope: ReviewScope) -> ReviewView:
        """Return the list of reviews, and the one that the scope names."""
        answer = self._send("GET", "views/reviews", params=wire.parameters_of(scope))
        return wire.value_of(ReviewView, answer.content)

    def open_review(
        self,
        *,
        since: datetime | str | None = None,
        title: str = "",
        attendees: Sequence[str] = (),
        key: str | None = None,
    ) -> Review:
        """Freeze what changed since the last review, or since a time or a span, as an agenda."""
        text = since if since is None or isinstance(since, str) else wire.moment(since)
        opening = {"since": text, "title": title, "attendees": list(attendees)}
        answer = self._send("POST", "reviews", json=opening, headers=_under(key))
        return wire.value_of(Review, answer.content)

    def review(self, review_id: str) -> Review:
        """Return one review with what became of its decisions by now."""
        return wire.value_of(Review, self._send("GET", f"reviews/{quote(review_id, safe='')}").content)

    def attend(self, review_id: str, attendees: Sequence[str]) -> Review:
        """Say who is there."""
        path = f"reviews/{quote(review_id, safe='')}/attendees"
        answer = self._send("POST", path, json={"attendees": list(attendees)})
        return wire.value_of(Review, answer.content)

    def decide(
        self,
        review_id: str,
        item_id: str,
        choice: Choice,
        *,
        reason: str,
        owner: str | None = None,
        due: datetime | str | None = None,
        until: datetime | str | None = None,
        version: str | None = None,
        generation: int | None = None,
        key: str | None = None,
    ) -> Decision:
        """Record a decision and have it carried out; its outcome says what came of it."""
        wish = {
            "choice": choice.value,
            "reason": reason,
            "owner": owner,
            "due": wire.moment(due) if isinstance(due, datetime) else due,
            "until": wire.moment(until) if isinstance(until, datetime) else until,
            "version": version,
            "generation": generation,
        }
        path = f"reviews/{quote(review_id, safe='')}/items/{quote(item_id, safe='')}/decisions"
        answer = self._send("POST", path, json=wish, headers=_under(key))
        return wire.value_of(Decision, answer.content)

    def close_review(self, review_id: str) -> Review:
        """End a review and freeze its minutes."""
        answer = self._send("POST", f"reviews/{quote(review_id, safe='')}/close")
        return wire.value_of(Review, answer.content)

    def minutes(self, review_id: str) -> str:
        """Return a review's page: its minutes, or before it is closed its pre-read."""
        return self._send("GET", f"reviews/{quote(review_id, safe='')}/minutes").text


def _under(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Idempotency-Key": key}
