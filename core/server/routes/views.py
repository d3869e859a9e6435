"""Read models, one per page: what the pane draws."""

from fastapi import Request
from starlette.responses import Response

from core import wire
from core.server.dependencies import Asking, Board, view_answer
from core.server.subject import subject
from core.views.actions import ActionScope
from core.views.activity import ActivityScope
from core.views.change import ChangeScope
from core.views.datasets import DatasetScope
from core.views.drift import DriftScope
from core.views.explain import ExplainScope
from core.views.fairness import FairnessScope
from core.views.fleet import FleetScope
from core.views.governance import GovernanceScope
from core.views.lineage import LineageScope
from core.views.model import ModelScope
from core.views.reports import ReportScope
from core.views.runs import RunsScope

router = subject("views", prefix="/api/v1/views")


@router.get("/fleet")
def fleet(request: Request, trimtab: Board) -> Response:
    """Return one page of the fleet; parameters are the fields of its scope."""
    return view_answer(trimtab.fleet_view(wire.read_value(FleetScope, request.query_params)))


@router.get("/model")
def model(request: Request, trimtab: Board) -> Response:
    """Return one model; parameters are the fields of its scope."""
    return view_answer(trimtab.model_view(wire.read_value(ModelScope, request.query_params)))


@router.get("/drift")
def drift(request: Request, trimtab: Board) -> Response:
    """Return what drifts; parameters are the fields of its scope."""
    return view_answer(trimtab.drift_view(wire.read_value(DriftScope, request.query_params)))


@router.get("/fairness")
def fairness(request: Request, trimtab: Board) -> Response:
    """Return how groups of people are treated; parameters are the fields of its scope."""
    return view_answer(trimtab.fairness_view(wire.read_value(FairnessScope, request.query_params)))


@router.get("/runs")
def runs(request: Request, trimtab: Board) -> Response:
    """Return the runs of a model's experiments; parameters are the fields of its scope."""
    return view_answer(trimtab.runs_view(wire.read_value(RunsScope, request.query_params)))


@router.get("/lineage")
def lineage(request: Request, trimtab: Board) -> Response:
    """Return what a thing is made of and what hangs on it; its scope's fields, 0 hops for all of them."""
    return view_answer(trimtab.lineage_view(wire.read_value(LineageScope, request.query_params)))


@router.get("/datasets")
def datasets(request: Request, trimtab: Board) -> Response:
    """Return data sets and features with who uses them; parameters are the fields of the scope."""
    return view_answer(trimtab.datasets_view(wire.read_value(DatasetScope, request.query_params)))


@router.get("/explain")
def explain(request: Request, trimtab: Board) -> Response:
    """Return what a version leans on; parameters are the fields of its scope."""
    return view_answer(trimtab.explaining.view(wire.read_value(ExplainScope, request.query_params)))


@router.get("/governance")
def governance(request: Request, trimtab: Board, person: Asking) -> Response:
    """Return a part of governance, and what you may do there; parameters are the fields of its scope."""
    scope = wire.read_value(GovernanceScope, request.query_params)
    return view_answer(trimtab.evidence.governance(scope, person))


@router.get("/reports")
def reports(request: Request, trimtab: Board) -> Response:
    """Return a model's deep reports; parameters are the fields of its scope."""
    return view_answer(trimtab.reports.view(wire.read_value(ReportScope, request.query_params)))


@router.get("/change")
def change(request: Request, trimtab: Board) -> Response:
    """Return why a metric changed; parameters are the fields of its scope."""
    return view_answer(trimtab.change_view(wire.read_value(ChangeScope, request.query_params)))


@router.get("/activity")
def activity(request: Request, trimtab: Board) -> Response:
    """Return what goes on; parameters are the fields of its scope."""
    return view_answer(trimtab.activity_view(wire.read_value(ActivityScope, request.query_params)))


@router.get("/actions")
def actions(request: Request, trimtab: Board, person: Asking) -> Response:
    """Return a model's champions and changes, and what you may ask for; parameters are its scope's fields."""
    scope = wire.read_value(ActionScope, request.query_params)
    return view_answer(trimtab.actions.view(scope, person))
