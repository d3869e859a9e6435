"""Policies: which one judges which models, and what another would have said of the past."""

import streamlit as st

from app import formats
from app.components import states
from core.client import Client
from core.errors import TrimtabError
from core.views.governance import GovernanceView, PolicyRow

_SINCE = {"30 days": "30d", "90 days": "90d", "a year": "365d"}
_MOST_NAMED = 8


def board(client: Client, view: GovernanceView) -> None:
    """Show the policies, and a dry run of another one."""
    if not view.policies:
        states.empty(
            "No policy judges anything yet",
            "A model is judged by the policy that its spec names, and no model is monitored. That is how a "
            "new workspace looks.",
            alone=True,
        )
        return
    st.table(
        {
            "Policy": [formats.plain(one.name) for one in view.policies],
            "Risk": [one.risk for one in view.policies],
            "Models": [formats.plain(_models(one)) for one in view.policies],
            "Rules": [f"{one.n_rules}" for one in view.policies],
            "Gates": [f"{one.n_gates}" for one in view.policies],
            "Approvals": [f"{one.n_approvals}" for one in view.policies],
            "Validated every": [f"{one.validate_every_days} days" for one in view.policies],
            "SHA-256": [f"`{one.digest[:12]}`" for one in view.policies],
        },
        border="horizontal",
        hide_index=True,
        alt="Policies by risk tier, with the models that each judges",
    )
    _dry_run(client)


def _models(row: PolicyRow) -> str:
    more = f" and {len(row.models) - _MOST_NAMED} more" if len(row.models) > _MOST_NAMED else ""
    return ", ".join(row.models[:_MOST_NAMED]) + more


def _dry_run(client: Client) -> None:
    with st.container(border=True):
        st.header("Try another policy on the past", anchor=False)
        st.caption(
            "Its gates are held to the promotions of the past, by the findings of their day; nothing changes."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            file = st.file_uploader("Policy (YAML)", type=["yaml", "yml"], key="dry_policy", width=420)
            since = st.selectbox("Promotions of the last", list(_SINCE), key="dry_since", width=160)
            pressed = st.button(
                "Run dry", icon=":material/science:", key="dry_run", type="primary", disabled=file is None
            )
        if pressed and file is not None:
            _run(client, file.name, file.getvalue(), _SINCE[since])


def _run(client: Client, name: str, content: bytes, since: str) -> None:
    try:
        run = client.dry_run(content.decode("utf-8", errors="replace"), since, name=name)
    except TrimtabError as error:
        states.failure("this policy", error)
        return
    st.markdown(formats.plain(run.sentence))
    if run.blocked:
        st.table(
            {
                "When": [formats.day(one.asked_at) for one in run.blocked],
                "Model": [formats.plain(one.model) for one in run.blocked],
                "Version": [formats.plain(formats.version(one.version)) for one in run.blocked],
                "Was": [formats.plain(one.status) for one in run.blocked],
                "Blocked by": [
                    formats.plain(
                        "; ".join(gate.sentence for gate in one.gates if gate.blocks)
                        if one.validated
                        else "it rested on no validation"
                    )
                    for one in run.blocked
                ],
            },
            border="horizontal",
            hide_index=True,
            alt="Promotions that the policy would have blocked",
        )
