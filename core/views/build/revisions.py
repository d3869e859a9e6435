"""What was known when: the earlier verdicts on one metric of the shown windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from core.domain import Status
from core.store import Cursor, statement
from core.store.judgements import aware
from core.views.build.points import ShownWindow
from core.views.model import Known, Revised


@dataclass(frozen=True, slots=True)
class Revision:
    """One row of views_revisions.sql: what a verdict said, and from when until when it stood."""

    index: int
    estimated: bool
    start: datetime | None
    end: datetime | None
    status: str
    value: float | None
    n: int
    reason: str
    recorded_at: datetime
    superseded_at: datetime | None

    @property
    def stands(self) -> bool:
        """Return whether it is what holds now."""
        return self.superseded_at is None

    @property
    def known(self) -> Known:
        """Return what it said."""
        return Known(status=Status(self.status), value=self.value, n=self.n, reason=self.reason)


def revised(cursor: Cursor, key: str, windows: Sequence[ShownWindow], metric: str) -> tuple[Revised, ...]:
    """Return the earlier verdicts on a metric in the shown windows, the latest window first."""
    if not windows:
        return ()
    asked = {"model_key": key, "metric": metric, "first": windows[0].index, "last": windows[-1].index}
    speaks = {one.index: one.version for one in windows}
    found: dict[tuple[int, bool], list[Revision]] = {}
    for version, *row in cursor.execute(statement("views_revisions"), asked).fetchall():
        one = Revision(*row)
        if speaks.get(one.index) == version:
            found.setdefault((one.index, one.estimated), []).append(one)
    revised_once = (
        found[each] for each in sorted(found) if len(found[each]) > 1 or not found[each][0].stands
    )
    return told(one for own in revised_once for one in sorted(own, key=lambda one: one.recorded_at))


def told(revisions: Iterable[Revision]) -> tuple[Revised, ...]:
    """Return the earlier verdicts that are worth telling, the latest window first.

    While labels come in, the same answer is given again and again on a few more rows: of revisions in a
    row with one status the last is told, with the time at which the first became known. Nothing is told of
    a revision that says what is said now, or of an UNKNOWN that still is one.

    Parameters
    ----------
    revisions
        In window order, those of one verdict oldest first.
    """
    found: list[Revised] = []
    for _, each in groupby(revisions, key=lambda one: (one.index, one.estimated)):
        own = list(each)
        standing = own[-1] if own[-1].superseded_at is None else None
        for _, spell in groupby(own, key=lambda one: one.status):
            same = [one for one in spell if one is not standing]
            if same and not _says_the_same(same[-1], standing):
                found.append(_revised(same, standing))
    return tuple(sorted(found, key=lambda one: -(one.index or 0)))


def _says_the_same(one: Revision, standing: Revision | None) -> bool:
    if standing is None or one.status != standing.status:
        return False
    return one.value == standing.value or one.status == Status.UNKNOWN


def _revised(same: Sequence[Revision], standing: Revision | None) -> Revised:
    last = same[-1]
    return Revised(
        index=last.index,
        start=aware(last.start),
        end=aware(last.end),
        estimated=last.estimated,
        before=last.known,
        known_at=same[0].recorded_at.replace(tzinfo=UTC),
        until=(last.superseded_at or last.recorded_at).replace(tzinfo=UTC),
        now=None if standing is None else standing.known,
    )
