"""What a restore leaves for the next start: that it happened, so that it comes on record."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.config import Workspace
from core.keeping.backup import synced


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreNote:
    """A workspace was made of a backup: of when, by whom, and the digest of its state store."""

    backup_of: datetime
    restored_at: datetime
    state_sha256: str
    actor: str


def note_restore(root: Path, note: RestoreNote) -> None:
    """Leave the note in a workspace that is about to take its place."""
    document = {
        "backup_of": note.backup_of.isoformat(),
        "restored_at": note.restored_at.isoformat(),
        "state_sha256": note.state_sha256,
        "actor": note.actor,
    }
    path = _path(root)
    path.write_text(json.dumps(document), encoding="utf-8")
    synced(path)
    synced(root)


def noted_restore(workspace: Workspace) -> RestoreNote | None:
    """Return the note of a restore that is not on record yet, None where there is none."""
    path = _path(workspace.root)
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return RestoreNote(
        backup_of=datetime.fromisoformat(found["backup_of"]),
        restored_at=datetime.fromisoformat(found["restored_at"]),
        state_sha256=found["state_sha256"],
        actor=found["actor"],
    )


def forget_restore(workspace: Workspace) -> None:
    """Remove the note, once it is on record."""
    _path(workspace.root).unlink(missing_ok=True)


def _path(root: Path) -> Path:
    return root / "restored.json"
