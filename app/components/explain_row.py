"""Why one prediction came out as it did: asked for by its id, followed, shown, kept."""

import time

import streamlit as st

from app import formats, palette
from app.components import explain_figures, figures, states
from app.components.reports import MARKS, POLL_S, progress_of
from core.client import Client
from core.errors import NotFound, TrimtabError
from core.explain import Counterfactual, Explained, Surrogate
from core.explain import sentences as say
from core.job import Job, JobStatus

_ROW_JOB = "explaining_row"
_PATIENCE_S, _LOOK_S = 1.5, 0.1
"""A row of a version that was explained just now is there within this time."""


def one(client: Client, model: str) -> None:
    """Show the field for a row's id, and what is known of that row."""
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
        follow(client, job, key="cancel_row")
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
        follow(client, job, key="cancel_row")


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
    _keep(client, model, found)


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


def _keep(client: Client, model: str, found: Explained) -> None:
    if found.kept_at is not None:
        st.caption(
            f":green-badge[● Kept] with the decision since {formats.when(found.kept_at)}, as it was then."
        )
        return
    st.button(
        "Keep with the decision",
        icon=":material/inventory_2:",
        key="keep_explanation",
        help="It then outlives later references and its row's time of keeping; an erasure removes it.",
        on_click=_ask_to_keep,
        args=(client, model, found.row),
    )


def _ask_to_keep(client: Client, model: str, row: str) -> None:
    try:
        client.keep_explanation(model, row)
    except TrimtabError as error:
        states.remember("keep it", error)


def follow(client: Client, job: Job, *, key: str) -> None:
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
