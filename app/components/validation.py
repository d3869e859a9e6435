"""A version's validation: not validated yet, under way, or section by section with findings to close."""

from urllib.parse import quote

import streamlit as st

from app import formats
from app.components import gates, states
from app.components.reports import POLL_S
from app.components.status import status_markup
from core.client import Client
from core.domain import Status
from core.errors import TrimtabError
from core.finding import Finding, Severity
from core.views.model import ModelView, VersionRow
from core.views.validation import Digests, Line, Section, ValidationView, Verdict

MARKS = {
    Verdict.NOT_VALIDATED: ":gray-badge[○ Not validated]",
    Verdict.FAILS: ":red-badge[■ Fails]",
    Verdict.OPEN_FINDINGS: ":yellow-badge[▲ Open findings]",
    Verdict.PASSES: ":green-badge[● Passes]",
}
_SEVERITIES = {
    Severity.HIGH: ":red-badge[■ High]",
    Severity.MEDIUM: ":yellow-badge[▲ Medium]",
    Severity.LOW: ":gray-badge[○ Low]",
}
_CLOSING = "closing_finding"


def mark(row: VersionRow) -> str:
    """Return how a version's validation stands, for the table of versions."""
    if not row.in_registry:
        return formats.NONE
    late = " overdue" if row.validation_overdue else ""
    return f"{MARKS[row.validation]}{late}"


def section(client: Client, view: ModelView) -> None:
    """Show the validation of one of the model's versions; which, is the reader's choice."""
    names = [row.version for row in view.versions if row.in_registry]
    if not names:
        return
    st.subheader("Validation", anchor=False)
    at = names.index(view.champion) if view.champion in names else 0
    version = st.selectbox(
        "Version to look at", names, index=at, format_func=formats.version, key="validated", width=240
    )
    try:
        found = client.validation(view.name, version)
    except TrimtabError as error:
        states.failure(f"the validation of {formats.version(version)}", error)
        return
    states.remembered()
    _head(client, found)
    _findings(client, found)
    for part in found.sections:
        _section(part)


def _head(client: Client, view: ValidationView) -> None:
    with st.container(border=True):
        st.markdown(f"{MARKS[view.verdict]} {formats.plain(view.sentence)}")
        if view.failed and view.job is None:
            st.warning(f"The last validation came to nothing: {formats.plain(view.failed)}")
        st.caption(formats.plain(_dates(view)))
        if view.job is not None:
            st.fragment(gates.follow, run_every=POLL_S)(client, view.job)
            return
        with st.container(horizontal=True, gap="small"):
            fresh = view.verdict is Verdict.NOT_VALIDATED
            name = formats.plain(formats.version(view.version))
            st.button(
                f"Validate {name}" if fresh else "Validate again",
                icon=":material/fact_check:",
                key="validate_version",
                type="primary" if fresh else "secondary",
                on_click=_validate,
                args=(client, view),
            )
            if view.made_at is not None:
                st.link_button("Download report", _address(view), icon=":material/download:")
            if view.digests is not None:
                _digests(view.digests)


def _digests(digests: Digests) -> None:
    with st.popover("What it rests on", icon=":material/fingerprint:", type="tertiary"):
        for what in ("version", "policy", "rows", "findings"):
            st.caption(f"SHA-256 of the {what}")
            st.code(getattr(digests, what) or "not kept", language=None)


def _dates(view: ValidationView) -> str:
    if view.made_at is None or view.due_at is None:
        return (
            "It is scored in a process of its own on the newest labelled rows: segments, groups, spoilt rows,"
            " seeds, leaks, the live population. Less than a minute; production is not touched."
        )
    late = "overdue since" if view.overdue else "to be validated anew by"
    made = f"Validated {formats.when(view.made_at)}, asked for by {view.actor}"
    return f"{made} · {late} {formats.day(view.due_at)}"


def _validate(client: Client, view: ValidationView) -> None:
    try:
        client.validate(view.model, view.version)
    except TrimtabError as error:
        states.remember("validate it", error)


def _address(view: ValidationView) -> str:
    model, version = quote(view.model, safe=""), quote(view.version, safe="")
    return f"/api/v1/models/{model}/versions/{version}/validation/report"


def _section(part: Section) -> None:
    n_failing = sum(line.status == Status.FAIL for line in part.lines)
    ends = f" · ■ {n_failing} beyond the limit" if n_failing else ""
    with st.expander(f"{part.title}{ends}", expanded=bool(n_failing)):
        st.caption(part.about)
        if not part.lines:
            st.markdown(formats.plain(part.empty[:1].upper() + part.empty[1:]))
            return
        st.table(
            {
                "": [status_markup(one.status) if one.status else "" for one in part.lines],
                "What it says": [formats.plain(one.sentence) for one in part.lines],
                "Value": [_value(one) for one in part.lines],
                "95 % interval": [_interval(one) for one in part.lines],
                "n": [f"{one.n:,}" if one.n else formats.NONE for one in part.lines],
                "Limit": [_limit(one) for one in part.lines],
            },
            border="horizontal",
            hide_index=True,
            alt=f"{part.title}: each number with interval, n and limit",
        )


def _value(line: Line) -> str:
    return formats.NONE if line.value is None else f"{formats.number(line.value)}{line.unit}"


def _interval(line: Line) -> str:
    if line.low is None or line.high is None:
        return formats.NONE
    return f"{formats.number(line.low)} to {formats.number(line.high)}"


def _limit(line: Line) -> str:
    ends = (("≥", line.limit_low), ("≤", line.limit_high))
    return (
        " ".join(f"{sign} {formats.number(edge)}" for sign, edge in ends if edge is not None) or formats.NONE
    )


def _findings(client: Client, view: ValidationView) -> None:
    if not view.findings:
        if view.made_at is not None:
            st.caption("No finding was ever opened on this version.")
        return
    st.markdown("**Findings**")
    for one in view.findings:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            said = _SEVERITIES[one.severity] if one.open else ":gray-badge[✓ Closed]"
            st.markdown(
                f"{said} {formats.plain(one.title)}  \n:gray[{formats.plain(_facts(one, view))}]",
                width="stretch",
            )
            if one.open:
                st.button("Close finding", key=f"close_{one.id}", on_click=_open_dialog, args=(one.id,))
    named = st.session_state.get(_CLOSING)
    chosen = next((one for one in view.findings if one.id == named and one.open), None)
    if chosen is not None:
        st.dialog("Close this finding?", icon=":material/task_alt:", on_dismiss=_leave)(_dialog)(
            client, chosen
        )


def _facts(one: Finding, view: ValidationView) -> str:
    owner = f"owner {one.owner}" if one.owner else "no owner"
    if one.closed_at is not None:
        return f"{owner} · closed {formats.day(one.closed_at)} by {one.closed_by}: {one.closed_why}"
    late = "overdue since" if one.overdue(view.as_of) else "due"
    return (
        f"{owner} · {late} {formats.day(one.due_at)} · opened {formats.day(one.opened_at)} by {one.opened_by}"
    )


def _open_dialog(identity: str) -> None:
    st.session_state[_CLOSING] = identity


def _leave() -> None:
    st.session_state.pop(_CLOSING, None)


def _dialog(client: Client, one: Finding) -> None:
    st.markdown(f"{_SEVERITIES[one.severity]} {formats.plain(one.title)}")
    st.caption(
        "A version does not change: closing means that it may stay as it is, or that another takes its place."
        " Recorded in the ledger with your name and your reason."
    )
    reason = st.text_area("Reason (required)", key="finding_reason", placeholder="What was done about it?")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_finding"):
            _leave()
            st.rerun()
        if st.button("Close finding", type="primary", key="confirm_finding", disabled=not reason.strip()):
            try:
                client.close_finding(one.id, reason=reason)
            except TrimtabError as error:
                states.remember("close the finding", error)
            _leave()
            st.rerun()
