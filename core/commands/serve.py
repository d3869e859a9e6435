"""Serve a workspace; fill one with the demo first."""

import click

from core.commands.frame import Call, command
from core.config import load_settings
from core.server.supervisor import DEFAULT_PORT, serve

_PORT = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port of the dashboard.  [default: {DEFAULT_PORT} or the next free]",
)
_QUIET = click.option("--no-browser", is_flag=True, help="Do not open a browser.")


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
