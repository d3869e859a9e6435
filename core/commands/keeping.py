"""What stays how long."""

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.tables import day, table
from core.receipts import PruneReceipt


@command
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(call: Call, dry_run: bool) -> None:
    """Let go of what is older than [retention] in trimtab.toml keeps; `trimtab up` does it once a day.

    Rows leave by whole windows that were judged; profiles, measurements and verdicts stay for good.
    """
    with call.client() as client:
        receipt = client.prune(dry_run=dry_run)
    call.show(wire.prune_object(receipt), lambda: _pruned(receipt))


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
