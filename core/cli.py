"""The ``trimtab`` command: its list of commands, each loaded only when it is called."""

from importlib import import_module
from typing import cast

import click

# Name → module and function, and the line that --help shows: so that help loads no command.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("core.commands.serve:demo", "Fill a workspace and open the dashboard, in one go."),
    "up": ("core.commands.serve:up", "Serve a workspace: dashboard and API behind one address."),
    "init": ("core.commands.workspace:init", "Make an empty workspace."),
    "doctor": ("core.commands.workspace:doctor", "Check set-up, stores and registries; say what to do."),
    "models": ("core.commands.models:models", "List the fleet."),
    "watch": ("core.commands.models:watch", "Monitor a model and pin its reference."),
    "ingest": ("core.commands.rows:ingest", "Take in files of predictions or labels."),
    "quarantine": ("core.commands.rows:quarantine", "List rows that could not be used, or try them again."),
    "monitor": ("core.commands.judgements:monitor", "Judge what is due."),
    "measurements": ("core.commands.judgements:measurements", "List what was measured."),
    "verdicts": ("core.commands.judgements:verdicts", "List what was judged, and how."),
    "compare": ("core.commands.judgements:compare", "Compare two files; nothing is stored."),
    "fairness": ("core.commands.judgements:fairness", "Compare groups of people."),
    "explain": ("core.commands.explain:explain", "Say why a prediction came out as it did."),
    "change": ("core.commands.change:change", "Explain a change: mix, segments, the worst of them."),
    "incidents": ("core.commands.incidents:incidents", "List incidents, worst first."),
    "ack": ("core.commands.incidents:ack", "Say that you look at an incident."),
    "snooze": ("core.commands.incidents:snooze", "Keep an incident quiet for a while."),
    "resolve": ("core.commands.incidents:resolve", "Close an incident and record its cause."),
    "alerts": ("core.commands.alerts:alerts", "List what people were told, or try a channel."),
    "maintenance": ("core.commands.alerts:maintenance", "Plan spans in which nobody is called."),
    "gate": ("core.commands.gates:gate", "Say whether a version may go into production, and why not."),
    "validate": ("core.commands.validations:validate", "Validate a version, and say what was found."),
    "finding": ("core.commands.validations:finding", "What validations found: list, open, close."),
    "evidence": ("core.commands.evidence:evidence", "Say what rules ask of a model, and what is there."),
    "form": ("core.commands.evidence:form", "What people say as evidence: fill, show, accept."),
    "packs": ("core.commands.evidence:packs", "List rule packs, and what they opened again."),
    "inventory": ("core.commands.evidence:inventory", "Models that no registry holds: list, add."),
    "waive": ("core.commands.gates:waive", "Stand for a gate that a version does not pass."),
    "promote": ("core.commands.actions:promote", "Make a version the champion."),
    "rollback": ("core.commands.actions:rollback", "Take the champion back to an earlier version."),
    "approvals": ("core.commands.approvals:approvals", "List what waits for approval."),
    "approve": ("core.commands.approvals:approve", "Agree to a change that waits."),
    "reject": ("core.commands.approvals:reject", "End a change that waits."),
    "retrain": ("core.commands.training:retrain", "Train a model anew on fresh labelled rows."),
    "reproduce": ("core.commands.reproduce:reproduce", "Train a version again, and compare."),
    "mitigate": ("core.commands.mitigation:mitigate", "Try what treats groups more alike, and its cost."),
    "retire": ("core.commands.actions:retire", "Take a model out of use, with its evidence archived."),
    "history": ("core.commands.actions:history", "Say who or what was champion, by whom and why."),
    "lineage": ("core.commands.lineage:lineage", "Say what a model is made of, and what hangs on a source."),
    "kpis": ("core.commands.kpis:kpis", "Say how models are run, in figures, and how mature that is."),
    "review": ("core.commands.review:review", "Open a review meeting; write its agenda or minutes."),
    "datasets": ("core.commands.datasets:datasets", "List data sets, their versions and who uses them."),
    "features": ("core.commands.datasets:features", "List features, their models and drift; read Feast's."),
    "policy": ("core.commands.policy:policy", "Check a policy, or try it on the past."),
    "report": ("core.commands.jobs:report", "Make Evidently's report on a window."),
    "jobs": ("core.commands.jobs:jobs", "List long work and how far it is."),
    "cancel": ("core.commands.jobs:cancel", "End long work that waits or runs."),
    "ledger": ("core.commands.ledger:ledger", "What was decided: verify it, export it, anchor it."),
    "token": ("core.commands.tokens:token", "Tokens of the API: make, list, revoke."),
    "session": ("core.commands.sessions:session", "Who is signed in: list, end."),
    "erase": ("core.commands.keeping:erase", "Erase persons; what was counted of them stays."),
    "backup": ("core.commands.keeping:backup", "Write a backup of the workspace to a file, and check it."),
    "restore": ("core.commands.keeping:restore", "Make the workspace that a backup holds."),
    "prune": ("core.commands.keeping:prune", "Let go of what is older than the settings keep."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when that command is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Return the commands in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return cast("click.Command", getattr(import_module(module), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click passes it
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trimtab", message="%(prog)s %(version)s")
def main() -> None:
    """Keep production models on course: watch, judge, decide.

    Every command takes --workspace DIR (default $TRIMTAB_WORKSPACE, else ./.trimtab), --json for
    machines and --debug for tracebacks. Exit codes: 0 done, 1 the answer is negative, 2 wrong use or
    bad input, 3 not possible now.
    """


if __name__ == "__main__":
    main()
