"""Which profiles a statement is to read: of how many models, and of which windows."""

from collections.abc import Sequence
from typing import TypeAlias

Owner: TypeAlias = tuple[str, int, str, int]
"""Model, window index, version and segment number: whose profile it is."""

OWNER = ("model_key", "window_index", "version", "segment")
"""The columns that say so."""

_FIRST, _LAST = -(2**31), 2**31 - 1


def wanted(
    keys: Sequence[str], *, is_reference: bool, indexes: Sequence[int] | None = None
) -> dict[str, object]:
    """Return the parameters of the statements that read profiles.

    Parameters
    ----------
    keys
        The models' keys.
    indexes
        The windows wanted; None for all. First and last stand beside them because a range lets blocks of
        other windows be skipped, which a list does not.

    Examples
    --------
    >>> wanted(["a"], is_reference=False, indexes=[4, 2])["last"]
    4
    """
    listed = None if indexes is None else sorted(indexes)
    return {
        "model_keys": list(keys),
        "is_reference": is_reference,
        "indexes": listed,
        "first": listed[0] if listed else _FIRST,
        "last": listed[-1] if listed else _LAST,
    }
