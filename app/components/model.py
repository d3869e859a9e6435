"""One model: header, performance over time, versions."""

from collections.abc import Callable

import streamlit as st

from app import formats, palette, scope
from app.components import figures, history, states, validation
from app.components.status import age_badge, health_badge, version_badge
from core.views.fleet import FleetView
from core.views.model import ModelView, VersionRow
from core.views.series import IncidentNote, Point, Series


def header(view: ModelView, *presses: Callable[[], None]) -> None:
    """Show which model this is, what runs, how it does, and why; ``presses`` show what may be done."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.title(formats.plain(view.name), anchor=False, width="content")
            version_badge(view.champion, "champion")
            version_badge(None if view.challenger == view.champion else view.challenger, "challenger")
            health_badge(view.status)
            age_badge(view.stale_since)
        with st.container(horizontal=True, gap="small", width="content"):
            for press in presses:
                press()
    facts = [
        view.unit,
        view.region,
        f"owned by {view.owner}" if view.owner else "no owner",
        f"{view.risk.value} risk" if view.risk else None,
        f"champion since {formats.day(view.deployed_at)}" if view.deployed_at else None,
        f"{formats.compact(view.rows_a_day)} rows a day" if view.rows_a_day else None,
        f"judged {formats.ago(view.judged_at, view.as_of)}" if view.judged_at else None,
    ]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(formats.plain(" · ".join(fact for fact in facts if fact)), width="content")
        st.page_link(
            scope.LINEAGE,
            label="What is it made of",
            icon=":material/account_tree:",
            query_params=scope.naming(model=view.name),
        )
    st.header(formats.plain(view.why), anchor=False)


def why_changed(view: ModelView) -> None:
    """Say in one sentence why performance differs from the reference, while that is news."""
    note = view.change
    if note is None:
        return
    with st.container(border=True, gap="xsmall"):
        shown = formats.window(note.start, note.end, note.index)
        st.markdown(f"**Why, {formats.plain(shown)}.** {formats.plain(note.sentence)}")
        st.caption("Which segments, with intervals: tab Segments.")


def unmonitored() -> None:
    """Say how to watch a model that the registry has and nobody watches."""
    st.markdown(
        "The registry lists this model, but no spec says how to read its rows. Write one and watch it:"
    )
    states.how_to("trimtab watch spec.yaml --reference reference.parquet")
    st.subheader("Versions", anchor=False)


def choose(view: FleetView) -> None:
    """Let the reader pick a model when the link names none."""
    st.title("Model", anchor=False)
    if view.n_models == 0:
        no_models()
        return
    st.caption("The link names no model. Pick one:")
    st.text_input(
        "Search", key="find", placeholder="Model, owner or unit", icon=":material/search:", width=320
    )
    with st.container(border=True, gap="xsmall"):
        for row in view.rows:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                health_badge(row.status)
                st.page_link(
                    scope.MODEL,
                    label=f"**{formats.plain(row.name)}**",
                    query_params=scope.naming(model=row.name),
                )
                st.caption(formats.plain(row.why), width="content")
        if not view.rows:
            st.caption("No model matches this search.")


def no_models() -> None:
    """Explain an empty workspace and how to fill it."""
    with st.container(border=True, width=720):
        states.empty(
            "No models yet",
            "This workspace watches no model and its registry lists none, so there is nothing to judge.",
            alone=True,
        )
        states.first_model()


def performance(view: ModelView) -> None:
    """Show the chosen metric over the windows, then latency and scores."""
    if not view.performance:
        states.empty(
            "No performance to show yet",
            "Performance needs labels, or scores from which it can be estimated. "
            "Neither has reached a closed window. Send labels by id and they join their rows:",
        )
        states.how_to(f"trimtab ingest {view.name} labels.csv --labels")
    else:
        _performance_chart(view)
    left, right = st.columns(2)
    with left:
        _latency(view)
    with right:
        _outputs(view)
    _incidents(view)


def _performance_chart(view: ModelView) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Performance by window", anchor=False, width="stretch")
            _pick_version(view)
            metric = _pick_metric(view)
        series = next((s for s in view.performance if s.metric == metric), view.performance[0])
        harmful = tuple(incident for incident in view.incidents if incident.rule == "performance")
        st.plotly_chart(
            figures.performance(
                series,
                view.row_counts,
                harmful,
                view.deployments,
                view.labels if lacks_labels(view) else (),
                is_dark=palette.dark(),
            ),
            key="performance",
            config=figures.CONFIG,
            alt=finding(series),
        )
        st.caption(formats.plain(reading(view, series)))
    if view.estimate_note is not None and series.estimated:
        states.estimated_notice(view.estimate_note)
    history.known_when(view, series)


def lacks_labels(view: ModelView) -> bool:
    """Return whether any shown window still lacks labels: then their coverage is worth drawing."""
    return any((one.share is not None and one.share < 1) or one.is_immature for one in view.labels)


def _pick_version(view: ModelView) -> None:
    judged = [row.version for row in view.versions if row.n_rows]
    if len(judged) > 1:
        st.session_state["picked_version"] = view.scope.version
        st.selectbox(
            "Version",
            judged,
            index=None,
            format_func=formats.version,
            placeholder="All versions",
            key="picked_version",
            on_change=scope.linked,
            args=("picked_version", "version"),
            label_visibility="collapsed",
            width=170,
        )


def _pick_metric(view: ModelView) -> str:
    titles = {one.metric: one.title for one in view.metrics}
    asked = st.query_params.get("metric", "")
    st.session_state["picked_metric"] = asked if asked in titles else next(iter(titles))
    return st.selectbox(
        "Metric",
        list(titles),
        format_func=titles.__getitem__,
        key="picked_metric",
        on_change=scope.linked,
        args=("picked_metric", "metric"),
        label_visibility="collapsed",
        width=220,
    )


def latest(series: Series) -> Point | None:
    """Return the last window that has a value, measured before estimated."""
    known = [p for p in (*series.measured, *series.estimated) if p.value is not None]
    return max(known, key=lambda p: (p.index is not None, p.index or 0, not p.estimated), default=None)


def finding(series: Series) -> str:
    """Return one sentence with the chart's finding."""
    point = latest(series)
    if point is None:
        return f"{series.title}: no window has a value yet"
    if point.sentence:
        return point.sentence
    how = "estimated" if point.estimated else "measured"
    return f"{series.title} {formats.number(point.value, series.unit)}, {how}, n = {point.n:,}"


def reading(view: ModelView, series: Series) -> str:
    """Return one caption: the latest window in numbers and how to read the chart."""
    point = latest(series)
    if point is None:
        return "No closed window has a value for this metric yet."
    parts = [
        f"Latest: {formats.number(point.value, series.unit)}{' (estimated)' if point.estimated else ''}",
        formats.interval(point.low, point.high, series.unit),
        formats.limits(point.limit_low, point.limit_high, series.unit),
        f"n = {point.n:,}",
        formats.window(point.start, point.end, point.index),
    ]
    better = {"better": "Higher is better.", "worse": "Lower is better."}.get(series.higher_is, "")
    said = (f"{', '.join(part for part in parts if part)}.", better, _labels(view), view.reference_text)
    return " ".join(part for part in said if part)


def _labels(view: ModelView) -> str:
    if not view.labels:
        return ""
    if not lacks_labels(view):
        return "Every label of these windows has come."
    n_immature = sum(one.is_immature for one in view.labels)
    strip = "Strip: the share of rows that have their label, of those that can have one"
    if not n_immature:
        return f"{strip}."
    windows = f"{formats.count(n_immature, 'window')} {'waits' if n_immature == 1 else 'wait'}"
    return f"{strip}; hatched where {windows} for more labels before they are judged."


def _latency(view: ModelView) -> None:
    with st.container(border=True, height="stretch"):
        st.subheader("Latency", anchor=False)
        if not view.latency:
            st.caption("No latency in the logs: name the column latency_ms in the spec to see it here.")
            return
        st.plotly_chart(
            figures.latency(view.latency, is_dark=palette.dark()),
            key="latency",
            config=figures.CONFIG,
            alt="; ".join(finding(series) for series in view.latency),
        )
        st.caption("Half of the requests answer below p50; 95 and 99 of 100 below p95 and p99.")


def _outputs(view: ModelView) -> None:
    shares = view.outputs
    with st.container(border=True, height="stretch"):
        what = "Prediction" if shares is not None and shares.role == "prediction" else "Score"
        st.subheader(f"{what} distribution", anchor=False)
        if shares is None:
            st.caption("No scores in the logs: name a score column in the spec to see them here.")
            return
        dark = palette.dark()
        st.plotly_chart(
            figures.score_curve(shares, is_dark=dark)
            if shares.role == "score"
            else figures.distribution(shares, is_dark=dark, title=what),
            key="outputs",
            config=figures.CONFIG,
            alt=f"{what}s of {shares.n_current:,} rows and {shares.n_reference:,} reference rows",
        )
        st.caption(
            f"Share of rows by {what.lower()} in the latest window (n = {shares.n_current:,}) "
            f"and in the reference (n = {shares.n_reference:,})."
        )


def _incidents(view: ModelView) -> None:
    if not view.incidents:
        return
    with st.container(border=True):
        st.subheader("Incidents", anchor=False)
        for incident in view.incidents:
            _incident(incident)


def _incident(incident: IncidentNote) -> None:
    facts = [
        _windows(incident),
        f"opened {formats.when(incident.opened_at)}",
        f"seen by {incident.acknowledged_by}" if incident.acknowledged_by else None,
        f"snoozed until {formats.when(incident.snoozed_until)}" if incident.snoozed_until else None,
        f"resolved {formats.when(incident.resolved_at)}: {incident.resolution}"
        if incident.resolved_at
        else None,
    ]
    with st.container(gap="xxsmall"):
        st.markdown(f"{_incident_state(incident)} {formats.plain(incident.cause)}")
        st.caption(formats.plain(" · ".join(fact for fact in facts if fact)))
        if incident.fairness is not None:
            link = scope.fairness_link(incident.fairness)
            st.page_link(
                scope.FAIRNESS, label="Show the groups", icon=":material/balance:", query_params=link
            )


def _incident_state(incident: IncidentNote) -> str:
    if incident.status.value == "resolved":
        return ":gray-badge[✓ Resolved]"
    mark = ":red-badge[■ Critical]" if incident.severity.value == "critical" else ":yellow-badge[▲ Watch]"
    return mark if incident.status.value == "open" else f"{mark} :gray[{incident.status.value}]"


def _windows(incident: IncidentNote) -> str:
    if incident.first_start is not None and incident.last_end is not None:
        return formats.window(incident.first_start, incident.last_end)
    if incident.first_index is None:
        return formats.NONE
    return f"windows {incident.first_index} to {incident.last_index}"


def versions(view: ModelView) -> None:
    """Show the model's versions with their aliases, since when, and how each does."""
    if not view.versions:
        states.empty("No versions yet", "Neither the registry nor the logs name a version of this model.")
        return
    shown = view.versions
    st.table(
        {
            "Version": [_version(row) for row in shown],
            "Aliases": [_aliases(row) for row in shown],
            **({"Validation": [validation.mark(row) for row in shown]} if view.monitored else {}),
            "Registered": [formats.plain(formats.when(row.created_at)) for row in shown],
            "Rows judged": [f"{row.n_rows:,}" for row in shown],
            "Traffic": [formats.plain(_traffic(row)) for row in shown],
            "Latest metric": [formats.plain(_latest_metric(row)) for row in shown],
        },
        border="horizontal",
        hide_index=True,
        alt="Versions of this model with aliases, traffic and latest metric",
    )
    st.caption("“since” is when this workspace first saw the alias there.")


def _version(row: VersionRow) -> str:
    missing = "" if row.in_registry else " :yellow-badge[not in the registry]"
    return f"**{formats.plain(formats.version(row.version))}**{missing}"


def _aliases(row: VersionRow) -> str:
    if not row.aliases:
        return formats.NONE
    marks = []
    for note in row.aliases:
        color = {"champion": "blue", "challenger": "violet"}.get(note.alias, "gray")
        since = f" since {formats.plain(formats.day(note.first_seen_at))}" if note.first_seen_at else ""
        marks.append(f":{color}-badge[{formats.plain(note.alias)}]{since}")
    return " ".join(marks)


def _traffic(row: VersionRow) -> str:
    if row.first_row_at is None or row.last_row_at is None:
        return "no rows" if row.n_rows == 0 else formats.NONE
    return f"{formats.day(row.first_row_at)} to {formats.day(row.last_row_at)}"


def _latest_metric(row: VersionRow) -> str:
    if row.value is None:
        return formats.NONE
    about = "≈ " if row.estimated else ""
    beside = formats.interval(row.low, row.high)
    return f"{row.metric_title} {about}{formats.number(row.value)}" + (
        f" ({beside}, n = {row.n:,})" if beside else ""
    )
