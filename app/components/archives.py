"""The signed ZIP of a model's evidence: ask for it, see how far it is, take it."""

from shlex import quote as quoted

import streamlit as st

from app import formats
from app.components import downloads, reports, states
from core.client import Client
from core.errors import TrimtabError
from core.job import Job, JobStatus
from core.views.governance import EvidenceView, PackNote

POLL_S = 1.0
_KIND = "evidence"


def button(client: Client, found: EvidenceView, pack: PackNote) -> None:
    """Offer to make the ZIP; the same one comes back while nothing has changed since."""
    st.button(
        "Make signed ZIP",
        icon=":material/folder_zip:",
        type="tertiary",
        key="make_archive",
        help="All of these documents with the ledger, signed: an auditor checks it without Trimtab.",
        on_click=_make,
        args=(client, found, pack),
    )


def row(client: Client, found: EvidenceView, pack: PackNote) -> None:
    """Show the newest ZIP of a model by a pack, kept up to date while it is made."""
    job = _newest(client, found, pack)
    if job is not None:
        every = None if job.status.over else POLL_S
        st.fragment(_follow, run_every=every)(client, found, pack, was_running=not job.status.over)


def _make(client: Client, found: EvidenceView, pack: PackNote) -> None:
    try:
        client.make_archive(f"{found.registry}/{found.model}", pack=pack.name)
    except TrimtabError as error:
        states.remember("make the ZIP", error)


def _newest(client: Client, found: EvidenceView, pack: PackNote) -> Job | None:
    try:
        jobs = client.jobs(model=found.model, kind=_KIND)
    except TrimtabError as error:
        states.failure("this model's ZIPs", error)
        return None
    own = (found.registry, pack.name)
    return next((one for one in jobs if (one.about["registry"], one.about["pack"]) == own), None)


def _follow(client: Client, found: EvidenceView, pack: PackNote, *, was_running: bool) -> None:
    job = _newest(client, found, pack)
    if job is None:
        return
    if was_running and job.status.over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{reports.MARKS[job.status]} Signed ZIP", width="content")
        st.caption(f"asked by {formats.plain(job.actor)} {formats.when(job.asked_at)}", width="stretch")
        if job.status is JobStatus.DONE:
            downloads.restricted(
                "signed ZIP",
                f"/api/v1/jobs/{job.id}/result",
                command=f"trimtab evidence {quoted(found.model)} --pack {pack.name} --out DIR",
            )
        elif not job.status.over and st.button("Cancel ZIP", icon=":material/close:", key="cancel_archive"):
            _cancel(client, job.id)
            st.rerun()
    if not job.status.over:
        st.progress(job.share, text=formats.plain(job.step or "Waits for its turn"))
    elif job.error:
        st.markdown(f":red[{formats.plain(job.error)}]")


def _cancel(client: Client, identity: str) -> None:
    try:
        client.cancel(identity)
    except TrimtabError as error:
        states.remember("cancel the ZIP", error)
