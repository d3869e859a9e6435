"""Fleet: which model needs someone, why, and what the rest is doing."""

from functools import partial

import streamlit as st

from app import deps, scope
from app.components import cards, fleet, model, states

fleet.follow()
asked = scope.fleet_scope(scope.fleet_parameters())
view = states.attempt("Fleet", "the fleet", partial(deps.client().fleet_view, asked), height=760)

fleet.heading(view)
if view.n_models == 0:
    model.no_models()
    st.stop()

cards.status_counts(view)
left, right = st.columns([11, 9])
with left:
    fleet.decisions(view)
with right:
    fleet.trouble(view)

st.subheader("All models", anchor=False)
fleet.filters(view.units, tuple(sorted({cell.kind for cell in view.trouble})))
fleet.table(view)
