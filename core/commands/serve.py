"""Serve a workspace; fill one with the demo first."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime

import click

from core.commands.frame import Call, command
from core.config import create_workspace, load_settings
from core.server.supervisor import DEFAULT_PORT, serve

BAR_CELLS = 24
_PORT = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port of the dashboard.  [default: {DEFAULT_PORT} or the next free]",
)
_QUIET = click.option("--no-browser", is_flag=True, help="Do not open a browser.")


@command
@_PORT
@_QUIET
@click.option("--seed", type=int, help="Another seed is another demo.  [default: 1]")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day after the last.  [default: today]",
)
@click.option(
    "--fleet", type=click.IntRange(0, 100_000), help="Register so many further models without monitors."
)
@click.option(
    "--next",
    "n_days",
    type=click.IntRange(1, 365),
    metavar="DAYS",
    help="Send the next DAYS, answered by today's champions, to a demo that is there; serve nothing.",
)
def demo(
    call: Call,
    port: int | None,
    no_browser: bool,
    seed: int | None,
    as_of: datetime | None,
    fleet: int | None,
    n_days: int | None,
) -> None:
    """Fill a workspace with four models over 120 days, really trained and scored, and serve it.

    A workspace that holds the demo already is served as it is.
    """
    from core.demo.build import Marker, build_demo, filled_with

    if n_days is not None:
        _go_on(call, n_days)
        return
    if not call.workspace.exists:
        create_workspace(call.workspace, {})
    today = Marker(seed=1, as_of=datetime.now(UTC).date().isoformat(), fleet=0)
    held = filled_with(call.workspace) or today
    with call.client() as client:
        build_demo(
            client,
            call.workspace,
            seed=held.seed if seed is None else seed,
            as_of=date.fromisoformat(held.as_of) if as_of is None else as_of.date(),
            fleet=held.fleet if fleet is None else fleet,
            progress=Bar(call.say),
        )
    # Training libraries fill this process: a fresh one serves. -P: nobody's own `core` comes before ours.
    options = [*([] if port is None else ["--port", str(port)]), *(["--no-browser"] if no_browser else [])]
    printing = [*(["--json"] if call.as_json else []), *(["--debug"] if call.debug else [])]
    arguments = ["up", "--workspace", str(call.workspace.root), *options, *printing]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "core.cli", *arguments])  # noqa: S606 - no shell wanted


def _go_on(call: Call, n_days: int) -> None:
    from dataclasses import asdict

    from core.demo.next_days import send_next_days

    with call.client() as client:
        sent = send_next_days(client, call.workspace, n_days=n_days, progress=Bar(call.say))
    versions = ", ".join(f"{name} {version}" for name, version in sent.answered_by.items())
    call.show(
        asdict(sent),
        lambda: f"Days {sent.first_day} to {sent.last_day - 1}: {sent.n_rows:,} requests, by {versions}.",
    )


class Bar:
    """Shows progress on stderr: one line that fills at a terminal, a line for each step elsewhere."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._in_place = sys.stderr.isatty()

    def __call__(self, sentence: str, share: float) -> None:
        """Show what happens now and which share of the work is done."""
        line = f"{share:4.0%} {sentence} …"
        if self._in_place:
            filled = round(share * BAR_CELLS)
            click.echo(f"\r\x1b[K{'█' * filled}{'░' * (BAR_CELLS - filled)} {line}", err=True, nl=share >= 1)
        else:
            self._say(line)


@command
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@_PORT
@_QUIET
@click.option(
    "--panes", type=click.IntRange(1, 64), default=1, show_default=True, help="Dashboard processes."
)
def up(call: Call, host: str, port: int | None, no_browser: bool, panes: int) -> None:
    """Serve a workspace: the dashboard and the API behind one address; Ctrl-C ends it.

    Panes listen on the port, the port after it, and so on.
    """
    load_settings(call.workspace)

    def ready(address: str) -> None:
        call.show(
            {"address": address, "workspace": str(call.workspace.root)},
            lambda: f"Trimtab is at {address}  (workspace {call.workspace.root}; Ctrl-C ends it)",
        )

    serve(
        call.workspace,
        host=host,
        port=port,
        n_panes=panes,
        open_browser=not no_browser,
        say=call.say,
        ready=ready,
    )
