"""What stays how long."""

from datetime import UTC, datetime
from pathlib import Path

import click

from core import wire
from core.commands.files import read_text
from core.commands.frame import Call, command
from core.commands.tables import day, plural, table
from core.config import Workspace
from core.errors import Conflict, InvalidInput, Problem, Unavailable
from core.receipts import EraseReceipt, PruneReceipt


@command
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(call: Call, dry_run: bool) -> None:
    """Let go of what is older than [retention] in trimtab.toml keeps; `trimtab up` does it once a day.

    Rows leave by whole windows that were judged; profiles, measurements and verdicts stay for good.
    """
    with call.client() as client:
        receipt = client.prune(dry_run=dry_run)
    call.show(wire.prune_object(receipt), lambda: _pruned(receipt))


@command
@click.argument("model")
@click.option("--id", "ids", multiple=True, metavar="ID", help="A row's id; several may be named.")
@click.option(
    "--ids", "file", type=click.Path(path_type=Path), metavar="FILE", help="A file of ids, one a line."
)
@click.option("--backups", is_flag=True, help="Remove the copies made before upgrades too.")
def erase(call: Call, model: str, ids: tuple[str, ...], file: Path | None, backups: bool) -> None:
    """Erase persons from all that holds rows of MODEL; what was counted of them stays.

    Rows, labels, reference rows, quarantine, reports and exports go, and the store's file is written anew.
    """
    named = [*ids, *(read_text(file).splitlines() if file is not None else [])]
    if not any(named):
        raise InvalidInput(
            "The erasure", [Problem(field="--id", message="is missing", remedy="name a row's id")]
        )
    with call.client() as client:
        receipt = client.erase(model, [one for one in named if one], backups=backups)
    call.show(wire.erase_object(receipt), lambda: _erased(receipt))


def _erased(receipt: EraseReceipt) -> str:
    went = ", ".join(f"{n:,} {place}" for place, n in receipt.removed.items() if n) or "nothing was there"
    lines = [f"Erased {plural(receipt.n_ids, 'id')} from {receipt.model}: {went}. Aggregates stay."]
    if receipt.copies:
        lines.append(f"Copies that still hold the rows (--backups removes them): {', '.join(receipt.copies)}")
    if receipt.backed_up_at is not None:
        lines.append(
            f"Backups taken by {day(receipt.backed_up_at)} still hold the rows: remove or redo them."
        )
    if receipt.mentioned_in:
        lines.append(f"Files in which an id still stands: {', '.join(receipt.mentioned_in)}")
    return "\n".join(lines)


@command
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(call: Call, file: Path) -> None:
    """Write a backup of the workspace to FILE, while it is served or not, and check what was written.

    It holds both stores, the own registry with its artifacts, the settings and the workspace's keys: keep it
    like a password.
    """
    if file.exists():
        raise Conflict(f"{file} exists already", hint="Choose another name: a backup replaces nothing.")
    with call.client() as client:
        receipt = client.backup(file)
    document = {
        "file": receipt.file,
        "created_at": wire.moment(receipt.created_at),
        "n_files": receipt.n_files,
        "n_bytes": receipt.n_bytes,
        "analytics_schema": receipt.analytics_schema,
        "state_schema": receipt.state_schema,
    }
    call.show(
        document,
        lambda: f"{receipt.file}: {receipt.n_files:,} files, {size(receipt.n_bytes)}, written and checked.",
    )


@command
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace a workspace that is there; it is kept aside.")
def restore(call: Call, file: Path, force: bool) -> None:
    """Make DIR (--workspace) the workspace that the backup FILE holds, after checking all of it.

    The workspace takes its place in one step: whatever interrupts this leaves the old or the new.
    """
    from core.keeping.restore import restore as put_back
    from core.server.identity import operating_user
    from core.server.ownership import Note, Ownership

    owned = None
    if call.workspace.exists and force:
        owned = Ownership.take(call.workspace, what="trimtab restore")
        if owned is None:
            holder = Note.read(call.workspace) or "a process"
            raise Unavailable(
                f"The workspace {call.workspace.root}", f"{holder} holds it", hint="End it first."
            )
    try:
        restored = put_back(file, call.workspace, force=force, now=datetime.now(UTC), actor=operating_user())
    finally:
        if owned is not None:
            owned.release()
    aside = None if restored.kept_aside is None else str(restored.kept_aside)
    if restored.kept_aside is not None:
        Workspace(restored.kept_aside).control.unlink(missing_ok=True)
    document = {
        "workspace": str(restored.workspace),
        "created_at": wire.moment(restored.manifest.created_at),
        "n_files": len(restored.manifest.files),
        "kept_aside": aside,
    }
    kept = f" What was there is kept at {aside}." if aside else ""
    at = wire.moment(restored.manifest.created_at)
    call.show(document, lambda: f"{restored.workspace} is the workspace as of {at}.{kept}")


def _pruned(receipt: PruneReceipt) -> str:
    would = "would go" if receipt.dry_run else "went"
    lines = [
        [
            one.kind,
            one.model or "",
            one.keep,
            f"{one.n:,}",
            size(one.n_bytes),
            day(one.oldest_at),
            f"{one.n_waiting:,}" if one.n_waiting else "",
        ]
        for one in receipt.classes
    ]
    heads = ["class", "model", "kept", would, "about", "oldest left", "wait with their window"]
    n = sum(one.n for one in receipt.classes)
    n_bytes = sum(one.n_bytes for one in receipt.classes)
    total = f"Rows and files that {would}: {n:,}, about {size(n_bytes)}."
    return "\n".join(part for part in (table(heads, lines), total) if part)


def size(n_bytes: int) -> str:
    """Return a size with its unit.

    Examples
    --------
    >>> size(0), size(2_500), size(3_400_000_000)
    ('0 kB', '2.5 kB', '3.4 GB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.3g} {unit}"
    return f"{n_bytes / 1e3:.3g} kB"
