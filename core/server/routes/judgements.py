"""What was measured and judged: measurements, verdicts, fairness, comparisons, the monitor itself."""

from typing import Annotated

from fastapi import File, Form, Query, UploadFile
from starlette.responses import Response

from core import wire
from core.domain import Baseline, Status
from core.pooled import stretch_of
from core.server.dependencies import AsOf, Board, Since, Slice, answer, split
from core.server.files import Files
from core.server.subject import subject

router = subject("judgements")


@router.post("/monitor", response_model=wire.MonitorObject)
def monitor(trimtab: Board, model: str | None = None) -> Response:
    """Judge what is due, of one model or of all, and finish changes of production that wait for that."""
    judged = trimtab.monitor(model)
    trimtab.runner.reconcile()
    return answer(wire.monitor_object(judged))


@router.get("/models/{model:path}/measurements", response_model=list[wire.MeasurementObject])
def measurements(
    model: str,
    trimtab: Board,
    since: Since,
    segment: Slice,
    metric: str | None = None,
    feature: str | None = None,
    exact: Annotated[bool, Query(description="from the rows instead of from the profiles")] = False,
    include_reference: bool = False,
    baseline: Baseline = "fixed",
) -> Response:
    """List measurements, oldest window first."""
    found = trimtab.measurements(
        model,
        metric=metric,
        feature=feature,
        segment=segment,
        since=since,
        exact=exact,
        include_reference=include_reference,
        baseline=baseline,
    )
    return answer([wire.measurement_object(each) for each in found])


@router.get("/models/{model:path}/verdicts", response_model=list[wire.VerdictObject])
def verdicts(
    model: str,
    trimtab: Board,
    since: Since,
    segment: Slice,
    as_of: AsOf,
    status: Annotated[list[Status] | None, Query(description="one of these only; may be repeated")] = None,
    history: Annotated[bool, Query(description="every revision, with what was known when")] = False,
) -> Response:
    """List verdicts, oldest window first: as they are, as they stood then, or all that they ever were."""
    if history:
        revisions = trimtab.verdict_history(model, segment=segment, since=since, statuses=status)
        return answer([wire.revision_object(each) for each in revisions])
    found = trimtab.verdicts(model, segment=segment, since=since, as_of=as_of, statuses=status)
    return answer([wire.verdict_object(each) for each in found])


@router.get("/verdicts/{verdict_id}", response_model=wire.VerdictObject)
def verdict(verdict_id: str, trimtab: Board) -> Response:
    """Return one verdict."""
    return answer(wire.verdict_object(trimtab.verdict(verdict_id)))


@router.get("/models/{model:path}/fairness", response_model=wire.ComparisonObject)
def fairness(
    model: str,
    trimtab: Board,
    since: Since,
    by: Annotated[str, Query(description="a sensitive column, or several: their intersections")],
    against: Annotated[str | None, Query(description="the group to compare with")] = None,
    windows: Annotated[
        str | None, Query(description="closed windows instead of every row: 7, or 0..23")
    ] = None,
    version: Annotated[str | None, Query(description="of the windows, this version's rows only")] = None,
    of_class: Annotated[str | None, Query(alias="class", description="of several classes, this one")] = None,
) -> Response:
    """Measure rates by group over every ingested row, or over several windows."""
    stretch = None if windows is None else stretch_of(windows, version)
    found = trimtab.fairness(
        model, split(by), since=since, against=against, stretch=stretch, of_class=of_class
    )
    return answer(wire.comparison_object(found))


@router.get("/models/{model:path}/change", response_model=wire.ChangeObject)
def change(
    model: str,
    trimtab: Board,
    before: Annotated[str, Query(alias="from", description="a window's number, or reference")] = "reference",
    after: Annotated[str, Query(alias="to", description="a window's number, or latest")] = "latest",
    metric: Annotated[str | None, Query(description="the model's leading one unless given")] = None,
    by: Annotated[str, Query(description="columns to split by; the most telling ones unless given")] = "",
) -> Response:
    """Explain a change between two windows: mix, segments, the worst of them."""
    found = trimtab.change(model, before=before, after=after, metric=metric, by=split(by))
    return answer(wire.change_object(found))


@router.post("/compare", response_model=wire.ComparisonObject)
def compare(
    trimtab: Board,
    spec: Annotated[str, Form()],
    reference: Annotated[UploadFile, File()],
    current: Annotated[UploadFile, File()],
    policy: Annotated[str | None, Form()] = None,
    by_window: Annotated[bool, Form(description="cut the current file as the spec says")] = False,
) -> Response:
    """Compare two files; nothing is stored."""
    with Files(trimtab.settings) as files:
        before, now = files.keep(reference), files.keep(current)
        found = trimtab.compare(spec, before, now, policy=policy, by_window=by_window)
    return answer(wire.comparison_object(found))
