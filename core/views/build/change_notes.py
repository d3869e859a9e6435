"""The one sentence why a model's performance differs from the reference, as long as that is news."""

from collections.abc import Sequence

from core.domain import Incident, Status
from core.policy.rules import Group
from core.store import Cursor, changes
from core.views.build.health import unresolved
from core.views.model import ChangeNote
from core.views.series import Series

_TOLD = {Status.PASS, Status.WARN, Status.FAIL}


def change_note(
    cursor: Cursor, key: str, performance: Sequence[Series], incidents: Sequence[Incident]
) -> ChangeNote | None:
    """Return the sentence of the last explained window; None where that is over.

    It is over when a later window of the leading metric was judged well and no incident on performance
    is open.
    """
    stored = changes.latest(cursor, key)
    if stored is None:
        return None
    window = stored.explained.after.window
    judged = [
        point.index
        for one in performance[:1]
        for point in (*one.measured, *one.estimated)
        if point.status in _TOLD and point.index is not None
    ]
    is_last = not judged or stored.window_index >= max(judged)
    is_open = any(one.rule == Group.PERFORMANCE for one in unresolved(incidents))
    if not (is_last or is_open):
        return None
    return ChangeNote(
        sentence=stored.explained.sentence,
        index=stored.window_index,
        start=None if window is None else window.start,
        end=None if window is None else window.end,
        estimated=stored.explained.estimated,
    )
