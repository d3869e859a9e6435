"""What a version leans on: asked for, followed, shown; below it, why one prediction came out so."""

import streamlit as st

from app import formats, palette
from app.components import explain_figures, explain_row, figures, states
from app.components.reports import POLL_S
from core.client import Client
from core.errors import TrimtabError
from core.explain import GlobalExplanation
from core.explain import sentences as say
from core.views.explain import ExplainScope, ExplainView
from core.views.model import ModelScope

_WORSE = {
    "roc_auc": "loss of AUC",
    "accuracy": "loss of accuracy",
    "log_loss": "growth of log loss",
    "mae": "growth of mean absolute error",
    "output": "change of the answer",
}


def board(client: Client, asked: ModelScope) -> None:
    """Show both parts, with what is under way kept up to date."""
    scope = ExplainScope(model=asked.model, version=asked.version)
    view = _read(client, scope)
    if view is None:
        return
    states.remembered()
    with st.container(border=True):
        st.subheader(f"What {_name(view.version)} leans on", anchor=False)
        if view.version is None:
            st.markdown("This model has no champion and the link names no version: there is nothing to ask.")
        else:
            _overall(client, scope, view)
    with st.container(border=True):
        st.subheader("One prediction", anchor=False)
        explain_row.one(client, asked.model)


def _name(version: str | None) -> str:
    return "the champion" if version is None else formats.plain(formats.version(version))


def _read(client: Client, scope: ExplainScope) -> ExplainView | None:
    try:
        return client.explain_view(scope)
    except TrimtabError as error:
        states.failure("this model's explanations", error)
        return None


def _overall(client: Client, scope: ExplainScope, view: ExplainView) -> None:
    if view.overall is None and not view.running:
        st.markdown(
            "Not computed yet. Up to 10,000 of its newest labelled rows are asked about, in a process"
            " of its own: it takes seconds."
        )
    elif view.overall is not None and view.stale:
        st.caption(":yellow-badge[▲ Stale] Rows or labels have come since.")
    if not view.running:
        st.button(
            "Compute importance" if view.overall is None else "Compute anew",
            icon=":material/bar_chart:",
            type="primary" if view.overall is None else "secondary",
            key="ask_importance",
            disabled=view.overall is not None and not view.stale,
            help=None if view.overall is None or view.stale else "Nothing has come since",
            on_click=_ask_overall,
            args=(client, scope, view.version),
        )
    if view.job is not None:
        every = POLL_S if view.running else None
        st.fragment(_follow_overall, run_every=every)(client, scope, was_running=view.running)
    if view.overall is not None:
        _bars(view.overall)
    if view.others:
        _others(view.others)


def _ask_overall(client: Client, scope: ExplainScope, version: str | None) -> None:
    try:
        client.ask_importance(scope.model, version)
    except TrimtabError as error:
        states.remember("ask for it", error)


def _follow_overall(client: Client, scope: ExplainScope, *, was_running: bool) -> None:
    view = _read(client, scope)
    if view is None:
        return
    if was_running and not view.running:
        st.rerun()
    if view.job is not None:
        explain_row.follow(client, view.job, key="cancel_importance")


def _bars(found: GlobalExplanation) -> None:
    dark = palette.dark()
    left, right = st.columns(2)
    first = found.permutation[0].feature if found.permutation else formats.NONE
    with left:
        st.markdown("**How much worse it gets without a column**")
        title = _WORSE[found.measured_by]
        st.plotly_chart(
            explain_figures.importance(found.permutation, title, is_dark=dark),
            key="permutation",
            config=figures.CONFIG,
            alt=f"{first} matters most: {say.important(found)[0]}" if found.permutation else "no column",
        )
        st.caption(formats.plain(_permutation_read(found)))
    with right:
        st.markdown("**How far a column moves answers**")
        moved = found.shap[0] if found.shap else None
        st.plotly_chart(
            explain_figures.importance(
                found.shap, f"mean |SHAP value| of the {found.output_of}", is_dark=dark
            ),
            key="shap",
            config=figures.CONFIG,
            alt="no column"
            if moved is None
            else f"{moved.feature} moves answers most, by {say.number(moved.value)}",
        )
        st.caption(
            formats.plain(
                f"Mean absolute SHAP value over {found.n_shap:,} of the rows, against {found.n_background:,}"
                " reference rows. Whiskers: 95 % interval over the rows."
            )
        )


def _permutation_read(found: GlobalExplanation) -> str:
    rows = f"{found.n_rows:,} rows of the {'live traffic' if found.rows_of == 'current' else 'reference'}"
    until = "" if found.rows_until is None else f" until {formats.day(found.rows_until)}"
    start = (
        "Without labels: how far the answer moves where a column is shuffled"
        if found.measured_by == "output"
        else f"Each column shuffled in turn; with none shuffled: {say.number(found.baseline)}"
    )
    made = f"Computed {formats.when(found.made_at)}."
    return f"{start}. {rows}{until}, {found.n_repeats} repeats; whiskers: 95 % interval over them. {made}"


def _others(others: tuple[GlobalExplanation, ...]) -> None:
    """Show what other versions lean on, and what this one did earlier."""
    with st.expander(f"Other versions, and earlier ({len(others)})"):
        st.table(
            {
                "Version": [formats.plain(formats.version(one.version)) for one in others],
                "Rows until": [
                    formats.NONE if one.rows_until is None else formats.day(one.rows_until) for one in others
                ],
                "Computed": [formats.when(one.made_at) for one in others],
                "Leans most on": [formats.plain(_first(one)) for one in others],
            },
            border="horizontal",
        )


def _first(found: GlobalExplanation) -> str:
    listed = ", ".join(f"{one.feature} {say.number(one.value)}" for one in found.permutation[:3])
    return f"{listed} ({_WORSE[found.measured_by]})"
