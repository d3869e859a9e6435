"""The fleet, and what is monitored of it."""

from pathlib import Path

import click

from core import wire
from core.commands.files import policy_text, read_text
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, plural, table
from core.domain import Health
from core.receipts import ModelSummary

_GLYPHS = {Health.CRITICAL: "■", Health.WATCH: "▲", Health.HEALTHY: "●", Health.UNKNOWN: "○"}


@command
@click.option("--refresh", is_flag=True, help="Read the registries first.")
def models(call: Call, refresh: bool) -> None:
    """List the fleet, worst first; read from the mirror, so that no registry is waited for."""
    with call.client() as client:
        if refresh:
            client.refresh_registry()
        found = client.models()
    call.show([wire.model_object(each) for each in found], lambda: _fleet(found))


def _fleet(found: list[ModelSummary]) -> str:
    rows = [
        [
            f"{_GLYPHS[each.status]} {each.status.value}",
            each.name,
            each.champion or EMPTY,
            each.challenger or EMPTY,
            each.owner or EMPTY,
            each.why,
        ]
        for each in found
    ]
    heads = ["status", "model", "champion", "challenger", "owner", "why"]
    return table(heads, rows) or "No models yet. Next: trimtab watch SPEC.yaml"


@command
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--reference", type=click.Path(path_type=Path), metavar="FILE", help="Rows of normal times.")
@click.option("--create", is_flag=True, help="Register the model where it is absent.")
def watch(call: Call, spec: Path, reference: Path | None, create: bool) -> None:
    """Monitor a model as SPEC says, and pin its reference.

    The workspace's own registry gets the model if it is absent, others only with --create.
    """
    document = read_text(spec)
    policy = policy_text(document, spec)
    with call.client() as client:
        done = client.watch(document, reference=reference, policy=policy, create=create)
    call.note(done.notices)
    pinned = f"{plural(done.reference_rows, 'reference row')} in {plural(done.reference_windows, 'window')}"
    call.show(wire.watch_object(done), lambda: f"Watching {done.model}: {pinned}.")
