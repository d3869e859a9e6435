"""Policies: whether a document makes sense, and what it would have done."""

from pathlib import Path

import click

from core import wire
from core.candidate import DryRun
from core.commands.frame import Call, command
from core.commands.gates import gate_lines
from core.commands.tables import day
from core.domain import Risk
from core.errors import InvalidInput, Problem

_FILE = click.Path(path_type=Path, dir_okay=False)


@command
@click.argument("file", type=_FILE)
def check(call: Call, file: Path) -> None:
    """Read the policy in FILE and say what it asks, or all that is wrong with it (exit 1)."""
    from core.policy.findable import never_found
    from core.policy.policy_file import load_policy

    try:
        policies = {risk: load_policy(_text(file), file.name, risk=risk) for risk in Risk}
    except InvalidInput as error:
        problems = [
            {"field": one.field, "message": one.message, "remedy": one.remedy} for one in error.problems
        ]
        said = "\n".join([f"■ {file} cannot be used:", *(f"  {one}" for one in error.problems)])
        call.show({"ok": False, "problems": problems}, lambda: said)
        raise click.exceptions.Exit(1) from error
    policy = policies[Risk.MEDIUM]
    document = {
        "ok": True,
        "problems": [],
        "policy": policy.name,
        "digest": policy.digest,
        "rules": {risk.value: [rule.id for rule in one.rules] for risk, one in policies.items()},
        "gates": [gate.id for gate in policy.gates],
        "notices": (notices := list(never_found(policy.gates))),
    }
    said = (
        f"● {file} makes sense: policy {policy.name}, {len(policy.rules)} rules,"
        f" {len(policy.gates)} gates, digest {policy.digest[:12]}."
    )
    call.show(document, lambda: "\n".join([said, *(f"▲ {one}." for one in notices)]))


@command
@click.argument("file", type=_FILE)
@click.option("--since", required=True, metavar="T", help="An ISO date or time, or 30d before now.")
def dry_run(call: Call, file: Path, since: str) -> None:
    """Say which promotions since T the gates in FILE would have blocked; nothing is changed."""
    with call.client() as client:
        found = client.dry_run(_text(file), since, name=file.name)
    call.show(wire.dry_run_object(found), lambda: _told(found))


def _told(run: DryRun) -> str:
    lines = [run.sentence]
    for case in run.blocked:
        which = f"{day(case.asked_at)} {case.model} {case.version}, which was {case.status}"
        if not case.validated:
            lines.append(f"{which}: it rested on no validation.")
            continue
        lines += [f"{which}:", *gate_lines(tuple(gate for gate in case.gates if gate.blocks))]
    return "\n".join(lines)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(field="FILE", message=f"cannot be read: {error}", remedy="check the path")
        raise InvalidInput(str(file), [problem]) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def policy() -> None:
    """Policies: rules and gates as YAML."""


policy.add_command(check)
policy.add_command(dry_run, "dry-run")
