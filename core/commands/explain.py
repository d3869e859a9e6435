"""Why a prediction came out as it did, and what a version leans on."""

from typing import TYPE_CHECKING

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.jobs import finished
from core.commands.tables import clean, day, table
from core.errors import NotFound, Unavailable
from core.explain import Explained, GlobalExplanation
from core.explain.sentences import important, number, shown, told
from core.job import Job, JobStatus

if TYPE_CHECKING:
    from core.client import Client

_PAUSE_S = 0.1


@command
@click.argument("model")
@click.option("--id", "row", metavar="ROW", help="Explain this prediction instead of the version.")
@click.option("--keep", is_flag=True, help="Keep the explanation of ROW with the decision.")
@click.option("--version", metavar="V", help="What this version leans on.  [default: the champion]")
def explain(call: Call, model: str, row: str | None, keep: bool, version: str | None) -> None:
    """Say what MODEL leans on, or why the prediction of id ROW came out as it did.

    Of a prediction: inputs, output, a sentence for each reason, what would have turned it, the version, and
    who put that into production. It says what was computed; it is not legal advice. Ctrl-C cancels it.
    """
    if (row is None and keep) or (row is not None and version is not None):
        raise click.UsageError("--keep goes with --id, --version without it: a prediction is of one version.")
    with call.client() as client:
        if row is None:
            job = client.ask_importance(model, version)
            _made(call, client, job)
            (overall, *_) = client.importance(model, job.about["version"])
            call.show(wire.importance_object(overall), lambda: "\n".join(_overall(overall)))
            return
        found = _explained(call, client, model, row)
        if keep:
            found = client.keep_explanation(model, row)
    call.show(wire.explained_object(found), lambda: "\n".join(_row(found)))


def _explained(call: Call, client: "Client", model: str, row: str) -> Explained:
    """Return what was kept of a prediction, else explain it now."""
    try:
        known = client.explanation(model, row)
    except NotFound:
        known = None
    if known is not None and known.kept_at is not None:
        return known
    _made(call, client, client.ask_explanation(model, row))
    return client.explanation(model, row)


def _made(call: Call, client: "Client", job: Job) -> None:
    """Wait for an explanation; raises ``Unavailable`` where it came to nothing."""
    try:
        job = finished(call, client, job, pause_s=_PAUSE_S)
    except KeyboardInterrupt:
        client.cancel(job.id)
        raise
    if job.status is not JobStatus.DONE:
        raise Unavailable("The explanation", job.error or job.step or job.status.value)


def _row(found: Explained) -> list[str]:
    local = found.local
    at = "" if found.predicted_at is None else f", {day(found.predicted_at)}"
    inputs = table(
        ["input", "value", "contribution"],
        [[one.feature, shown(one.value), _signed(one.contribution)] for one in local.reasons],
    )
    logged = ", ".join(f"{name} {shown(value)}" for name, value in found.logged.items())
    head = f"{local.model} version {local.version}, row {found.row}{at}"
    lines = [head, *([f"Logged: {logged}"] if logged else []), "", inputs, ""]
    kept = [] if found.kept_at is None else [f"Kept with the decision since {day(found.kept_at)}."]
    return [*map(clean, lines[:-3]), *lines[-3:], *map(clean, told(found)), f"{local.method}.", *kept]


def _signed(value: float) -> str:
    text = number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def _overall(found: GlobalExplanation) -> list[str]:
    rows = f"{found.n_rows:,} rows of the {'live traffic' if found.rows_of == 'current' else 'reference'}"
    head = f"{found.model} version {found.version}: what it leans on, by {rows}."
    of = f"Contributions are of {found.n_shap:,} of them, against {found.n_background:,} reference rows."
    return [*map(clean, [head, *important(found)]), of]
