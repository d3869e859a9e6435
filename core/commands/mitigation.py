"""Treating groups more alike: what it would cost, and a candidate from the point that is chosen."""

import click

from core import wire
from core.action import ActionStatus, shown_version
from core.candidate import Fact
from core.commands.frame import Call, command
from core.commands.jobs import finished
from core.commands.tables import EMPTY, number, table
from core.commands.training import over, told
from core.errors import InvalidInput, NotFound, Problem, Unavailable
from core.job import JobStatus
from core.mitigation import MEASURES, Frontier, Point
from core.views.mitigation import MitigationScope

_NEGATIVE = 1


@command
@click.argument("model")
@click.option("--by", metavar="COLUMN", help="The sensitive column whose groups are to be alike.")
@click.option(
    "--measure",
    type=click.Choice(list(MEASURES)),
    default=next(iter(MEASURES)),
    show_default=True,
    help="The rate that is to be alike.",
)
@click.option("--choose", metavar="RECIPE", help="Train a candidate by a recipe that was tried.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stays on record.")
@click.option("--wait", is_flag=True, help="With --choose: wait until the candidate is validated.")
def mitigate(
    call: Call, model: str, by: str | None, measure: str, choose: str | None, reason: str, wait: bool
) -> None:
    """Try what would treat groups of MODEL's rows more alike, and print what each way costs.

    With --choose one of them becomes a candidate; it still has to pass the gates. Ctrl-C cancels a trial.
    """
    if choose is not None:
        _choose(call, model, choose, reason, wait=wait)
        return
    if by is None:
        problem = Problem(field="--by", message="is missing", remedy="name a sensitive column of the spec")
        raise InvalidInput("The mitigation", [problem])
    with call.client() as client:
        job = client.mitigate(model, by=by, measure=measure)
        try:
            job = finished(call, client, job)
        except KeyboardInterrupt:
            client.cancel(job.id)
            raise
        if job.status is not JobStatus.DONE:
            raise Unavailable("The mitigation", job.error or job.step or job.status.value)
        frontier = client.mitigation_view(MitigationScope(model=model, by=by, measure=measure)).frontier
    if frontier is None:
        raise NotFound("result of job", job.id)
    call.show(wire.frontier_object(frontier), lambda: _told(frontier))


def _choose(call: Call, model: str, recipe: str, reason: str, *, wait: bool) -> None:
    if not reason.strip():
        problem = Problem(field="--reason", message="is missing", remedy="say why, for those who come after")
        raise InvalidInput("The mitigation", [problem])
    with call.client() as client:
        done = client.retrain(model, reason=reason, recipe=recipe)
        if wait:
            done = over(call, client, done)
    call.show(wire.retrain_object(done), lambda: told(done))
    if done.status in (ActionStatus.REFUSED, ActionStatus.FAILED):
        raise click.exceptions.Exit(_NEGATIVE)


def _told(frontier: Frontier) -> str:
    heads = ["recipe", "ratio", "roc auc", "beside champion", "accuracy", ""]
    rows = [
        [
            point.recipe.key,
            _figure(point.ratio),
            _figure(point.auc),
            _figure(point.auc_cost),
            _figure(point.accuracy),
            _note(point),
        ]
        for point in frontier.points
    ]
    rate = frontier.measure.replace("_", " ")
    what = f"{frontier.model}, from {shown_version(frontier.from_version)}: {rate} by {frontier.by}"
    how = f"{frontier.n_held_out:,} held-out rows; ratio is least over greatest, with its interval"
    return f"{what}, on {how}.\n\n{table(heads, rows)}"


def _figure(fact: Fact | None) -> str:
    if fact is None or fact.value is None:
        return EMPTY
    if fact.low is None or fact.high is None:
        return number(fact.value)
    return f"{number(fact.value)} ({number(fact.low)} to {number(fact.high)})"


def _note(point: Point) -> str:
    return point.problem or point.why_not
