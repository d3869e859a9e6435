"""What the fake client answers about reviews and figures."""

from dataclasses import dataclass, field
from datetime import datetime

from core.errors import NotFound
from core.views.kpis import KpiView
from core.views.review import Choice, Decision, Outcome, Review, ReviewScope, ReviewView

from .made_kpis import kpi_view
from .made_model import MIDNIGHT
from .made_review import REVIEW, review_view


@dataclass
class FakeReviews:
    """The part of :class:`tests.app.fake_client.FakeClient` that a review is held with."""

    n_models: int = 5000
    asked: list[tuple[str, object]] = field(default_factory=list)
    decided: tuple[Decision, ...] = ()
    review_closed: bool = False

    def _check(self, model: str | None) -> None:
        raise NotImplementedError

    def _decide(self, verb: str, what: object) -> None:
        raise NotImplementedError

    def kpis(self, *, by: str | None, since: str) -> KpiView:
        """Return the figures of how models are run."""
        self._check(None)
        self.asked.append(("kpis", (by, since)))
        return kpi_view(by, n_models=self.n_models)

    def review_view(self, scope: ReviewScope) -> ReviewView:
        """Return the reviews, and the one that is named."""
        self._check(None)
        if scope.review not in (None, REVIEW.id):
            raise NotFound("review", scope.review or "")
        empty = not self.n_models
        return review_view(scope, empty=empty, decisions=self.decided, closed=self.review_closed)

    def open_review(self, *, since: datetime | None, attendees: list[str], key: str) -> Review:
        """Remember what was opened."""
        assert key, "every press has a key of its own"
        self._decide("open", (since, attendees))
        return REVIEW

    def attend(self, review_id: str, attendees: list[str]) -> Review:
        """Remember who was there."""
        self._decide("attend", (review_id, attendees))
        return REVIEW

    def close_review(self, review_id: str) -> Review:
        """Remember what was closed."""
        self._decide("close_review", review_id)
        self.review_closed = True
        return REVIEW

    def decide(
        self, review_id: str, item_id: str, choice: Choice, *, reason: str, key: str, **more: object
    ) -> Decision:
        """Remember what was decided; it is done at once."""
        assert key, "every press has a key of its own"
        self._decide("decide", (item_id, choice, reason, more))
        one = Decision(
            id=key, review=review_id, item=item_id, model="lending", choice=choice, actor="ann",
            at=MIDNIGHT, reason=reason, owner="ann", outcome=Outcome.DONE, sentence="It is done.",
        )  # fmt: skip
        self.decided = (*self.decided, one)
        return one
