"""Model: is this one still good, where did it move, and which versions does it have?"""

import streamlit as st

from app import deps, scope
from app.components import cards, drift, model, states
from core.views.drift import DriftScope
from core.views.fleet import FleetScope

parameters = scope.parameters()
asked = scope.model_scope(parameters)
if asked is None:
    found = FleetScope(search=st.session_state.get("find") or None)
    model.choose(states.attempt("the list of models", lambda: deps.client().fleet_view(found)))
    st.stop()

view = states.attempt("this model", lambda: deps.client().model_view(asked), height=760)
model.header(view)
if not view.monitored:
    model.unmonitored()
    model.versions(view)
    st.stop()

cards.cards(view.cards)
performance, moved, versions = st.tabs(
    ["Performance", "Drift", "Versions"], key="tab", on_change="rerun", bind="query-params"
)
if performance.open:
    with performance:
        model.performance(view)
if moved.open:
    with moved:
        drift_asked: DriftScope = scope.drift_scope(parameters)
        drift.board(
            states.attempt("this model's drift", lambda: deps.client().drift_view(drift_asked)),
            prefix="model",
        )
if versions.open:
    with versions:
        model.versions(view)
