"""Lineage events taken in: kept as they came, and merged; what cannot be used is kept with its reason."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from core.errors import InvalidInput
from core.lineage import events
from core.ports import Clock
from core.receipts import IngestReceipt
from core.store import StateStore
from core.store.lineage_events import Event, Refused

AT_ONCE = 500
"""Events that are put on record in one transaction."""


class Intake:
    """Takes in what OpenLineage's clients send.

    Parameters
    ----------
    state
        Where events are kept.
    clock
        Tells when they came.
    """

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.on_taken: Callable[[], None] = lambda: None
        """Called once events are on disk; whoever keeps the graph ready listens here."""

    def take(self, content: bytes) -> IngestReceipt:
        """Take in a request's events, one or a list; when this returns they are on disk.

        One bad event keeps no other from it: it is kept with its reason, and counted as quarantined.

        Raises
        ------
        InvalidInput
            It is no JSON, or none of its events can be used; every problem names its field.
        """
        found = events.events_in(content)
        good: list[Event] = []
        refused: list[Refused] = []
        wrong: list[InvalidInput] = []
        for one in found:
            try:
                good.append(events.read(one))
            except InvalidInput as error:
                wrong.append(error)
                refused.append(_refused(one, error))
        fresh, now = 0, self._clock.now()
        for first in range(0, max(len(good), 1), AT_ONCE):
            fresh += self._state.lineage.events.add(
                good[first : first + AT_ONCE], refused if first == 0 else (), at=now
            )
        self.on_taken()
        if wrong and not good:
            raise wrong[0]
        fields = Counter(problem.field for error in wrong for problem in error.problems)
        return IngestReceipt(
            accepted=fresh,
            quarantined=len(wrong),
            duplicate=len(good) - fresh,
            reasons=dict(sorted(fields.items())),
        )


class AsTheyCame:
    """Events as they came, with what they say that nobody reads: what goes for its age.

    Parameters
    ----------
    state
        Holds them.
    """

    def __init__(self, state: StateStore) -> None:
        self._events = state.lineage.events

    def older(self, before: datetime) -> tuple[int, int, datetime | None]:
        """Return how many events came before a time, about their bytes, and when the oldest other came."""
        return self._events.older(before)

    def prune(self, before: datetime) -> None:
        """Remove them; what the graph is drawn from stays."""
        self._events.prune(before, lasting=[*events.READ, events.JOB])


def _refused(document: object, error: InvalidInput) -> Refused:
    try:
        text = json.dumps(document, sort_keys=True)[: events.LARGEST]
    except RecursionError:
        text = '"nested too deeply to be kept"'
    return Refused(digest=sha256(text.encode()).hexdigest(), reason=error.message, document=text)
