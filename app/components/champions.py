"""Who or what was champion from when to when, and what was asked for."""

import streamlit as st

from app import actions, formats
from app.components import states
from core.action import Action, MoveKind, Stay
from core.views.actions import ActionsView

_HOW = {
    MoveKind.PROMOTE: "promoted",
    MoveKind.ROLL_BACK: "rolled back to",
    MoveKind.RETRAIN: "trained anew",
    MoveKind.EXTERNAL: ":yellow-badge[▲ moved past Trimtab]",
    MoveKind.INITIAL: "first seen",
}
_MOST = 8


def history(view: ActionsView) -> None:
    """Show the champions, the latest first, and the changes that were asked for."""
    st.subheader("Champion from when to when", anchor=False)
    if not view.stays:
        states.empty(
            "No champion yet",
            "No alias “champion” was ever seen on this model: promote a version, or set the alias in MLflow.",
        )
    else:
        stays(view.stays)
        st.caption(
            "From the ledger. MLflow keeps neither time nor author of alias moves: “first seen” and"
            " “moved past Trimtab” are when this workspace read it, seconds later."
        )
    if view.asked:
        st.subheader("Asked for", anchor=False)
        for action in view.asked[:_MOST]:
            _asked(action)


def stays(shown: tuple[Stay, ...], *, with_model: bool = False) -> None:
    """Show how long versions were champion, by whom and why; of which model, where there are several."""
    models = {"Model": [f"**{formats.plain(one.model)}**" for one in shown]} if with_model else {}
    st.table(
        {
            **models,
            "Version": [f"**{formats.plain(formats.version(one.version))}**" for one in shown],
            "From": [formats.plain(formats.when(one.since)) for one in shown],
            "To": [formats.plain(formats.when(one.until)) if one.until else "now" for one in shown],
            "How": [_HOW[one.kind] for one in shown],
            "By": [formats.plain(one.actor) for one in shown],
            "Why": [formats.plain(one.reason) for one in shown],
        },
        border="horizontal",
        hide_index=True,
        alt="Champions: from, to, how, by whom and why",
    )


def _asked(action: Action) -> None:
    entry = f" · ledger entry {action.ledger_seq}" if action.ledger_seq else ""
    with st.container(gap="xxsmall"):
        st.markdown(f"{actions.MARKS[action.status]} {formats.plain(action.sentence)}")
        st.caption(
            formats.plain(f"asked by {action.actor} {formats.when(action.asked_at)} · {action.reason}{entry}")
        )
