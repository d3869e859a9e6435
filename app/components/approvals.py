"""What waits for approval, and deciding about it: ask → reason → submit."""

from collections.abc import Callable

import streamlit as st

from app import actions, formats
from app.components import gates, states
from core.action import Action, Pending
from core.client import Client
from core.errors import TrimtabError

_DECIDING = "deciding"
_BOUND = ("digest", "job")
"""How names of evidence end that tells what was looked at, not how good it is."""


def waiting(client: Client, model: str | None) -> None:
    """Show what waits for approval, of one model or of all; nothing where nothing does."""
    try:
        found = [one for one in client.approvals() if model in (None, one.action.model)]
    except TrimtabError as error:
        states.failure("what waits for approval", error)
        return
    identity, verb = st.session_state.get(_DECIDING, (None, ""))
    chosen = next((one for one in found if one.action.id == identity), None)
    if not found:
        return
    with st.container(border=True):
        st.subheader("Waiting for approval", anchor=False)
        for one in found:
            _one(one)
    if chosen is not None:
        _ask(client, chosen, verb)


def _one(pending: Pending) -> None:
    action = pending.action
    with st.container(gap="xxsmall"):
        st.markdown(f"{actions.MARKS[action.status]} {formats.plain(action.sentence)}")
        facts = (
            f"asked by {action.actor} {formats.when(action.asked_at)} · {action.reason} ·"
            f" {pending.given} of {pending.needed} approved"
        )
        st.caption(formats.plain(facts))
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Approve change",
                icon=":material/check:",
                key=f"approve_{action.id}",
                disabled=not pending.allowed,
                help=formats.plain(pending.why_not) or None,
                on_click=_open,
                args=(action.id, "approve"),
            )
            st.button(
                "Withdraw change" if pending.own else "Reject change",
                icon=":material/block:",
                key=f"reject_{action.id}",
                disabled=not pending.rejectable,
                on_click=_open,
                args=(action.id, "reject"),
            )


def _open(identity: str, verb: str) -> None:
    st.session_state[_DECIDING] = (identity, verb)


def _close() -> None:
    st.session_state.pop(_DECIDING, None)


def _ask(client: Client, pending: Pending, verb: str) -> None:
    action = pending.action
    word = "Withdraw" if verb == "reject" and pending.own else verb.capitalize()
    target = formats.plain(formats.version(action.to_version))
    question = f"{word}: {action.kind.verb.lower()} {formats.plain(action.model)} to {target}?"
    decide = client.approve if verb == "approve" else client.reject
    st.dialog(question, on_dismiss=_close)(_dialog)(action, word, decide)


def _dialog(action: Action, word: str, decide: Callable[..., Action]) -> None:
    st.markdown(formats.plain(f"{action.actor} asks: {action.reason}"))
    bound = {name: text for name, text in action.evidence.items() if name.endswith(_BOUND)}
    for name, text in action.evidence.items():
        if name not in bound:
            st.caption(formats.plain(f"{name}: {text}"))
    if action.gates:
        gates.listed(action.gates)
    if bound:
        with st.expander("An approval holds for these alone", icon=":material/fingerprint:"):
            for name, text in bound.items():
                st.caption(formats.plain(f"{name}: {text}"))
    st.caption("Recorded in the ledger with your name and your reason.")
    reason = st.text_area("Reason (required)", key="opinion")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_opinion"):
            _close()
            st.rerun()
        if st.button(word, type="primary", key="confirm_opinion", disabled=not reason.strip()):
            try:
                decide(action.id, reason=reason)
            except TrimtabError as error:
                states.remember(f"{word.lower()} it", error)
            _close()
            st.rerun()
