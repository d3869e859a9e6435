"""How a candidate stands before its gates, inside the dialog that would promote it."""

import streamlit as st

from app import formats
from app.components import states
from app.components.reports import POLL_S, progress_of
from app.components.status import status_markup
from core.action import Action, ActionKind, Gate
from core.client import Client
from core.domain import Status
from core.errors import TrimtabError
from core.job import Job, JobStatus

_VALIDATION, _NONE = "validation", "not validated"


def of_candidate(client: Client, model: str, would: Action) -> None:
    """Show the gates, those that block first; where the version was not validated, the way to do that."""
    asks = would.kind is ActionKind.PROMOTE and _VALIDATION in would.evidence and bool(would.to_version)
    if asks and would.evidence[_VALIDATION] == _NONE:
        _not_yet(would)
    elif would.gates:
        listed(would.gates)
    if asks:
        _validation(client, model, would)
    elif would.kind is ActionKind.ROLL_BACK and would.evidence and would.to_version:
        _loads(client, model, would)


def _loads(client: Client, model: str, would: Action) -> None:
    """Say whether the version to go back to loads, and let people try it: they need not wait for that."""
    version = would.to_version or ""
    name = formats.plain(formats.version(version))
    try:
        fact = client.gates(model, version).loads
    except TrimtabError as error:
        states.failure(f"whether {name} loads", error)
        return
    job = _latest(client, would.model, version)
    if job is not None and not job.status.over:
        st.fragment(follow, run_every=POLL_S)(client, job.id)
        return
    if fact is not None:
        mark = status_markup(Status.PASS if fact.value else Status.FAIL)
        st.markdown(
            f"{mark} **{name} {'loads' if fact.value else 'does not load'}**: {formats.plain(fact.note)}"
        )
    elif st.button(f"Try whether {name} loads", icon=":material/fact_check:", key="validate"):
        _ask(client, model, version)


def _not_yet(would: Action) -> None:
    """Say that nothing can be said of the candidate; what else stands in the way is said as always."""
    unknown = [gate for gate in would.gates if gate.status == Status.UNKNOWN]
    version = formats.plain(formats.version(would.to_version))
    st.warning(f"**{version} is not validated yet**: none of its {len(unknown)} gates can be judged.")
    others = tuple(gate for gate in would.gates if gate not in unknown)
    if others:
        listed(others)


def listed(gates: tuple[Gate, ...]) -> None:
    """Show gates, those that stand in the way first and the others folded."""
    held = [gate for gate in gates if gate.blocks]
    others = [gate for gate in gates if not gate.blocks]
    if held:
        st.error(f"**This would be refused**: {len(held)} of {len(gates)} conditions stand in the way.")
    for gate in held:
        _line(gate)
    if others:
        title = f"{len(others)} gates pass" if held else f"All {len(others)} gates pass"
        with st.expander(title, icon=":material/verified:"):
            for gate in others:
                _line(gate)


def _line(gate: Gate) -> None:
    name = formats.plain(gate.rule.replace("_", " "))
    st.markdown(f"{status_markup(Status(gate.status))} **{name}** {formats.plain(gate.sentence)}")


def _validation(client: Client, model: str, would: Action) -> None:
    version = would.to_version or ""
    job = _latest(client, would.model, version)
    if job is not None and not job.status.over:
        st.fragment(follow, run_every=POLL_S)(client, job.id)
        return
    if job is not None and job.status is JobStatus.FAILED:
        st.warning(f"The last validation came to nothing: {formats.plain(job.error or job.status.value)}")
    again = would.evidence[_VALIDATION] != _NONE
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            "Both versions score the same labelled rows, in a process of their own: less than a minute.",
            width="stretch",
        )
        if st.button(
            "Validate again" if again else f"Validate {formats.plain(formats.version(version))}",
            icon=":material/fact_check:",
            key="validate",
            type="secondary" if again else "primary",
        ):
            _ask(client, model, version)


def _ask(client: Client, model: str, version: str) -> None:
    try:
        client.validate(model, version)
    except TrimtabError as error:
        states.failure("the validation", error)
        return
    st.rerun(scope="fragment")


def _latest(client: Client, model: str, version: str) -> Job | None:
    try:
        jobs = client.jobs(model=model, kind=_VALIDATION)
    except TrimtabError as error:
        states.failure("whether it is being validated", error)
        return None
    return next((job for job in jobs if job.about.get("version") == version), None)


def follow(client: Client, job_id: str) -> None:
    """Show how far a validation is; when it has ended, let the dialog be drawn anew."""
    try:
        job = client.job(job_id)
    except TrimtabError as error:
        states.failure("the validation", error)
        return
    if job.status.over:
        st.rerun()
    said = progress_of(job.step, None, job.expected_s)
    st.progress(job.share, text=formats.plain(said))
    st.button(
        "Cancel validation",
        icon=":material/close:",
        key="cancel_validation",
        on_click=_cancel,
        args=(client, job_id),
    )


def _cancel(client: Client, job_id: str) -> None:
    try:
        client.cancel(job_id)
    except TrimtabError as error:
        states.remember("cancel the validation", error)
