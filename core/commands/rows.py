"""Rows in, and rows that could not be used."""

from collections import Counter
from pathlib import Path

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.tables import day, plural, table
from core.receipts import IngestReceipt

ALL_QUARANTINED = 2


@command
@click.argument("model")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--labels", is_flag=True, help="The files hold labels that join earlier predictions by id.")
def ingest(call: Call, model: str, files: tuple[Path, ...], labels: bool) -> None:
    """Take in FILES of predictions (labels inside or not), or of late labels.

    CSV, JSON Lines, Parquet or Arrow. Rows that were sent before are counted as duplicates; rows that
    cannot be used are kept in quarantine. Exit 2 if every row was quarantined.
    """
    receipts = []
    with call.client() as client:
        for file in files:
            receipts.append(client.ingest(model, file, kind="labels" if labels else "predictions"))
            if len(files) > 1:
                call.say(f"{file}: {_sentence(receipts[-1])}")
            call.note(receipts[-1].notices, of="" if len(files) == 1 else f"{file}: ")
    total = _sum(receipts)
    call.show(wire.ingest_object(total), lambda: _sentence(total) + _next_step(model, total))
    if total.quarantined and not total.accepted and not total.duplicate:
        raise click.exceptions.Exit(ALL_QUARANTINED)


@command
@click.argument("model")
@click.option("--retry", is_flag=True, help="Try them again.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
def quarantine(call: Call, model: str, retry: bool, limit: int) -> None:
    """List the rows of MODEL that could not be used, each with field, reason and remedy."""
    with call.client() as client:
        if retry:
            receipt = client.retry_quarantine(model)
            call.show(wire.ingest_object(receipt), lambda: _sentence(receipt))
            return
        rows = client.quarantine(model, limit=limit)
    lines = [[day(row.received_at), row.kind, row.field, row.reason, row.remedy, row.row] for row in rows]
    heads = ["received", "kind", "field", "reason", "remedy", "row"]
    call.show(
        [wire.quarantine_object(row) for row in rows],
        lambda: table(heads, lines) or f"No row of {model} is in quarantine.",
    )


def _sum(receipts: list[IngestReceipt]) -> IngestReceipt:
    reasons = Counter[str]()
    for receipt in receipts:
        reasons.update(receipt.reasons)
    return IngestReceipt(
        accepted=sum(receipt.accepted for receipt in receipts),
        quarantined=sum(receipt.quarantined for receipt in receipts),
        duplicate=sum(receipt.duplicate for receipt in receipts),
        reasons=dict(reasons),
        notices=tuple(dict.fromkeys(notice for receipt in receipts for notice in receipt.notices)),
    )


def _sentence(receipt: IngestReceipt) -> str:
    return (
        f"{plural(receipt.accepted, 'row')} accepted, {receipt.quarantined:,} quarantined, "
        f"{receipt.duplicate:,} duplicate."
    )


def _next_step(model: str, receipt: IngestReceipt) -> str:
    return f" See why: trimtab quarantine {model}" if receipt.quarantined else ""
