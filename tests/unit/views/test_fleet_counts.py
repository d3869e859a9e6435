"""How many incidents a model has: the same number wherever it is told."""

from dataclasses import replace

from core.domain import IncidentStatus, Severity
from core.views.build.fleet import build_fleet
from core.views.fleet import FleetScope

from .conftest import DAY, NOW, Board, days, incident


def test_what_is_set_aside_still_counts_as_it_does_on_the_models_page(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan", falls_at=99))
    aside = replace(
        incident("loan", Severity.WARNING, cause="Drift on age"),
        status=IncidentStatus.SNOOZED, snoozed_until=NOW + DAY, acknowledged_by="maria",
    )  # fmt: skip
    board.state.save_incidents([incident("loan"), aside])
    with board.store.reading() as cursor:
        view = build_fleet(cursor, board.state, FleetScope(), now=NOW)
    assert view.decisions[0].why == view.rows[0].why == board.model("loan").why
    assert view.decisions[0].why.endswith("And 1 more incident.")
    assert view.decisions[0].n_incidents == 2
