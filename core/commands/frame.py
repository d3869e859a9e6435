"""What all commands share: where the workspace is, how they print, how they fail."""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, TypeVar

import click

from core.config import Workspace
from core.errors import TrimtabError

if TYPE_CHECKING:
    from types import TracebackType

    from core.client import Client
    from core.receipts import Notice

UNEXPECTED = 3
INTERRUPTED = 130
Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a command: the workspace it speaks of and how it shall print."""

    command: str
    workspace: Workspace
    as_json: bool
    debug: bool

    def client(self) -> "Client":
        """Return a client of the workspace; whoever asks closes it."""
        from core.client import connect

        return connect(self.workspace, what=f"trimtab {self.command}")

    def show(self, document: object, text: Callable[[], str]) -> None:
        """Print one JSON document with ``--json``, else what ``text`` makes for a person."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1))
        elif printed := text():
            click.echo(printed)

    def say(self, text: str) -> None:
        """Tell a person about progress; never on stdout, so that ``--json`` stays one document."""
        click.echo(text, err=True)

    def note(self, notices: "Iterable[Notice]", *, of: str = "") -> None:
        """Tell a person what is no error, but worth a look; ``of`` says of which file."""
        for notice in notices:
            self.say(f"Note: {of}{notice}.")


class _Report:
    """Turns whatever ends a command into one sentence, a hint and an exit code."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._end(TrimtabError("Interrupted"), INTERRUPTED)
        if isinstance(error, TrimtabError):
            self._end(error, error.exit_code)
        # Click's own ends (usage errors, exits, a closed pipe) are its business; all else is a defect.
        if isinstance(error, Exception) and not isinstance(
            error, click.ClickException | click.exceptions.Exit | click.Abort | BrokenPipeError
        ):
            hint = "Run it again with --debug to see where."
            what = f"Something unexpected went wrong ({type(error).__name__}: {error})"
            self._end(TrimtabError(what, hint=hint), UNEXPECTED)

    def _end(self, error: TrimtabError, code: int) -> None:
        if self._call.debug:
            traceback.print_exc(file=sys.stderr)
        click.echo(f"Error: {error.message.rstrip('.')}.", err=True)
        if error.hint:
            click.echo(f"Hint: {error.hint}", err=True)
        if self._call.as_json:
            from core.wire import error_object

            click.echo(json.dumps(error_object(error), ensure_ascii=False, indent=1))
        raise click.exceptions.Exit(code)


class _Command(click.Command):
    """A command with the options that all have; its function gets a :class:`Call` first."""

    def invoke(self, ctx: click.Context) -> object:
        call = Call(
            command=self.name or "",
            workspace=Workspace.at(ctx.params.pop("workspace")),
            as_json=ctx.params.pop("as_json"),
            debug=ctx.params.pop("debug"),
        )
        ctx.obj = call
        with _logs(call), _Report(call):
            return super().invoke(ctx)


def command(function: Function) -> click.Command:
    """Make a command of a function whose first argument is a :class:`Call`."""
    for option in (
        click.option("--debug", is_flag=True, help="Show tracebacks and logs."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout."),
        click.option(
            "--workspace",
            type=click.Path(file_okay=False),
            metavar="DIR",
            help="The workspace's folder.  [default: $TRIMTAB_WORKSPACE, else ./.trimtab]",
        ),
    ):
        function = option(function)
    return click.command(cls=_Command, name=function.__name__)(click.pass_obj(function))


@contextmanager
def _logs(call: Call) -> Iterator[None]:
    """Send logs to the workspace's folder, or to stderr with ``--debug``; never to stdout."""
    handler: logging.Handler = logging.NullHandler()
    if call.debug:
        handler = logging.StreamHandler()
    elif call.workspace.logs.is_dir():
        path = call.workspace.logs / "commands.log"
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
