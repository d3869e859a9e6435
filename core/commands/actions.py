"""Changing production: promote, roll back, and who put what there."""

import time
from typing import TYPE_CHECKING

import click

from core import wire
from core.action import CHAMPION, Action, ActionKind, ActionStatus, Contrasts, Stay, shown_version
from core.commands.frame import Call, command
from core.commands.gates import gate_lines, loads_of, may_validate
from core.commands.tables import EMPTY, day, table
from core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from core.client import Client

_NEGATIVE = 1
_PAUSE_S = 0.5
_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it stays on record.")
_generation = click.option(
    "--generation", type=int, metavar="N", help="Refuse if the pointer moved on since generation N."
)
_wait = click.option(
    "--wait", "wait_s", type=float, default=0.0, metavar="S", help="Wait up to S seconds for rows to show it."
)


@command
@click.argument("model")
@click.argument("version")
@_reason
@_generation
@_wait
def promote(call: Call, model: str, version: str, reason: str, generation: int | None, wait_s: float) -> None:
    """Make VERSION the champion of MODEL; print the receipt, or why it is refused (exit 1).

    Of a monitored model it is validated first, and must pass the gates of the model's policy.
    """
    with call.client() as client:
        may_validate(call, client, model, version)
        done = client.promote(model, version, reason=reason, generation=generation)
        done = _settled(client, done, wait_s)
    show_receipt(call, done)


@command
@click.argument("model")
@click.option(
    "--to", metavar="VERSION", help="Where to.  [default: the version that was healthy the longest]"
)
@click.option("--reason", default="", metavar="TEXT", help="Why; it stays on record.")
@click.option("--preview", is_flag=True, help="Say what it would do; change nothing.")
@click.option(
    "--validate",
    is_flag=True,
    help="With --preview: validate the version first, which is put on record, to see whether it loads.",
)
@click.option(
    "--emergency",
    is_flag=True,
    help="Control is down or hangs: move the alias now, tell the ledger later.",
)
@_generation
@_wait
def rollback(
    call: Call,
    model: str,
    to: str | None,
    reason: str,
    preview: bool,
    validate: bool,
    emergency: bool,
    generation: int | None,
    wait_s: float,
) -> None:
    """Take the champion of MODEL back to an earlier version; print the receipt."""
    if not preview and not reason.strip():
        problem = Problem(field="--reason", message="is missing", remedy="say why, for those who come after")
        raise InvalidInput("The roll back", [problem])
    if emergency:
        done = _in_emergency(call, model, to, reason)
        call.show(wire.receipt_object(done), lambda: _told(done))
        return
    with call.client() as client:
        if preview:
            _preview(call, client, model, to, validate=validate)
            return
        done = client.roll_back(model, to=to, reason=reason, generation=generation)
        done = _settled(client, done, wait_s)
    show_receipt(call, done)


@command
@click.argument("model")
@_reason
@_generation
@click.option("--preview", is_flag=True, help="Say what it would do; change nothing.")
def retire(call: Call, model: str, reason: str, generation: int | None, preview: bool) -> None:
    """Take MODEL out of use: no champion, judged no more, incidents closed, evidence archived.

    Watched again, it is back.
    """
    with call.client() as client:
        if preview:
            would = client.preview(model, ActionKind.RETIRE)
            call.show(wire.receipt_object(would, preview=True), lambda: _told(would))
            return
        done = client.retire(model, reason=reason, generation=generation)
    show_receipt(call, done)


@command
@click.argument("model", required=False)
@click.option("--alias", metavar="NAME", help="One alias only.  [default: all of the model's]")
@click.option("--as-of", metavar="T", help="The whole fleet as it was then, instead of one model.")
def history(call: Call, model: str | None, alias: str | None, as_of: str | None) -> None:
    """Say who or what was champion of MODEL from when to when, by whom and why."""
    if (model is None) == (as_of is None):
        problem = Problem(field="MODEL", message="or --as-of is needed, and not both", remedy="give one")
        raise InvalidInput("The question", [problem])
    with call.client() as client:
        found = client.fleet_at(as_of) if as_of is not None else client.history(model or "", alias=alias)
    call.show([wire.history_object(one) for one in found], lambda: _lines(found, with_model=model is None))


def _in_emergency(call: Call, model: str, to: str | None, reason: str) -> Action:
    from core.bootstrap import roll_back_in_emergency
    from core.config import load_settings
    from core.server.identity import operating_user

    settings = load_settings(call.workspace)
    return roll_back_in_emergency(settings, model, to=to, reason=reason, actor=operating_user())


def _settled(client: "Client", action: Action, wait_s: float) -> Action:
    deadline = time.monotonic() + wait_s
    open_ones = (ActionStatus.RUNNING, ActionStatus.UNCONFIRMED)
    while action.status in open_ones and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
        action = client.action(action.id)
    return action


def show_receipt(call: Call, action: Action) -> None:
    """Print a receipt; end with 1 where the answer is no."""
    call.show(wire.receipt_object(action), lambda: _told(action))
    if action.status in (ActionStatus.REFUSED, ActionStatus.FAILED):
        raise click.exceptions.Exit(_NEGATIVE)


def _told(action: Action) -> str:
    lines = [action.sentence or f"{action.kind.verb} {action.model}: {action.status.value}."]
    lines += gate_lines(action.gates)
    lines += [f"  {name}: {text}" for name, text in action.evidence.items()]
    lines += [f"  {one.role} {one.actor}: {one.sentence}" for one in action.approvals]
    return "\n".join(lines)


def _preview(call: Call, client: "Client", model: str, to: str | None, *, validate: bool) -> None:
    """Say what a roll back would do, in what versions differ, and whether the other is known to load."""
    would = client.preview(model, ActionKind.ROLL_BACK, version=to)
    found, loads = None, None
    if would.to_version is not None:
        found = client.contrasts(model, would.to_version)
        loads = loads_of(call, client, model, would.to_version, validate=validate)
    document = {
        **wire.receipt_object(would, preview=True),
        "contrast": None if found is None else wire.contrasts_object(found),
        "loads": None if loads is None else {"loads": bool(loads.value), "note": loads.note},
    }
    tried = []
    if loads is not None:
        tried = [f"It {'loads' if loads.value else 'does not load'}: {loads.note}."]
    elif found is not None:
        tried = ["Whether it loads was not tried: --validate tries it, on record."]
    call.show(document, lambda: "\n".join([_told(would), *tried, *_side_by_side(found)]))


def _side_by_side(found: Contrasts | None) -> list[str]:
    """Return in what two versions differ, one line each, under a heading."""
    if found is None:
        return []
    counts = (
        f"{found.n_equal} logged values are the same, {found.n_one_sided} parameters only one of them logged."
    )
    if not found.telling:
        return [f"Nothing else that was logged with them differs: {counts}"]
    heads = ["logged", "name", shown_version(found.before), shown_version(found.after)]
    rows = [[one.kind, one.name, one.before or EMPTY, one.after or EMPTY] for one in found.telling]
    return ["", table(heads, rows), counts]


def _lines(stays: list[Stay], *, with_model: bool) -> str:
    heads = ["version", "alias", "from", "to", "how", "by", "why"]
    rows = [
        [
            shown_version(one.version),
            one.alias,
            day(one.since),
            day(one.until) if one.until else "now",
            one.kind.value.replace("_", " "),
            one.actor,
            one.reason or EMPTY,
        ]
        for one in stays
    ]
    if with_model:
        heads, rows = ["model", *heads], [[one.model, *row] for one, row in zip(stays, rows, strict=True)]
    return table(heads, rows) or f"No alias was ever seen ({CHAMPION} or another)."
