"""The fleet in one line a model, for the command line and the API."""

from core.domain import Health, Risk
from core.receipts import ModelSummary
from core.store import Cursor, StateStore
from core.views.build.lines import by_model, lines_of
from core.views.fleet import FleetScope


def summaries(cursor: Cursor, state: StateStore) -> list[ModelSummary]:
    """Return every registered or monitored model, the worst first."""
    trouble = by_model(state.incidents())
    lines, _ = lines_of(cursor, trouble, FleetScope())
    return [
        ModelSummary(
            name=line.name,
            registry=line.address or line.registry,
            champion=line.champion,
            challenger=line.challenger,
            status=Health(line.status),
            why=line.why(trouble),
            owner=line.owner,
            unit=line.unit,
            risk=None if line.risk is None else Risk(line.risk),
            monitored=line.model_key is not None,
        )
        for line in lines
    ]
