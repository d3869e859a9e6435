"""Lineage: what is this made of, what breaks if it is wrong, and who decided?"""

from functools import partial

import streamlit as st

from app import deps, scope
from app.components import datasets, lineage, states

client = deps.client()
asked = scope.lineage_scope(scope.parameters())
view = states.attempt("Lineage", "the lineage", partial(client.lineage_view, asked), height=640)

lineage.heading(view, asked)
if not view.models:
    lineage.nothing(view)
    st.stop()
graph, listed = st.tabs(
    ["Graph", "Data sets and features"], key="tab", on_change="rerun", bind="query-params"
)
if graph.open:
    with graph:
        lineage.filters(view, asked)
        if view.empty_title:
            lineage.nothing(view)
        else:
            lineage.answer(view, asked)
            lineage.board(view, asked)
if listed.open:
    with listed:
        datasets.board(client, view.name if view.name in view.models else None)
