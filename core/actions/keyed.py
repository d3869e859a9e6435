"""The same request under the same key again, as a double click sends it."""

from core.action import Action, ActionKind
from core.errors import Conflict


def again(known: Action, kind: ActionKind, model: str) -> Action:
    """Return what was asked for under a key before, where that was of this kind and model.

    Raises
    ------
    Conflict
        It was not: whoever asks must not take the other's receipt for theirs.
    """
    if kind is not known.kind or model not in (known.model, known.name):
        hint = "Send each request under a key of its own."
        raise Conflict(f"The idempotency key was used for another request, action {known.id}", hint=hint)
    return known
