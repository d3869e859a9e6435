"""Activity: what needs somebody, what is under way, and what was decided."""

from functools import partial

import streamlit as st

from app import deps, scope
from app.components import activity, approvals, states

client = deps.client()
asked = scope.activity_scope(st.query_params.to_dict())
view = states.attempt("Activity", "what goes on", partial(client.activity_view, asked), height=760)

activity.heading(view)
approvals.waiting(client, asked.model)
left, right = st.columns([11, 9])
with left:
    activity.incidents(client, view)
with right:
    activity.under_way(client, view)
activity.timeline(view)
activity.as_it_was(client)
