"""Changing production from a page: ask → confirm → submit → receipt."""

from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Literal

import streamlit as st

from app import formats
from app.components import contrasts, gates, states
from core.action import Action, ActionKind, ActionStatus
from core.client import Client
from core.errors import TrimtabError
from core.views.actions import ActionsView, Offer

Submit = Callable[[Action, str], None]
"""Asks for what was confirmed, with the reason."""
_RECEIPT = "receipt"
_FOR_AUDITORS = ("digest", "job")
_ICONS = {
    ActionKind.PROMOTE: ":material/rocket_launch:",
    ActionKind.ROLL_BACK: ":material/undo:",
    ActionKind.RETIRE: ":material/archive:",
}
MARKS = {
    ActionStatus.WAITING_APPROVAL: ":blue-badge[○ Waits for approval]",
    ActionStatus.RUNNING: ":blue-badge[▶ Running]",
    ActionStatus.UNCONFIRMED: ":yellow-badge[▲ Unconfirmed]",
    ActionStatus.DONE: ":green-badge[● Done]",
    ActionStatus.REFUSED: ":red-badge[■ Refused]",
    ActionStatus.FAILED: ":red-badge[■ Failed]",
}


def buttons(client: Client, view: ActionsView) -> None:
    """Show what may be done to production, and what may not, with the reason."""
    for offer in view.offers:
        if offer.kind is not ActionKind.RETIRE:
            _button(view, offer)
    model, kind, version = st.session_state.get("confirming", (None, ActionKind.PROMOTE, None))
    if model == view.name:
        confirm(client, view, kind, version)


def more(view: ActionsView) -> None:
    """Show, out of the way, what ends a model."""
    ending = [offer for offer in view.offers if offer.kind is ActionKind.RETIRE]
    if ending:
        with st.popover("More", icon=":material/more_horiz:", type="tertiary"):
            for offer in ending:
                _button(view, offer)


def _button(view: ActionsView, offer: Offer) -> None:
    st.button(
        _label(offer),
        icon=_ICONS[offer.kind],
        type="primary" if offer.kind is ActionKind.PROMOTE and offer.allowed else "secondary",
        disabled=not offer.allowed,
        help=formats.plain(offer.why_not) or None,
        key=f"offer_{offer.kind.value}",
        on_click=intend,
        args=(view.name, offer.kind, offer.version),
    )


def _label(offer: Offer) -> str:
    if offer.kind is ActionKind.RETIRE:
        return "Retire the model"
    if offer.kind is ActionKind.ROLL_BACK:
        return "Roll back"
    return f"Promote {formats.plain(formats.version(offer.version))}" if offer.version else "Promote"


def intend(model: str, kind: ActionKind, version: str | None) -> None:
    """Open the dialog with the next run: one intent, used once, however often its button is pressed."""
    st.session_state["confirming"] = (model, kind, version)
    st.session_state["intent"] = token_hex(16)


def _close() -> None:
    for key in ("confirming", "intent"):
        st.session_state.pop(key, None)


def confirm(
    client: Client,
    view: ActionsView,
    kind: ActionKind,
    version: str | None,
    *,
    submit: Submit | None = None,
) -> None:
    """Open the dialog whose title is the question; ``submit`` asks for it, the model's desk unless given."""
    try:
        would = client.preview(f"{view.registry}/{view.name}", kind, version=version)
    except TrimtabError as error:
        _close()
        states.failure("what this would do", error)
        return
    width: Literal["large", "small"] = "large" if kind is ActionKind.PROMOTE else "small"
    opened = st.dialog(_question(view, would), icon=_ICONS[kind], on_dismiss=_close, width=width)
    opened(_dialog)(client, view, would, submit or partial(_submit, client, view))


def _question(view: ActionsView, would: Action) -> str:
    if would.kind is ActionKind.RETIRE:
        return f"Retire {formats.plain(view.name)}?"
    target = formats.plain(formats.version(would.to_version))
    to = "to " if would.kind is ActionKind.ROLL_BACK else ""
    return f"{would.kind.verb} {to}{target}?"


def _dialog(client: Client, view: ActionsView, would: Action, submit: Submit) -> None:
    name = formats.plain(view.name)
    now, then = (formats.plain(formats.version(one)) for one in (would.from_version, would.to_version))
    if would.kind is ActionKind.RETIRE:
        st.markdown(
            f"**{name}** serves **{now}** now. The alias `{would.alias}` is taken away, nothing judges the"
            " model any more, its open incidents close, and its evidence goes into one file of the workspace."
            " Rows are refused. What serves it is not told. Watched again, it is back."
        )
    else:
        st.markdown(f"**{name}** serves **{now}** now. The alias `{would.alias}` moves to **{then}**.")
    _evidence(would)
    model = f"{view.registry}/{view.name}"
    contrasts.section(client, model, would.from_version, would.to_version)
    gates.of_candidate(client, model, would)
    st.caption("Recorded in the ledger with your name and your reason.")
    for one in would.approvals:
        st.caption(formats.plain(f"{one.actor}, {one.sentence}."))
    held = any(gate.blocks for gate in would.gates)
    reason = st.text_area("Reason (required)", key="reason", placeholder="What speaks for it?")
    typed = st.text_input(f"Type {name} to confirm", key="typed_name")
    ready = bool(reason.strip()) and typed.strip() == view.name and not held
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_action"):
            _close()
            st.rerun()
        if st.button(would.kind.verb, type="primary", key="confirm_action", disabled=not ready):
            submit(would, reason)
            _close()
            st.rerun()


def _evidence(would: Action) -> None:
    shown = {name: text for name, text in would.evidence.items() if not name.endswith(_FOR_AUDITORS)}
    if not shown:
        st.caption("Nothing is known of how its versions do: the model is not monitored.")
        return
    st.table(
        {
            "What is known": [formats.plain(name) for name in shown],
            "": [formats.plain(text) for text in shown.values()],
        },
        border="horizontal",
        hide_index=True,
        alt="What is known of both versions",
    )


def _submit(client: Client, view: ActionsView, would: Action, reason: str) -> None:
    model, seen = f"{view.registry}/{view.name}", would.generation - 1
    key: str | None = st.session_state.get("intent")
    try:
        if would.kind is ActionKind.PROMOTE:
            done = client.promote(model, would.to_version or "", reason=reason, generation=seen, key=key)
        elif would.kind is ActionKind.RETIRE:
            done = client.retire(model, reason=reason, generation=seen, key=key)
        else:
            done = client.roll_back(model, to=would.to_version, reason=reason, generation=seen, key=key)
        st.session_state[_RECEIPT] = done.id
    except TrimtabError as error:
        states.remember(would.kind.verb.lower(), error, unchanged=False)


def receipt(view: ActionsView) -> None:
    """Show what became of what was pressed last, and offer the way back."""
    states.remembered()
    action = next((one for one in view.asked if one.id == st.session_state.get(_RECEIPT)), None)
    if action is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{MARKS[action.status]} {formats.plain(action.sentence)}", width="stretch")
        way_back = action.kind is not ActionKind.RETIRE and action.from_version is not None
        if action.status.changed and way_back and view.latest == action:
            st.button(
                f"Undo: back to {formats.plain(formats.version(action.from_version))}",
                icon=":material/undo:",
                key="undo",
                on_click=intend,
                args=(view.name, ActionKind.ROLL_BACK, action.from_version),
            )
        st.button("Dismiss", icon=":material/close:", key="dismiss", on_click=_dismiss)


def _dismiss() -> None:
    st.session_state.pop(_RECEIPT, None)
