"""What goes on: incidents to look after, work and changes under way, and what was decided."""

from collections.abc import Callable
from datetime import UTC, datetime, time

import streamlit as st

from app import actions, formats, scope
from app.components import champions, states
from app.components.reports import MARKS, progress_of
from core.alert import Maintenance
from core.client import Client
from core.domain import Incident, IncidentStatus, Severity
from core.errors import TrimtabError
from core.job import Job
from core.views.activity import ActivityView, Past, Unresolved

POLL_S = 2.0
_SNOOZES = {"4 hours": "4h", "1 day": "1d", "1 week": "7d"}


def heading(view: ActivityView) -> None:
    """Say how much needs somebody."""
    st.title("Activity", anchor=False)
    whose = f" of {view.scope.model}" if view.scope.model else ""
    st.caption(formats.plain(f"Incidents, work and decisions{whose} as of {formats.when(view.as_of)}"))
    n = len(view.unresolved) + view.n_more
    if n:
        open_ones = formats.count(n, "incident")
        st.header(f"{open_ones} to look after, {view.n_critical:,} of them critical", anchor=False)
    else:
        st.header("No incident needs anybody", anchor=False)
    if view.closed is not None:
        by = f" ({view.closed.resolved_by})" if view.closed.resolved_by else ""
        when = formats.when(view.closed.resolved_at)
        told = (
            f"Incident {view.closed.id} of {view.closed.model} was resolved {when}: {view.closed.resolution}"
        )
        st.info(formats.plain(f"{told}{by}"), icon=":material/check_circle:")
    states.remembered()


def incidents(client: Client, view: ActivityView) -> None:
    """Show what is not resolved, worst first, with what a person can do about each."""
    with st.container(border=True, height="stretch"):
        st.subheader("Incidents", anchor=False)
        if not view.unresolved:
            states.empty(
                "No incident is open",
                "No monitored model has failed for long enough to need somebody.",
                icon=":material/check_circle:",
            )
            return
        for one in view.unresolved:
            _incident(client, one, view)
        if view.n_more:
            st.caption(f"{formats.count(view.n_more, 'more incident')}: see trimtab incidents.")


def _incident(client: Client, one: Unresolved, view: ActivityView) -> None:
    incident = one.incident
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_state(incident), width="content")
            st.page_link(
                scope.MODEL,
                label=f"**{formats.plain(incident.model)}**",
                query_params=scope.naming(model=incident.model),
            )
            _others(incident)
            facts = [one.owner or "no owner", formats.ago(incident.opened_at, view.as_of), one.on_call]
            st.caption(formats.plain(" · ".join(fact for fact in facts if fact)), width="content")
        st.markdown(formats.plain(incident.cause))
        if (span := view.quiet(incident)) is not None:
            st.caption(formats.plain(f"In maintenance until {formats.when(span.ends_at)}: nobody is called."))
        if one.fairness is not None:
            link = scope.fairness_link(one.fairness)
            st.page_link(
                scope.FAIRNESS, label="Show the groups", icon=":material/balance:", query_params=link
            )
        st.page_link(
            scope.LINEAGE,
            label="What it hangs on",
            icon=":material/account_tree:",
            query_params=scope.naming(model=incident.model, focus=f"incident:{incident.id}"),
        )
        for past in one.past:
            st.caption(formats.plain(_told(past, incident)))
        if one.runbook:
            st.caption(formats.plain(f"Runbook: {one.runbook}"))
        _buttons(client, incident)


def _others(incident: Incident) -> None:
    """Name the other models of one cause, each a link."""
    others = incident.names[1:]
    if not others:
        return
    with st.popover(f"and {formats.count(len(others), 'more model')}", type="tertiary"):
        for name in others:
            st.page_link(scope.MODEL, label=formats.plain(name), query_params=scope.naming(model=name))


def _state(incident: Incident) -> str:
    mark = ":red-badge[■ Critical]" if incident.severity is Severity.CRITICAL else ":yellow-badge[▲ Watch]"
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return f"{mark} :gray[seen by {formats.plain(incident.acknowledged_by or '')}]"
    if incident.status is IncidentStatus.SNOOZED:
        return f"{mark} :gray[aside until {formats.plain(formats.when(incident.snoozed_until))}]"
    return mark


def _told(past: Past, incident: Incident) -> str:
    where = "" if past.model in incident.names else f" on {past.model}"
    return f"Like it{where}, {formats.day(past.opened_at)}: {past.resolution} ({past.resolved_by})"


def _buttons(client: Client, incident: Incident) -> None:
    identity = incident.id
    with st.container(horizontal=True, gap="small"):
        if incident.status is not IncidentStatus.ACKNOWLEDGED:
            st.button(
                "Acknowledge",
                icon=":material/visibility:",
                key=f"ack_{identity}",
                on_click=_try,
                args=("acknowledge it", lambda: client.acknowledge(identity)),
            )
        with st.popover("Snooze", icon=":material/snooze:"):
            st.caption("It stays open underneath, and is back here then.")
            for words, span in _SNOOZES.items():
                st.button(
                    f"Snooze for {words}",
                    key=f"snooze_{span}_{identity}",
                    on_click=_try,
                    args=("snooze it", lambda span=span: client.snooze(identity, span)),
                )
        with st.popover("Resolve", icon=":material/check:"):
            cause = st.text_area("What was the cause? (required)", key=f"cause_{identity}")
            st.button(
                "Resolve incident",
                type="primary",
                key=f"resolve_{identity}",
                disabled=not cause.strip(),
                on_click=_try,
                args=("resolve it", lambda: client.resolve(identity, cause)),
            )


def _try(what: str, ask: Callable[[], object]) -> None:
    try:
        ask()
    except TrimtabError as error:
        states.remember(what, error)


def under_way(client: Client, view: ActivityView) -> None:
    """Show changes and jobs that are not over, kept up to date, and the jobs that ended last."""
    with st.container(border=True, height="stretch"):
        st.subheader("Under way", anchor=False)
        for span in view.maintenance:
            _maintenance(client, span, view)
        st.fragment(_follow, run_every=POLL_S if view.busy else None)(client, view)


def _maintenance(client: Client, span: Maintenance, view: ActivityView) -> None:
    runs = span.starts_at <= view.as_of
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap="xxsmall", width="stretch"):
            mark = ":gray-badge[○ Maintenance]" if runs else ":gray-badge[○ Planned]"
            st.markdown(f"{mark} {formats.plain(span.model or 'every model')}: nobody is called")
            since = "" if runs else f"from {formats.when(span.starts_at)} "
            told = f"{since}until {formats.when(span.ends_at)} · {span.actor} · {span.reason}"
            st.caption(formats.plain(told))
        st.button(
            "End" if runs else "Take back",
            icon=":material/notifications_active:",
            key=f"end_{span.id}",
            on_click=_try,
            args=("end the maintenance", lambda: client.end_maintenance(span.id)),
        )


def _follow(client: Client, shown: ActivityView) -> None:
    # The page has just read it when it draws this first; only the runs that follow ask again.
    aged = (datetime.now(UTC) - shown.as_of).total_seconds() >= POLL_S / 2
    try:
        view = client.activity_view(shown.scope) if shown.busy and aged else shown
    except TrimtabError as error:
        states.failure("what is under way", error)
        return
    if shown.busy and not view.busy:
        st.rerun()
    if not view.under_way and not view.jobs:
        st.markdown("Nothing runs: no change of production, no report.")
    for action in view.under_way:
        with st.container(gap="xxsmall"):
            st.markdown(f"{actions.MARKS[action.status]} {formats.plain(action.sentence)}")
            asked = f"asked by {action.actor} {formats.when(action.asked_at)} · {action.reason}"
            st.caption(formats.plain(asked))
    for job in view.jobs:
        _job(client, job, view)


def _job(client: Client, job: Job, view: ActivityView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        what = f"{job.kind.capitalize()} of {job.model}: {job.subject[:1].lower()}{job.subject[1:]}"
        st.markdown(f"{MARKS[job.status]} {formats.plain(what)}", width="stretch")
        if not job.status.over:
            st.button(
                "Cancel",
                icon=":material/close:",
                key=f"cancel_{job.id}",
                on_click=_try,
                args=("cancel it", lambda: client.cancel(job.id)),
            )
    if not job.status.over:
        said = progress_of(job.step, job.elapsed_s(view.as_of), job.expected_s)
        st.progress(job.share, text=formats.plain(said))
    elif job.error:
        st.caption(formats.plain(job.error))


def timeline(view: ActivityView) -> None:
    """Show what was decided or seen, the latest first."""
    st.subheader("What was decided", anchor=False)
    if not view.events:
        states.empty("Nothing yet", "Decisions and moves of aliases are listed here, from the ledger.")
        return
    shown = view.events
    st.table(
        {
            "When": [formats.plain(formats.when(one.at)) for one in shown],
            "Model": [formats.plain(one.model or formats.NONE) for one in shown],
            "What": [formats.plain(one.sentence) for one in shown],
            "By": [formats.plain(one.actor) for one in shown],
            "Entry": [str(one.seq) for one in shown],
        },
        border="horizontal",
        hide_index=True,
        alt="Ledger entries, the latest first: when, which model, what, and by whom",
    )
    st.caption("From the ledger, which can be checked: trimtab ledger verify.")


def as_it_was(client: Client) -> None:
    """Let the reader pick a day and see what every model's champion was at its end, and by whom."""
    st.subheader("The fleet as it was", anchor=False)
    day = st.date_input("At the end of this day (UTC)", value=None, key="on", width=240, bind="query-params")
    if day is None:
        st.caption("Pick a day: which version of each model was champion then, by whose decision and why.")
        return
    try:
        stays = client.fleet_at(datetime.combine(day, time.max, UTC))
    except TrimtabError as error:
        states.failure("the fleet as it was", error)
        return
    if not stays:
        states.empty("No champion on record", "The ledger knew of no champion on that day: it began later.")
        return
    champions.stays(tuple(stays), with_model=True)
