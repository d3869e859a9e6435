"""Make a workspace, and find out what is wrong with one."""

import click

from core.commands.frame import Call, command
from core.commands.tables import clean
from core.config import Workspace, create_workspace, load_settings
from core.errors import InvalidInput, Problem, TrimtabError
from core.receipts import Check

_PATIENCE_S = 3.0


@command
@click.option("--registry", "registries", multiple=True, metavar="NAME=URI", help="An MLflow tracking URI.")
def init(call: Call, registries: tuple[str, ...]) -> None:
    """Make an empty workspace.

    Registries other than the workspace's own are read-only until trimtab.toml says otherwise.
    """
    from core.ledger.keys import KeyFolder

    create_workspace(call.workspace, read_registries(registries))
    KeyFolder(call.workspace.keys).ensure()
    root = str(call.workspace.root)
    call.show({"workspace": root}, lambda: f"Made {root}. Next: trimtab watch SPEC.yaml, or trimtab demo.")


def read_registries(texts: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=URI`` pairs; raises ``InvalidInput`` with all that are none or come twice."""
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for text in texts:
        name, equals, uri = text.partition("=")
        if not (name and equals and uri):
            problems.append(Problem(field="--registry", message=f"{text!r} is no NAME=URI"))
        elif name in found:
            problems.append(Problem(field="--registry", message=f"{name!r} comes twice"))
        found[name] = uri
    if problems:
        raise InvalidInput("The registries", problems)
    return found


@command
def doctor(call: Call) -> None:
    """Check set-up, settings, stores and registries, and say what to do; exit 1 if something is wrong."""
    from core.wire import check_object

    checks = examine(call.workspace)
    well = all(check.ok for check in checks)
    document = {"ok": well, "checks": [check_object(check) for check in checks]}
    call.show(document, lambda: "\n".join(_line(check) for check in checks))
    if not well:
        raise click.exceptions.Exit(1)


def examine(workspace: Workspace) -> list[Check]:
    """Return all findings; what cannot be looked at is a finding too, never an error."""
    try:
        settings = load_settings(workspace)
    except TrimtabError as error:
        return [_failed("settings", error)]
    names = ", ".join(registry.name for registry in settings.registries)
    checks = [Check(name="settings", ok=True, message=f"{workspace.settings} is valid; registries: {names}.")]
    return checks + _ask(workspace)


def _ask(workspace: Workspace) -> list[Check]:
    from core.client import connect
    from core.server.ownership import Note

    try:
        note = Note.read(workspace)
        with connect(workspace, what="trimtab doctor", patience_s=_PATIENCE_S) as client:
            owner = (
                f"{note} serves it at {note.address}."
                if note and note.answers()
                else "Nobody serves it; this command took it."
            )
            return [Check(name="owner", ok=True, message=owner), *client.doctor()]
    except TrimtabError as error:
        return [_failed("owner", error)]


def _failed(name: str, error: TrimtabError) -> Check:
    return Check(name=name, ok=False, message=f"{error.message}.", hint=error.hint)


def _line(check: Check) -> str:
    mark = "●" if check.ok else "■"
    hint = f"\n    → {clean(check.hint)}" if check.hint and not check.ok else ""
    return f"{mark} {check.name}: {clean(check.message)}{hint}"
