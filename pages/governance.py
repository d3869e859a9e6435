"""Governance: what do rules ask, what of it is there, who stands for it, and does the record hold?"""

from functools import partial

import streamlit as st

from app import deps, scope
from app.components import decisions, evidence, kpis, ledger, policies, states
from core.views.governance import Part

client = deps.client()
asked = scope.governance_scope(scope.parameters())
view = states.attempt("Governance", "governance", partial(client.governance_view, asked), height=760)

st.title("Governance", anchor=False)
tabs = st.tabs(list(Part), key="tab", on_change="rerun", bind="query-params")
for part, tab in zip(Part, tabs, strict=True):
    if tab.open and part is view.scope.part:
        with tab:
            if part is Part.EVIDENCE:
                evidence.board(client, view)
            elif part is Part.LEDGER:
                ledger.board(client, view)
            elif part is Part.POLICIES:
                policies.board(client, view)
            elif part is Part.KPIS:
                kpis.board(client)
            else:
                decisions.board(view)
