"""Erase a person: rows by id from the store, then from all else in the workspace, to the last byte.

What was counted stays: profiles, measurements, verdicts and incidents hold no rows. The store's file is
written anew afterwards, because a database leaves deleted rows in the free parts of its file. What is to be
done is on disk before anything is done, so that a process that is killed leaves it to the next one.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from core.config import Workspace
from core.keeping.backup import synced
from core.profiles.windows import cut_of, read_state
from core.spec import Layout
from core.store import Cursor, StoredMonitor, pruned, statement

SHORTEST = 4
"""A shorter id is in every file by chance: files are not searched for it."""
_PIECE = 1 << 24
_LETTER = rb"[0-9A-Za-z_\-]"
_LISTS = (
    ("profile_columns", "categories"),
    ("profile_categorical", "new_categories"),
    ("profile_outcomes", "groups"),
)
_NOT_SEARCHED = frozenset({"erasing.json", "control.json", "control.lock"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was asked for, and how far it has come: ``removed`` counts by place, None before the rows went."""

    model: str
    ids: tuple[str, ...]
    copies: bool
    actor: str
    asked_at: datetime
    removed: Mapping[str, int] | None = field(default=None)


def note(workspace: Workspace, erasure: Erasure) -> None:
    """Put an erasure on disk before it begins, and as it comes on; readable by the owner only."""
    path = _pending(workspace)
    aside = path.with_suffix(".part")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, not a path
        json.dump(
            {
                "model": erasure.model,
                "ids": erasure.ids,
                "copies": erasure.copies,
                "actor": erasure.actor,
                "asked_at": erasure.asked_at.isoformat(),
                "removed": erasure.removed,
            },
            file,
        )
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    synced(path.parent)


def noted(workspace: Workspace) -> Erasure | None:
    """Return the erasure that an earlier process did not finish, None where there is none."""
    path = _pending(workspace)
    path.with_suffix(".part").unlink(missing_ok=True)
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return Erasure(
        model=found["model"],
        ids=tuple(found["ids"]),
        copies=found["copies"],
        actor=found["actor"],
        asked_at=datetime.fromisoformat(found["asked_at"]),
        removed=found["removed"],
    )


def done(workspace: Workspace) -> None:
    """Remove the note of an erasure, which names the person, once nothing else does."""
    _pending(workspace).unlink(missing_ok=True)
    synced(workspace.root)


def erase_rows(
    cursor: Cursor, monitor: StoredMonitor, ids: Sequence[str], *, now: datetime
) -> dict[str, int]:
    """Remove all rows with one of these ids: ingested, of the reference, labels, quarantined.

    Parameters
    ----------
    cursor
        Inside a writing transaction.
    ids
        Texts as the rows' id column has them, or the content hash of a row without an id.

    Returns
    -------
    dict
        Place → rows that were there.
    """
    layout, spec = monitor.layout, monitor.spec
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE persons AS SELECT DISTINCT unnest($ids::VARCHAR[]) AS id",
        {"ids": list(ids)},
    )
    of_person = "WHERE row_id IN (SELECT id FROM persons)"
    rename_values(cursor, layout)
    state = read_state(cursor, layout.key)
    if spec.window.rows is not None:
        # No later row may move up into the place of one that is gone, or windows would hold other rows.
        cursor.execute(
            f"INSERT INTO erased_places SELECT $key, event_at, arrival FROM {layout.rows} {of_person}",
            {"key": layout.key},
        )
    tables = {"rows": layout.rows, "labels": layout.labels, "reference": layout.reference}
    removed = {
        place: int((cursor.execute(f"DELETE FROM {table} {of_person}").fetchone() or (0,))[0])
        for place, table in tables.items()
    }
    (n,) = cursor.execute(statement("erase_quarantine"), {"key": layout.key}).fetchone() or (0,)
    removed["quarantine"] = int(n)
    if removed["rows"] and state.pruned == pruned.NOTHING:
        pruned.write(cursor, layout.key, replace(state.pruned, cut=cut_of(spec, state)), now=now)
    cursor.execute("DROP TABLE persons")
    return removed


def rename_values(cursor: Cursor, layout: Layout) -> None:
    """Give categories and groups that only these persons have a name that says nothing; counts stay.

    Parameters
    ----------
    cursor
        Inside a writing transaction, before the rows go; the temporary table persons holds their ids.
    """
    theirs: list[str] = []
    for physical in (*layout.categorical.values(), *layout.sensitive.values()):
        everyone = " UNION ALL ".join(
            f"SELECT {physical} AS value, row_id IN (SELECT id FROM persons) AS is_theirs FROM {table}"
            for table in (layout.rows, layout.reference)
        )
        theirs += [
            value
            for (value,) in cursor.execute(
                f"SELECT value FROM ({everyone}) WHERE value IS NOT NULL GROUP BY value"
                " HAVING bool_and(coalesce(is_theirs, false))"
            ).fetchall()
        ]
    for value in theirs:
        given = {"key": layout.key, "value": value, "name": f"(erased {token_hex(4)})"}
        for table, column in _LISTS:
            cursor.execute(
                f"UPDATE {table} SET {column} = list_transform({column}, lambda x:"
                " CASE WHEN x = $value THEN $name ELSE x END)"
                f" WHERE model_key = $key AND list_contains({column}, $value)",
                given,
            )
        cursor.execute(
            "UPDATE profile_groups SET value = $name WHERE model_key = $key AND value = $value", given
        )
        cursor.execute(statement("erase_segment_name"), given)
        for table in ("measurements", "verdicts"):
            cursor.execute(
                f"UPDATE {table} SET segment = replace(segment, to_json($value::VARCHAR)::VARCHAR,"
                " to_json($name::VARCHAR)::VARCHAR)"
                " WHERE model_key = $key AND contains(segment, to_json($value::VARCHAR)::VARCHAR)",
                given,
            )


def remove_files(paths: Iterable[Path]) -> int:
    """Remove files; return how many there were."""
    there = [path for path in paths if path.is_file()]
    for path in there:
        path.unlink(missing_ok=True)
    return len(there)


def mentions(paths: Iterable[Path], ids: Sequence[str]) -> list[Path]:
    """Return the files in which one of these ids stands by itself, not as a part of a longer word.

    Ids shorter than :data:`SHORTEST` are not searched for. Text inside compressed files is not seen.
    """
    pattern = _pattern(ids)
    if pattern is None:
        return []
    overlap = max(len(one.encode()) for one in ids) + 1
    return [path for path in paths if path.is_file() and _holds(path, pattern, overlap)]


def names(text: str, ids: Sequence[str]) -> bool:
    """Say whether one of these ids stands in a JSON text by itself, as it is or escaped."""
    pattern = _pattern([*ids, *(json.dumps(one)[1:-1] for one in ids)])
    return pattern is not None and pattern.search(text.encode()) is not None


def _pattern(ids: Sequence[str]) -> re.Pattern[bytes] | None:
    wanted = [re.escape(one.encode()) for one in ids if len(one) >= SHORTEST]
    if not wanted:
        return None
    return re.compile(rb"(?<!" + _LETTER + rb")(?:" + b"|".join(wanted) + rb")(?!" + _LETTER + rb")")


def everything(workspace: Workspace) -> list[Path]:
    """Return every file of a workspace that may not mention an erased person any more."""
    return sorted(
        path
        for path in workspace.root.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name not in _NOT_SEARCHED
    )


def _holds(path: Path, pattern: re.Pattern[bytes], overlap: int) -> bool:
    tail = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if pattern.search(tail + piece):
                return True
            tail = (tail + piece)[-overlap:]
    return False


def _pending(workspace: Workspace) -> Path:
    return workspace.root / "erasing.json"
