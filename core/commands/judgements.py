"""What was measured and judged."""

from pathlib import Path

import click

from core import wire
from core.commands.files import policy_text, read_text
from core.commands.frame import Call, command
from core.commands.tables import about, day, interval, plural, table, window
from core.domain import Baseline, Measurement, Status, Verdict
from core.receipts import Comparison, Revision

_SINCE = click.option(
    "--since",
    metavar="T",
    help="Windows that end at or after T: an ISO date or time, or 30d, 12h before now.",
)

_SEGMENT = click.option(
    "--segment", "segments", multiple=True, metavar="K=V", help="One segment; several narrow it down."
)


@command
@click.argument("model", required=False)
def monitor(call: Call, model: str | None) -> None:
    """Judge what is due, of MODEL or of all; `trimtab up` does it by itself."""
    with call.client() as client:
        done = client.monitor(model)
    counts = ", ".join(f"{n:,} {status}" for status, n in sorted(done.verdicts.items())) or "no verdicts"
    call.show(
        wire.monitor_object(done),
        lambda: (
            f"{plural(done.windows, 'window')} judged: {counts}; {plural(done.incidents, 'open incident')}."
        ),
    )


@command
@click.argument("model")
@click.option("--metric", metavar="M", help="One metric only.")
@click.option("--feature", metavar="F", help="One column only.")
@_SEGMENT
@_SINCE
@click.option("--exact", is_flag=True, help="From the rows instead of from the profiles.")
@click.option("--include-reference", is_flag=True, help="Also the reference's own windows.")
@click.option(
    "--baseline",
    type=click.Choice(["fixed", "previous", "seasonal"]),
    default="fixed",
    help="Compare with the pinned reference, the window before, or like weekdays or hours.",
)
def measurements(
    call: Call,
    model: str,
    metric: str | None,
    feature: str | None,
    segments: tuple[str, ...],
    since: str | None,
    exact: bool,
    include_reference: bool,
    baseline: Baseline,
) -> None:
    """List what was measured of MODEL, oldest window first."""
    segment = wire.segment_of(segments) if segments else None
    with call.client() as client:
        found = client.measurements(
            model,
            metric=metric,
            feature=feature,
            segment=segment,
            since=since,
            exact=exact,
            include_reference=include_reference,
            baseline=baseline,
        )
    call.show(
        [wire.measurement_object(each) for each in found],
        lambda: _measured(found) or f"Nothing was measured of {model} yet. Next: trimtab monitor {model}",
    )


@command
@click.argument("model")
@_SEGMENT
@_SINCE
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(
        [status.value for status in Status if status is not Status.WAIVED], case_sensitive=False
    ),
    help="Those with this status only; several add up.",
)
@click.option("--as-of", metavar="T", help="As they stood at T.")
@click.option("--history", is_flag=True, help="Every revision: what was known when.")
def verdicts(
    call: Call,
    model: str,
    segments: tuple[str, ...],
    since: str | None,
    statuses: tuple[str, ...],
    as_of: str | None,
    history: bool,
) -> None:
    """List what was judged of MODEL, oldest window first."""
    segment = wire.segment_of(segments) if segments else None
    wanted = [Status(status) for status in statuses]
    if history and as_of is not None:
        raise click.UsageError("--as-of and --history exclude each other")
    with call.client() as client:
        if history:
            _show_history(call, client.verdict_history(model, segment=segment, since=since, statuses=wanted))
            return
        found = client.verdicts(model, segment=segment, since=since, as_of=as_of, statuses=wanted)
    nothing = (
        f"No verdict of {model} is {' or '.join(statuses)}."
        if statuses
        else f"Nothing was judged of {model} yet. Next: trimtab monitor {model}"
    )
    call.show(
        [wire.verdict_object(each) for each in found],
        lambda: _judged(found) or nothing,
    )


@command
@click.argument("spec", type=click.Path(path_type=Path))
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("current", type=click.Path(path_type=Path))
@click.option("--by-window", is_flag=True, help="Cut CURRENT into windows as SPEC says.")
def compare(call: Call, spec: Path, reference: Path, current: Path, by_window: bool) -> None:
    """Compare two files as SPEC says: drift, quality, performance, fairness; nothing is stored.

    Exit 1 if a verdict is FAIL.
    """
    document = read_text(spec)
    with call.client() as client:
        policy = policy_text(document, spec)
        found = client.compare(document, reference, current, policy=policy, by_window=by_window)
    _show_comparison(call, found)
    if any(verdict.status == "FAIL" for verdict in found.verdicts):
        raise click.exceptions.Exit(1)


@command
@click.argument("model")
@click.option(
    "--by", required=True, metavar="COLUMN[,COLUMN]", help="Sensitive columns; several: intersections."
)
@_SINCE
@click.option("--against", metavar="GROUP", help="The group to compare with.")
@click.option("--windows", metavar="A..B", help="Closed windows instead of every row: 7, or 0..23.")
@click.option("--version", metavar="V", help="With --windows: the rows of one version only.")
@click.option("--class", "of_class", metavar="C", help="Of several classes, this one against all others.")
def fairness(
    call: Call,
    model: str,
    by: str,
    since: str | None,
    against: str | None,
    windows: str | None,
    version: str | None,
    of_class: str | None,
) -> None:
    """Compare groups of people over every ingested row of MODEL, or over some of its windows."""
    if windows is None and version is not None:
        raise click.UsageError("--version goes with --windows")
    if windows is not None and since is not None:
        raise click.UsageError("--since and --windows exclude each other")
    columns = tuple(column.strip() for column in by.split(",") if column.strip())
    with call.client() as client:
        found = client.fairness(
            model,
            columns,
            since=since,
            against=against,
            windows=windows,
            version=version,
            of_class=of_class,
        )
    _show_comparison(call, found)


def _show_history(call: Call, found: list[Revision]) -> None:
    rows = [
        [
            day(each.recorded_at),
            day(each.superseded_at),
            each.verdict.status.value,
            window(each.verdict.measurement.window),
            about(each.verdict.measurement.feature, each.verdict.measurement.segment),
            each.verdict.sentence,
        ]
        for each in found
    ]
    call.show(
        [wire.revision_object(each) for each in found],
        lambda: table(["known", "until", "status", "window", "of", "verdict"], rows) or "Nothing was judged.",
    )


def _show_comparison(call: Call, found: Comparison) -> None:
    call.show(
        wire.comparison_object(found),
        lambda: (
            "\n\n".join(
                part for part in (_measured(found.measurements), _judged(found.verdicts), found.note) if part
            )
            or "Nothing could be measured."
        ),
    )


def _measured(found: list[Measurement] | tuple[Measurement, ...]) -> str:
    rows = [
        [
            window(m.window),
            m.version,
            m.metric,
            about(m.feature, m.segment),
            interval(m),
            f"{m.n:,}",
        ]
        for m in found
    ]
    return table(["window", "version", "metric", "of", "value", "n"], rows)


def _judged(found: list[Verdict] | tuple[Verdict, ...]) -> str:
    rows = [
        [
            each.status.value,
            window(each.measurement.window),
            each.measurement.version,
            about(each.measurement.feature, each.measurement.segment),
            each.sentence,
            each.id,
        ]
        for each in found
    ]
    return table(["status", "window", "version", "of", "verdict", "id"], rows)
