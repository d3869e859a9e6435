"""Drift: what moved, since when, by how much, and in which models at once."""

from functools import partial

from app import deps, scope
from app.components import drift, states

asked = scope.drift_scope(scope.parameters())
view = states.attempt("Drift", "drift", partial(deps.client().drift_view, asked), height=760)

drift.heading(view)
if view.name is None:
    drift.nothing(view)
else:
    drift.board(view, prefix="drift")
    drift.shared(view)
