"""How much a model hangs on each feature: logged attributions where there are some, else the reference's."""

from collections.abc import Mapping, Sequence

from core.profiles import importance
from core.store import Cursor
from core.views.build.points import ShownWindow

LOGGED = "by the attributions logged in the latest window"
REFERENCE = "by how much of the output's variance in the reference its bins explain (η²)"


def importances(cursor: Cursor, key: str, windows: Sequence[ShownWindow]) -> tuple[Mapping[str, float], str]:
    """Return feature → importance, adding up to 1, and what it rests on; empty where nothing is known."""
    logged = {} if not windows else _logged(cursor, key, windows[-1])
    total = sum(logged.values())
    if total > 0:
        return {name: value / total for name, value in logged.items()}, LOGGED
    stored = importance.read(cursor, key)
    return stored, REFERENCE if stored else ""


def _logged(cursor: Cursor, key: str, at: ShownWindow) -> dict[str, float]:
    found = cursor.execute(
        "SELECT feature, value FROM measurements WHERE model_key = ? AND window_index = ? AND version = ?"
        " AND superseded_at IS NULL AND segment = '{}' AND metric = 'attribution_importance'",
        [key, at.index, at.version],
    ).fetchall()
    return {feature: value for feature, value in found if feature is not None and value is not None}
