"""Deep reports on demand: ask for one, see how far it is, look at it, keep it."""

import streamlit as st

from app import formats
from app.components import states
from core.client import Client
from core.errors import TrimtabError
from core.job import JobStatus
from core.views.model import ModelScope
from core.views.reports import ReportRow, ReportScope, ReportsView, ReportWindow

POLL_S = 2.0
_FRAME_HEIGHT = 900
_NOTE = (
    "Evidently tests each column by itself, on a sample of at most 20,000 rows a side. It may disagree with "
    "Trimtab's verdicts, which allow for the reference's own spread and for the number of columns."
)
MARKS = {
    JobStatus.QUEUED: ":gray-badge[○ Waiting]",
    JobStatus.RUNNING: ":blue-badge[▶ Running]",
    JobStatus.DONE: ":green-badge[● Done]",
    JobStatus.FAILED: ":red-badge[■ Failed]",
    JobStatus.CANCELLED: ":gray-badge[○ Cancelled]",
}


def section(client: Client, asked: ModelScope) -> None:
    """Show a model's reports, with what is under way kept up to date."""
    view = _read(client, asked)
    if view is None:
        return
    with st.container(border=True):
        st.subheader("Evidently report", anchor=False)
        st.caption(_NOTE)
        if not view.windows:
            st.markdown("A report needs a judged window with rows, and there is none yet.")
            return
        _ask(client, asked, view)
        every = POLL_S if view.running else None
        st.fragment(_follow, run_every=every)(client, asked, was_running=view.running)
        _shown(view)


def _read(client: Client, asked: ModelScope) -> ReportsView | None:
    try:
        return client.reports_view(ReportScope(model=asked.model))
    except TrimtabError as error:
        states.failure("this model's reports", error)
        return None


def _ask(client: Client, asked: ModelScope, view: ReportsView) -> None:
    latest = next((i for i, one in enumerate(view.windows) if one.closed), 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        window = st.selectbox(
            "Window of the report",
            view.windows,
            index=latest,
            format_func=_window,
            key="report_window",
            width=340,
        )
        st.button(
            "Make report",
            icon=":material/summarize:",
            type="primary",
            key="make_report",
            on_click=_make,
            args=(client, asked, window.index),
        )
    states.remembered()


def _window(window: ReportWindow) -> str:
    still = "" if window.closed else ", still open"
    name = formats.window(window.start, window.end, window.index)
    return f"{name} · {formats.count(window.n_rows, 'row')}{still}"


def _make(client: Client, asked: ModelScope, window: int) -> None:
    try:
        job = client.make_report(asked.model, window=window, version=asked.version)
    except TrimtabError as error:
        states.remember("make the report", error)
        return
    st.query_params["report"] = job.id


def _cancel(client: Client, identity: str) -> None:
    try:
        client.cancel(identity)
    except TrimtabError as error:
        states.remember("cancel the report", error)


def _follow(client: Client, asked: ModelScope, *, was_running: bool) -> None:
    """Show the list; when the last one under way has ended, let the whole page see it."""
    view = _read(client, asked)
    if view is None:
        return
    if was_running and not view.running:
        st.rerun()
    for report in view.reports:
        _row(client, report)


def _row(client: Client, report: ReportRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        stale = " :yellow-badge[▲ Stale]" if report.stale else ""
        st.markdown(f"{MARKS[report.status]}{stale} {formats.plain(report.subject)}", width="content")
        st.caption(formats.plain(_facts(report)), width="stretch")
        if report.running:
            if st.button("Cancel report", icon=":material/close:", key=f"cancel_{report.id}"):
                _cancel(client, report.id)
                st.rerun()
        elif report.status is JobStatus.DONE:
            if st.button("View report", icon=":material/visibility:", key=f"view_{report.id}"):
                # A press here runs the list alone; the report stands below it.
                st.query_params["report"] = report.id
                st.rerun()
            st.link_button(
                "Download report", _address(report), icon=":material/download:", key=f"keep_{report.id}"
            )
    if report.running:
        st.progress(report.share, text=formats.plain(progress(report)))
    elif report.error:
        st.markdown(f":red[{formats.plain(report.error)}]")


def progress(report: ReportRow) -> str:
    """Return what happens now, since when, and how long it takes as a rule."""
    return progress_of(report.step, report.elapsed_s, report.expected_s)


def progress_of(step: str, elapsed_s: float | None, expected_s: float | None) -> str:
    """Return how far some work is, from its step, its seconds so far and the usual ones."""
    said = step or ("Waits for its turn" if elapsed_s is None else "Runs")
    if elapsed_s is None:
        return said
    usual = "" if expected_s is None else f" of about {expected_s:.0f}"
    return f"{said} · {elapsed_s:.0f}{usual}{formats.THIN}s"


def _facts(report: ReportRow) -> str:
    facts = [f"asked by {report.actor} {formats.when(report.asked_at)}"]
    if report.status is JobStatus.CANCELLED and report.step:
        facts.append(report.step.lower())
    if report.status is JobStatus.DONE:
        facts.append(f"took {report.elapsed_s or 0:.0f}{formats.THIN}s")
        facts.append(f"{(report.n_bytes or 0) / 1e6:.1f}{formats.THIN}MB")
    if report.stale:
        facts.append("rows, labels, reference or spec have changed since")
    return " · ".join(facts)


def _address(report: ReportRow, *, show: bool = False) -> str:
    return f"/api/v1/jobs/{report.id}/result{'?show=true' if show else ''}"


def _shown(view: ReportsView) -> None:
    """Show the report that the link names: a page from elsewhere, in a frame that shuts it in."""
    named = st.query_params.get("report")
    report = next((one for one in view.reports if one.id == named), None)
    if report is None or report.status is not JobStatus.DONE:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**Report on {formats.plain(report.subject)}**", width="content")
        st.button("Hide report", icon=":material/visibility_off:", key="hide_report", on_click=_hide)
    st.iframe(
        _address(report, show=True), height=_FRAME_HEIGHT, alt=f"Evidently's report on {report.subject}"
    )


def _hide() -> None:
    st.query_params.pop("report", None)
