"""Candidates before their gates, on the command line and in CI pipelines."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core import wire
from core.action import Gate, shown_version
from core.candidate import Fact, Standing
from core.commands.frame import Call, command
from core.commands.jobs import finished
from core.domain import Status
from core.errors import InvalidInput, NotFound, Problem, TrimtabError
from core.job import JobStatus

if TYPE_CHECKING:
    from core.client import Client

_NEGATIVE = 1
MARKS = {
    Status.PASS: "●",
    Status.WARN: "▲",
    Status.FAIL: "■",
    Status.UNKNOWN: "○",
    Status.WAIVED: "◐",
}


@command
@click.argument("model")
@click.argument("version")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the gates there, as JUnit XML for a CI pipeline.",
)
@click.option("--no-validate", is_flag=True, help="Judge what was found before; validate nothing now.")
def gate(call: Call, model: str, version: str, junit: Path | None, no_validate: bool) -> None:
    """Say whether VERSION of MODEL may go into production, and if not why not (exit 1).

    It is validated first, unless that was done today on the same rows.
    """
    with call.client() as client:
        standing = validated(call, client, model, version, validate=not no_validate)
    if junit is not None:
        from core.commands.junit import junit_xml

        _write(junit, junit_xml(standing))
    call.show(wire.standing_object(standing), lambda: told(standing))
    if not standing.passes:
        raise click.exceptions.Exit(_NEGATIVE)


@command
@click.argument("model")
@click.argument("version")
@click.argument("gate_name", metavar="GATE")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays on record.")
@click.option("--until", required=True, metavar="T", help="An ISO date or time, or 12h, 7d from now.")
def waive(call: Call, model: str, version: str, gate_name: str, reason: str, until: str) -> None:
    """Stand by name for GATE, which VERSION of MODEL does not pass, until T."""
    with call.client() as client:
        waiver = client.waive(model, version, gate_name, reason=reason, until=until)
    of, until = f"{waiver.model} {shown_version(waiver.version)}", f"{waiver.until:%d %b %Y %H:%M} UTC"
    call.show(
        wire.waiver_object(waiver),
        lambda: f"Gate {waiver.gate} of {of} is waived by {waiver.actor} until {until}: {waiver.reason}",
    )


def validated(call: Call, client: "Client", model: str, version: str, *, validate: bool = True) -> Standing:
    """Return how a version stands, after a validation where a gate asks for facts; Ctrl-C cancels it."""
    standing = client.gates(model, version)
    if validate and standing.gates:
        job = client.validate(model, version)
        try:
            job = finished(call, client, job)
        except KeyboardInterrupt:
            client.cancel(job.id)
            raise
        if job.status is not JobStatus.DONE:
            call.say(f"The validation came to nothing: {job.error or job.step or job.status.value}")
        standing = client.gates(model, version)
    return standing


def told(standing: Standing) -> str:
    """Return a candidate's standing for a person: one line a gate."""
    return "\n".join([standing.sentence, *gate_lines(standing.gates)])


def gate_lines(gates: tuple[Gate, ...]) -> list[str]:
    """Return one line a gate: mark, outcome, name, sentence."""
    width = max((len(one.rule) for one in gates), default=0)
    return [
        f"  {MARKS[Status(one.status)]} {one.status:<7} {one.rule:<{width}}  {one.sentence}" for one in gates
    ]


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = Problem(field="--junit", message=error.strerror or str(error), remedy="check the path")
        raise InvalidInput(str(file), [problem]) from error


def may_validate(call: Call, client: "Client", model: str, version: str) -> None:
    """Validate before a promotion of a monitored model; what cannot be is said by the gates."""
    try:
        validated(call, client, model, version)
    except NotFound:
        return
    except TrimtabError as error:
        call.say(f"Not validated: {error.message}.")


def loads_of(call: Call, client: "Client", model: str, version: str, *, validate: bool) -> Fact | None:
    """Return whether a version loads; None where nobody tried, or of a model that is not monitored.

    ``validate`` has it tried now, in a child process: that is on record.
    """
    try:
        return validated(call, client, model, version, validate=validate).loads
    except NotFound:
        return None
