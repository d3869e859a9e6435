"""The pane process: serves the dashboard on a socket that the supervisor holds open across restarts.

Started by :mod:`core.server.supervisor` as ``python -m core.server.pane`` in the project's root, from
where Streamlit reads its settings.
"""

import signal
import socket
import sys

import click
import uvicorn
from starlette.types import ASGIApp
from uvicorn.importer import import_from_string

from core.config import Workspace, load_settings
from core.errors import TrimtabError
from core.lifeline import tie_to
from core.server.doorman import open_door, provider_secrets
from core.server.identity import is_loopback
from core.server.passage import Passage
from core.server.process_log import log_to

OPEN = "open"
"""How a pane is told that everybody may look at it and nobody change anything."""
_GRACE_S = 2
_MAX_MESSAGE_BYTES = 64 << 20


def run(workspace: Workspace, listening: socket.socket) -> None:
    """Serve the dashboard until SIGTERM; raises what the dashboard's start raises."""
    identity = load_settings(workspace).identity
    host = listening.getsockname()[0]
    # Where nobody signs in, who comes from elsewhere is not the owner.
    mode = identity.mode.value if identity.team or is_loopback(host) else OPEN
    make = import_from_string("app.pane:make")
    dashboard: ASGIApp = make(mode, provider_secrets(identity, workspace))
    claims_of = import_from_string("app.identity:claims_of")
    config = uvicorn.Config(
        Passage(
            dashboard,
            workspace=workspace,
            loopback=is_loopback(host),
            public=identity.host,
            doorman=open_door(identity, claims_of),
        ),
        # The address of who connects is what a trusted proxy is known by: no header may say another.
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=_MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.Server(config).run(sockets=[listening])


@click.command()
@click.option("--workspace", required=True, type=click.Path(file_okay=False))
@click.option("--parent", required=True, type=int)
@click.option("--socket", "descriptor", required=True, type=int)
@click.option("--name", default="pane")
def main(workspace: str, parent: int, descriptor: int, name: str) -> None:
    """Run a pane as a child of the supervisor."""
    found = Workspace.at(workspace)
    log_to(found, name)
    tie_to(parent)
    try:
        run(found, socket.socket(fileno=descriptor))
    except TrimtabError as error:
        click.echo(f"{error.message}." + (f" {error.hint}" if error.hint else ""), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
