"""The ledger of decisions: whether it holds, and what outsiders keep of it."""

import shutil
from pathlib import Path

import click

from core import wire
from core.chain.verify import Proof
from core.commands.frame import Call, command
from core.commands.tables import plural
from core.errors import Conflict, IntegrityError, NotFound


@command
@click.option(
    "--anchor",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Checkpoints kept elsewhere: a file, or a Git repository.  [default: the anchor of the settings]",
)
def verify(call: Call, anchor: Path | None) -> None:
    """Say whether the ledger holds, and name the first bad row where it does not; exit 1 then.

    Rows after the newest anchor count as unanchored: who has the database and the key could have rewritten
    them.
    """
    from core.ledger.anchors import anchor_at

    # Read before the ledger is: an entry that comes meanwhile must not seem to be cut off.
    kept = None if anchor is None else anchor_at(anchor).read()
    if anchor is not None and not kept:
        raise NotFound("anchor", str(anchor), hint="Write one with: trimtab ledger anchor FILE")
    with call.client() as client:
        proof = client.verify_ledger(kept)
    call.show(wire.proof_object(proof), lambda: _said(proof))
    if not proof.ok:
        raise click.exceptions.Exit(1)


def _said(proof: Proof) -> str:
    if not proof.ok:
        return f"■ The ledger does not hold: {proof.kind} at entry {proof.first_bad} of {proof.rows:,}."
    erased = f" {plural(proof.n_erased, 'private part')} erased on record." if proof.n_erased else ""
    entries = f"{proof.rows:,} {'entry' if proof.rows == 1 else 'entries'}"
    signed = plural(proof.n_checkpoints, "signed checkpoint")
    return f"● The ledger holds: {entries}, {signed}, {proof.unanchored:,} after the newest anchor.{erased}"


@command
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(call: Call, file: Path) -> None:
    """Write the whole ledger to FILE as lines of JSON, and beside it verify_ledger.py, which checks it.

    Private parts are in it: keep it like the workspace.
    """
    from core.ledger.export import VERIFIER

    if file.exists():
        raise Conflict(f"{file} exists already", hint="Choose another name: an export replaces nothing.")
    with call.client() as client:
        n_bytes = client.export_ledger(file)
    beside = file.absolute().with_name(VERIFIER.name)
    if not beside.exists():
        shutil.copyfile(VERIFIER, beside)
    is_ours = beside.read_bytes() == VERIFIER.read_bytes()
    document = {
        "file": str(file.absolute()),
        "n_bytes": n_bytes,
        "verifier": str(beside) if is_ours else None,
    }
    check = (
        f"Check it with: python {beside.name} {file.name}"
        if is_ours
        else f"{beside} is another file, left as it is."
    )
    call.show(document, lambda: f"{file}: {n_bytes:,} bytes. {check}")


@command
@click.argument("file", type=click.Path(path_type=Path))
def anchor(call: Call, file: Path) -> None:
    """Sign the newest entry and add that to FILE, which may be a Git repository; keep it under another owner.

    Where FILE holds checkpoints already, the ledger is verified against them first.
    """
    from core.ledger.anchors import anchor_at

    place = anchor_at(file)
    kept = place.read()
    with call.client() as client:
        made = client.checkpoint()
        proof = client.verify_ledger(kept) if kept else None
    if proof is not None and not proof.ok:
        raise IntegrityError(
            f"The ledger does not hold against what {file} has: {proof.kind} at entry {proof.first_bad}",
            hint=f"See trimtab ledger verify --anchor {file}",
        )
    if place.last(made.ledger) != made:
        place.write(made)
    call.show(
        {"file": str(file.absolute()), **wire.anchor_object(made)},
        lambda: f"{file}: checkpoint {made.number} of {made.seq:,} entries.",
    )


@command
def rotate_key(call: Call) -> None:
    """Let a new key sign from now on; the old one signs that, and goes."""
    with call.client() as client:
        seq = client.rotate_ledger_key()
    call.show({"seq": seq}, lambda: f"A new key signs from entry {seq} on.")


@click.group()
def ledger() -> None:
    """Prove what was decided, by whom and when: an append-only chain of entries with signed checkpoints."""


for each in (verify, export, anchor, rotate_key):
    ledger.add_command(each, (each.name or "").replace("_", "-"))
