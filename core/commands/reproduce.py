"""Making a version again from what is on record of it."""

from pathlib import Path

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.jobs import finished
from core.commands.tables import clean, table
from core.errors import InvalidInput, Problem, Unavailable
from core.job import JobStatus
from core.reproduction import OF_RUN, TOLERANCE, Reproduction

_NEGATIVE = 1


@command
@click.argument("model")
@click.argument("version")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=TOLERANCE,
    show_default=True,
    help="How far a metric may lie from the recorded one; above 1 as a share of it.",
)
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.zip",
    help="Write what is on record of it to this file, and train nothing.",
)
def reproduce(call: Call, model: str, version: str, tolerance: float, bundle: Path | None) -> None:
    """Train VERSION of MODEL again from what is on record of it, and compare its metrics.

    Exit 1 where they differ, or where something is missing; both are said. Nothing is registered. Ctrl-C
    cancels it.
    """
    if bundle is not None:
        _bundle(call, model, version, bundle)
        return
    with call.client() as client:
        found = client.reproduce(model, version, tolerance=tolerance)
        if found.reproduced is None and found.job is not None:
            try:
                job = finished(call, client, client.job(found.job))
            except KeyboardInterrupt:
                client.cancel(found.job)
                raise
            if job.status is JobStatus.CANCELLED:
                raise Unavailable("The reproduction", job.step or "it was cancelled")
            found = client.reproduction(model, version, tolerance=tolerance)
    call.show(wire.reproduction_object(found), lambda: "\n".join(told(found)))
    if not found.reproduced:
        raise click.exceptions.Exit(_NEGATIVE)


def _bundle(call: Call, model: str, version: str, file: Path) -> None:
    with call.client() as client:
        content = client.bundle(model, version)
    try:
        file.write_bytes(content)
    except OSError as error:
        problem = Problem(field="--bundle", message=error.strerror or str(error), remedy="check the path")
        raise InvalidInput(str(file), [problem]) from error
    document = {"model": model, "version": version, "file": str(file), "n_bytes": len(content)}
    call.show(document, lambda: f"What is on record of {model} {version}: {file} ({len(content):,} bytes)")


def told(found: Reproduction) -> list[str]:
    """Return what a person wants to know: the sentence, the metrics, and what is not as it was."""
    rows = [
        [
            one.metric,
            f"{one.recorded:.6g}",
            f"{one.found:.6g}",
            "equal" if one.equal else "differs",
            "logged by its run" if one.beside == OF_RUN else "answered by its files",
        ]
        for one in found.compared
    ]
    compared = [table(["metric", "recorded", "found", "", "recorded is"], rows)] if rows else []
    chapters = (
        ("Missing", found.missing if found.compared else ()),
        ("Not as it was", found.differs),
        ("Besides", found.notes),
    )
    lines = [f"{name}: {sentence}" for name, sentences in chapters for sentence in sentences]
    return [clean(found.sentence), *compared, *map(clean, lines)]
