"""How much a model hangs on each feature: logged attributions where there are some, else the reference's."""

from collections.abc import Mapping, Sequence

from core.domain import Role
from core.profiles import importance
from core.store import Cursor
from core.views.build.points import ShownWindow, records

LOGGED = "by the attributions logged in the latest window"
REFERENCE = "by how much of the output's variance in the reference its bins explain (η²)"


def importances(cursor: Cursor, key: str, windows: Sequence[ShownWindow]) -> tuple[Mapping[str, float], str]:
    """Return feature → importance, adding up to 1, and what it rests on; empty where nothing is known."""
    logged = {
        record.feature: record.value
        for record in records(cursor, key, windows[-1:], (Role.FEATURE,), metrics=("attribution_importance",))
        if record.feature is not None and record.value is not None
    }
    total = sum(logged.values())
    if total > 0:
        return {name: value / total for name, value in logged.items()}, LOGGED
    stored = importance.read(cursor, key)
    return stored, REFERENCE if stored else ""
