"""The sensitive values that are groups of their own."""

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.profiles.aggregates import category_counts
from core.profiles.relation import MAX_GROUPS, Relation
from core.spec import Layout

if TYPE_CHECKING:
    from core.store import Cursor


def known_groups(cursor: "Cursor", key: str) -> Mapping[str, tuple[str, ...]]:
    """Return, by physical sensitive column, the values that are groups of their own."""
    groups: dict[str, list[str]] = defaultdict(list)
    for physical, value in cursor.execute(
        "SELECT physical, value FROM profile_groups WHERE model_key = ?", [key]
    ).fetchall():
        groups[physical].append(value)
    return {physical: tuple(values) for physical, values in groups.items()}


def name_groups(cursor: "Cursor", layout: Layout, rows: Relation) -> Mapping[str, tuple[str, ...]]:
    """Give sensitive values seen for the first time a group of their own, while there is room.

    A group once named stays, so that profiles of all windows add up. The commonest come first; beyond 20
    in a column the rest is one group, "(other)".

    Returns
    -------
    mapping
        Physical column → named groups, for those columns only where some rows are "(other)".
    """
    sensitive = tuple(layout.sensitive.values())
    if not sensitive:
        return {}
    known = known_groups(cursor, layout.key)
    seen = cursor.execute(
        f"SELECT physical, value FROM ({category_counts(rows, sensitive)}) WHERE value IS NOT NULL"
        " ORDER BY n DESC, value",
        dict(rows.parameters),
    ).fetchall()
    new: list[tuple[str, str]] = []
    overflowing = {}
    for physical in sensitive:
        own = known.get(physical, ())
        values = [value for at, value in seen if at == physical and value not in own]
        room = MAX_GROUPS - len(own)
        new += [(physical, value) for value in values[:room]]
        if len(values) > room:
            overflowing[physical] = (*own, *values[:room])
    if new:
        physicals, values = (list(column) for column in zip(*new, strict=True))
        cursor.execute(
            "INSERT INTO profile_groups SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
            [layout.key, physicals, values],
        )
    return overflowing
