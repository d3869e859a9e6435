"""Validations on the command line: made and told, written as a document; findings listed and closed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.jobs import finished
from core.domain import Status
from core.errors import InvalidInput, Problem
from core.finding import Finding, Severity
from core.job import JobStatus
from core.views.validation import Line, ValidationView, Verdict

_NEGATIVE = 1
_FORMS = {".html": "html", ".htm": "html", ".md": "md"}
_MARKS = {
    Status.PASS: "●",
    Status.WARN: "▲",
    Status.FAIL: "■",
    Status.UNKNOWN: "○",
    Status.WAIVED: "◐",
}
_VERDICTS = {
    Verdict.PASSES: "●",
    Verdict.OPEN_FINDINGS: "▲",
    Verdict.FAILS: "■",
    Verdict.NOT_VALIDATED: "○",
}


@command
@click.argument("model")
@click.argument("version")
@click.option("--no-run", is_flag=True, help="Show what was found before; validate nothing now.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write it there: .html (one page, nothing else needed) or .md.",
)
def validate(call: Call, model: str, version: str, no_run: bool, report: Path | None) -> None:
    """Validate VERSION of MODEL and say what was found: exit 1 unless it passes without open findings.

    It is done once a day while rows and labels are the same. Ctrl-C cancels it.
    """
    form = None if report is None else _form(report)
    with call.client() as client:
        if not no_run:
            job = client.validate(model, version)
            try:
                job = finished(call, client, job)
            except KeyboardInterrupt:
                client.cancel(job.id)
                raise
            if job.status is not JobStatus.DONE:
                call.say(f"The validation came to nothing: {job.error or job.step or job.status.value}")
        view = client.validation(model, version)
        if report is not None and form is not None:
            _write(report, client.validation_report(model, version, form=form))
    call.show(json.loads(wire.value_json(view)), lambda: _told(view))
    if view.verdict is not Verdict.PASSES:
        raise click.exceptions.Exit(_NEGATIVE)


@command
@click.argument("model")
@click.option("--version", metavar="V", help="Of this version only.")
@click.option("--open", "only_open", is_flag=True, help="Only what nobody has closed.")
def listed(call: Call, model: str, version: str | None, only_open: bool) -> None:
    """List the findings on versions of MODEL, the open ones first."""
    with call.client() as client:
        found = client.findings(model, version=version, open_only=only_open)
    now = datetime.now(UTC)
    text = "\n".join(_finding(one, now) for one in found)
    call.show([wire.finding_object(one) for one in found], lambda: text or f"{model} has no findings.")


@command
@click.argument("model")
@click.argument("version")
@click.argument("title")
@click.option("--severity", type=click.Choice([one.value for one in Severity]), required=True)
@click.option("--owner", metavar="NAME", help="Who sees to it; default the model's owner.")
@click.option("--due", metavar="T", help="An ISO date or time, or 30d from now; default by severity.")
def opened(
    call: Call, model: str, version: str, title: str, severity: str, owner: str | None, due: str | None
) -> None:
    """Write down what is wrong with VERSION of MODEL, in TITLE."""
    with call.client() as client:
        made = client.open_finding(
            model, version, severity=Severity(severity), title=title, owner=owner, due=due
        )
    call.show(wire.finding_object(made), lambda: _finding(made, datetime.now(UTC)))


@command
@click.argument("identity", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="What was done, or why it may stay.")
def closed(call: Call, identity: str, reason: str) -> None:
    """Close finding ID; it stays on record."""
    with call.client() as client:
        done = client.close_finding(identity, reason=reason)
    call.show(wire.finding_object(done), lambda: _finding(done, datetime.now(UTC)))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def finding() -> None:
    """Findings of validations: list, open, close."""


finding.add_command(listed, "list")
finding.add_command(opened, "open")
finding.add_command(closed, "close")


def _told(view: ValidationView) -> str:
    lines = [f"{_VERDICTS[view.verdict]} {view.sentence}"]
    if view.failed:
        lines.append(f"The last attempt came to nothing: {view.failed}")
    if view.due_at is not None:
        late = ", overdue" if view.overdue else ""
        lines.append(f"To be validated anew by {view.due_at:%Y-%m-%d}{late}.")
    for section in view.sections:
        lines += ["", section.title, *(_line(one) for one in section.lines)]
        lines += [] if section.lines else [f"    {section.empty}"]
    if view.findings:
        lines += ["", "Findings", *(f"  {_finding(one, view.as_of)}" for one in view.findings)]
    return "\n".join(lines)


def _line(line: Line) -> str:
    return f"  {' ' if line.status is None else _MARKS[line.status]} {line.sentence}"


def _finding(one: Finding, now: datetime) -> str:
    owner = one.owner or "nobody"
    if one.closed_at is not None:
        ends = f"closed {one.closed_at:%Y-%m-%d} by {one.closed_by}: {one.closed_why}"
    else:
        ends = f"due {one.due_at:%Y-%m-%d}{', overdue' if one.overdue(now) else ''}"
    return f"{one.id} {one.severity.value:<6} {one.version}: {one.title} ({owner}, {ends})"


def _form(file: Path) -> str:
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        problem = Problem(field="--report", message="is neither .html nor .md", remedy="name it so")
        raise InvalidInput(str(file), [problem])
    return form


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = Problem(field="--report", message=error.strerror or str(error), remedy="check the path")
        raise InvalidInput(str(file), [problem]) from error
