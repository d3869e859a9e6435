"""What a version leans on, and why one prediction came out as it did: asked for, followed, shown."""

import time

import streamlit as st

from app import formats, palette
from app.components import explain_figures, figures, states
from app.components.reports import MARKS, POLL_S, progress_of
from core.client import Client
from core.errors import NotFound, TrimtabError
from core.explain import Counterfactual, Explained, GlobalExplanation, Surrogate
from core.explain import sentences as say
from core.job import Job, JobStatus
from core.views.explain import ExplainScope, ExplainView
from core.views.model import ModelScope

_ROW_JOB = "explaining_row"
_PATIENCE_S, _LOOK_S = 1.5, 0.1
"""A row of a version that was explained just now is there within this time."""

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
        _one(client, asked.model)


def _name(version: str | None) -> str:
    return "the champion" if version is None else formats.plain(formats.version(version))


def _read(client: Client, scope: ExplainScope) -> ExplainView | None:
    try:
        return client.explain_view(scope)
    except TrimtabError as error:
        states.failure("this model's explanations", error)
        return None


# -------------------------------------------------------------------- the version


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
        _job(client, view.job, key="cancel_importance")


def _job(client: Client, job: Job, *, key: str) -> None:
    """Show how far a job is, or why it came to nothing."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{MARKS[job.status]} asked by {formats.plain(job.actor)}", width="stretch")
        if not job.status.over and st.button("Cancel", icon=":material/close:", key=key):
            _cancel(client, job.id)
            st.rerun()
    if not job.status.over:
        said = progress_of(job.step, None, job.expected_s)
        st.progress(job.share, text=formats.plain(said))
    elif job.error:
        st.markdown(f":red[{formats.plain(job.error)}] Nothing was changed.")


def _cancel(client: Client, identity: str) -> None:
    try:
        client.cancel(identity)
    except TrimtabError as error:
        states.remember("cancel it", error)


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


# -------------------------------------------------------------------- one prediction


def _one(client: Client, model: str) -> None:
    row = st.query_params.get("row", "")
    st.session_state["row_id"] = row
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Id of a prediction",
            key="row_id",
            placeholder="As in the rows' id column",
            width=340,
            on_change=_named,
        )
        st.button(
            "Explain",
            icon=":material/psychology_alt:",
            type="primary",
            key="explain_row",
            on_click=_ask_row,
            args=(client, model),
        )
    if not row:
        st.caption(
            "Why it came out as it did, a sentence for each reason, and what would have turned it."
            f" {say.NOT_LEGAL_ADVICE}"
        )
        return
    job = _row_job(client, model, row)
    if job is not None and not job.status.over:
        st.fragment(_follow_row, run_every=POLL_S)(client, model, row)
        return
    if job is not None and job.status is not JobStatus.DONE:
        _job(client, job, key="cancel_row")
        return
    _found(client, model, row)


def _named() -> None:
    row = str(st.session_state["row_id"]).strip()
    if row:
        st.query_params["row"] = row
    else:
        st.query_params.pop("row", None)


def _ask_row(client: Client, model: str) -> None:
    _named()
    row = st.query_params.get("row", "")
    if not row:
        return
    try:
        job = client.ask_explanation(model, row)
        st.session_state[_ROW_JOB] = model, row, job.id
        deadline = time.monotonic() + _PATIENCE_S
        while not job.status.over and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
            job = client.job(job.id)
    except TrimtabError as error:
        st.session_state.pop(_ROW_JOB, None)
        states.remember("explain it", error)


def _row_job(client: Client, model: str, row: str) -> Job | None:
    asked = st.session_state.get(_ROW_JOB)
    if asked is None or asked[:2] != (model, row):
        return None
    try:
        return client.job(asked[2])
    except TrimtabError:
        return None


def _follow_row(client: Client, model: str, row: str) -> None:
    job = _row_job(client, model, row)
    if job is None or job.status.over:
        st.rerun()
    else:
        _job(client, job, key="cancel_row")


def _found(client: Client, model: str, row: str) -> None:
    try:
        found = client.explanation(model, row)
    except NotFound as error:
        if error.kind.startswith("explanation"):
            st.markdown("Not explained yet: press Explain.")
        else:
            st.markdown(f"**{formats.plain(error.message)}.** {formats.plain(error.hint or '')}")
        return
    except TrimtabError as error:
        states.failure("this explanation", error)
        return
    _answer(found)
    left, right = st.columns([3, 2])
    with left:
        _way(found)
    with right:
        _reasons(found)
    _turned(found)
    _nearby(found)
    _behind(found)
    st.caption(say.NOT_LEGAL_ADVICE)


def _answer(found: Explained) -> None:
    local = found.local
    at = "" if found.predicted_at is None else f", {formats.when(found.predicted_at)}"
    st.markdown(f"**{formats.plain(say.summary(local))}**")
    facts = [
        f"{formats.version(local.version)}, row {found.row}{at}",
        say.agreement(found),
        f"{local.method}.",
    ]
    st.caption(formats.plain(" · ".join(fact for fact in facts if fact)))


def _way(found: Explained) -> None:
    strongest = found.local.reasons[0] if found.local.reasons else None
    st.plotly_chart(
        explain_figures.waterfall(found.local, is_dark=palette.dark()),
        key="waterfall",
        config=figures.CONFIG,
        alt="no column" if strongest is None else say.reason(strongest, found.local),
    )
    st.caption("From the reference's average answer to this one: each bar is one column, and they add up.")


def _reasons(found: Explained) -> None:
    for one in found.local.reasons[: explain_figures.MOST]:
        st.markdown(f"- {formats.plain(say.reason(one, found.local))}")


def _turned(found: Explained) -> None:
    local = found.local
    st.markdown("**What would have turned it**")
    if not local.counterfactuals:
        st.caption(formats.plain(f"Nothing is told: {local.why_no_counterfactuals}."))
        return
    st.table(
        {
            "If": [formats.plain(_changes(one)) for one in local.counterfactuals],
            "Decided for": [formats.plain(one.decision) for one in local.counterfactuals],
            "Answer": [say.number(one.output) for one in local.counterfactuals],
            "Such rows": [
                ":green-badge[● like the reference's]" if one.plausible else ":yellow-badge[▲ unlike them]"
                for one in local.counterfactuals
            ],
        },
        border="horizontal",
    )
    kept = f" Never changed: {', '.join(local.immutable)}." if local.immutable else ""
    st.caption(
        formats.plain(
            "The fewest changes first, then the nearest; only values that the reference has seen; each row"
            f" was asked about again.{kept}"
        )
    )


def _changes(one: Counterfactual) -> str:
    return " and ".join(say.change(change) for change in one.changes)


def _nearby(found: Explained) -> None:
    near = found.local.surrogate
    st.markdown("**A linear model nearby**")
    if near is None:
        st.caption(formats.plain(f"There is none: {found.local.why_no_surrogate}."))
        return
    st.markdown(formats.plain(say.fit(near)))
    if near.fit > 0:
        st.caption(formats.plain(_weights(near)))


def _weights(near: Surrogate) -> str:
    listed = [
        f"{one.feature} {explain_figures.signed(one.weight)}"
        + (" for another category" if one.kind == "categorical" else "")
        for one in near.weights[:5]
    ]
    return f"By one interquartile range more, the answer moves by: {', '.join(listed)}."


def _behind(found: Explained) -> None:
    st.markdown("**Who put this version into production**")
    if not found.behind:
        st.caption(f"Nothing on record says who put version {formats.plain(found.local.version)} there.")
    for one in found.behind:
        st.markdown(f"- {formats.plain(say.behind(one))}")
