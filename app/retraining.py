"""Training anew from a page: what the evidence speaks for → ask → confirm → submit → receipt."""

from secrets import token_hex

import streamlit as st

from app import actions, formats
from app.components import states
from app.components.reports import POLL_S, progress_of
from core.action import ActionStatus
from core.client import Client
from core.errors import TrimtabError
from core.retrain import Advice, Retrain, RetrainStep
from core.views.retrain import RetrainScope, RetrainView

_RECEIPT, _ASKING = "retrain_receipt", "asking_to_retrain"
_WHOLE, _SCORES = "Fit the whole model anew", "Recalibrate its scores only"
_STEPS = {
    RetrainStep.ASKED: "Writing the snapshot",
    RetrainStep.SNAPSHOT: "Asking for training",
    RetrainStep.TRAINING: "Training",
    RetrainStep.TRAINED: "Registering the candidate",
    RetrainStep.REGISTERED: "Naming it challenger",
    RetrainStep.PROPOSING: "Naming it challenger",
    RetrainStep.PROPOSED: "Asking for its validation",
    RetrainStep.VALIDATING: "Validating it beside the champion",
}


def button(client: Client, model: str) -> None:
    """Show whether the model may be trained anew; a press opens the dialog."""
    view = _read(client, model)
    if view is None:
        return
    st.button(
        "Retrain",
        icon=":material/model_training:",
        disabled=bool(view.why_not),
        help=formats.plain(view.why_not) or None,
        key="offer_retrain",
        on_click=_open,
        args=(view.name,),
    )
    asking, key = st.session_state.get(_ASKING, (None, ""))
    if asking == view.name:
        _confirm(client, view, key)


def _read(client: Client, model: str) -> RetrainView | None:
    try:
        return client.retrain_view(RetrainScope(model=model))
    except TrimtabError as error:
        states.failure("whether it can be retrained", error)
        return None


def _open(model: str) -> None:
    # One intent, used once: a second press of the button that confirms it asks for the same retraining.
    st.session_state[_ASKING] = model, token_hex(16)


def _close() -> None:
    st.session_state.pop(_ASKING, None)


def _confirm(client: Client, view: RetrainView, key: str) -> None:
    try:
        advice = client.retrain_advice(f"{view.registry}/{view.name}")
    except TrimtabError as error:
        _close()
        states.failure("what the evidence speaks for", error)
        return
    title = f"Retrain {formats.plain(view.name)}?"
    st.dialog(title, icon=":material/model_training:", on_dismiss=_close)(_dialog)(client, view, advice, key)


def _dialog(client: Client, view: RetrainView, advice: Advice, key: str) -> None:
    name = formats.plain(view.name)
    st.markdown(f"**What the evidence speaks for: {formats.plain(advice.cause)}.**")
    for sentence in advice.sentences:
        st.markdown(formats.plain(sentence))
    if not advice.allowed:
        st.error(f"**This would be refused**\n\n{formats.plain(advice.why_not)}")
    scores_only = False
    if view.can_recalibrate:
        index = int(advice.cause == "label shift")
        chosen = st.radio("What to do", [_WHOLE, _SCORES], index=index, key="retrain_way")
        scores_only = chosen == _SCORES
    st.caption(
        "A candidate is trained on a snapshot, registered and named challenger; production stays as it is."
        " Recorded in the ledger with your name and your reason."
    )
    reason = st.text_area("Reason (required)", key="retrain_reason", placeholder="What speaks for it?")
    typed = st.text_input(f"Type {name} to confirm", key="retrain_typed_name")
    ready = bool(reason.strip()) and typed.strip() == view.name and advice.allowed
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_retrain"):
            _close()
            st.rerun()
        if st.button("Retrain", type="primary", key="confirm_retrain", disabled=not ready):
            submit(client, f"{view.registry}/{view.name}", reason, key, scores_only=scores_only)
            _close()
            st.rerun()


def submit(
    client: Client, model: str, reason: str, key: str, *, scores_only: bool = False, recipe: str = ""
) -> None:
    """Ask for a training, once for each key; what came of it is shown by :func:`receipt`."""
    try:
        asked = client.retrain(model, reason=reason, recalibrate=scores_only, recipe=recipe, key=key)
        st.session_state[_RECEIPT] = asked.id
    except TrimtabError as error:
        states.remember("retrain", error, unchanged=False)


def receipt(client: Client, model: str) -> None:
    """Show what is under way, kept up to date, and what became of what was pressed last."""
    view = _read(client, model)
    if view is None or view.latest is None:
        return
    if view.running:
        st.fragment(_follow, run_every=POLL_S)(client, model)
    elif st.session_state.get(_RECEIPT) == view.latest.id:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            _line(view.latest)
            st.button("Dismiss", icon=":material/close:", key="dismiss_retrain", on_click=_dismiss)


def _follow(client: Client, model: str) -> None:
    """Show how far it is; when it has ended, let the whole page see it."""
    view = _read(client, model)
    if view is None or view.latest is None:
        return
    if not view.running:
        st.session_state[_RECEIPT] = view.latest.id
        st.rerun()
    job, latest = view.job, view.latest
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _line(latest)
            if job is not None and not job.status.over and _is_cancelled():
                _cancel(client, job.id)
                st.rerun()
        said = _STEPS[latest.step]
        if job is not None:
            said = progress_of(job.step or said, job.elapsed_s(view.as_of), job.expected_s)
        st.progress(0.0 if job is None else job.share, text=formats.plain(said))
        if job is not None:
            _printed(client, job.id)


def _printed(client: Client, job_id: str) -> None:
    """Show what the training prints, if it prints anything."""
    try:
        lines = client.job_log(job_id, lines=12)
    except TrimtabError:
        return
    if lines:
        st.code("\n".join(lines), language=None)


def _is_cancelled() -> bool:
    return st.button("Cancel retraining", icon=":material/close:", key="cancel_training")


def _line(retrain: Retrain) -> None:
    said = retrain.sentence or f"{retrain.kind.verb} {retrain.model}, asked for by {retrain.actor}."
    st.markdown(f"{actions.MARKS[retrain.status]} {formats.plain(said)}", width="stretch")
    figures = [f"{name} {text}" for name, text in retrain.evidence.items() if "on the same rows" in text]
    if retrain.status is ActionStatus.DONE and figures:
        st.caption(formats.plain(" · ".join(figures)))


def _cancel(client: Client, job_id: str) -> None:
    try:
        client.cancel(job_id)
    except TrimtabError as error:
        states.remember("cancel the retraining", error)


def _dismiss() -> None:
    st.session_state.pop(_RECEIPT, None)
