"""Decision records: who changed production, why, who agreed, on which gates, and where that is on record."""

import streamlit as st

from app import formats
from app.actions import MARKS
from app.components import states
from core.action import Action
from core.views.governance import GovernanceView


def board(view: GovernanceView) -> None:
    """Show the decisions about production, the latest first; of one model where the link names it."""
    whose = "all models" if view.scope.model is None else view.scope.model
    if not view.decisions:
        states.empty(
            "No decision about production yet",
            f"Promotions, roll backs and retirements of {whose} are listed here with their reason.",
            alone=True,
        )
    else:
        st.caption(formats.plain(f"Decisions about production of {whose}, the latest first."))
    if view.scope.model is not None:
        st.button(
            "Show all models", icon=":material/filter_alt_off:", key="all_decisions", on_click=_everyone
        )
    for action in view.decisions:
        _record(action)


def _everyone() -> None:
    st.session_state.pop("last_model", None)
    st.query_params.pop("model", None)


def _record(action: Action) -> None:
    moved = f"{formats.version(action.from_version)} → {formats.version(action.to_version)}"
    with st.container(border=True, gap="small"):
        st.markdown(
            f"{MARKS[action.status]} **{formats.plain(f'{action.kind.verb} {action.model}: {moved}')}**"
            f"  \n{formats.plain(action.sentence)}"
        )
        st.caption(formats.plain(_facts(action)))
        if action.gates or action.approvals:
            agreed, passed = len(action.approvals), len(action.gates)
            with st.expander(f"{formats.count(agreed, 'approval')}, {formats.count(passed, 'gate')}"):
                for note in action.approvals:
                    said = f"{note.actor} ({note.role}), {formats.when(note.at)}: {note.sentence}"
                    st.markdown(formats.plain(said))
                for gate in action.gates:
                    st.caption(formats.plain(f"{gate.rule}: {gate.status}. {gate.sentence}"))


def _facts(action: Action) -> str:
    parts = [
        f"asked for by {action.actor} {formats.when(action.asked_at)}",
        f"reason: {action.reason or 'none'}",
    ]
    if action.ended_at is not None:
        parts.append(f"ended {formats.when(action.ended_at)}")
    if action.ledger_seq is not None:
        parts.append(f"ledger entry {action.ledger_seq}")
    return " · ".join(parts)
