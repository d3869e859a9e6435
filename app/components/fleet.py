"""The fleet: who needs a decision, where the trouble is, and the table of all models."""

from typing import TYPE_CHECKING

import pyarrow as pa
import streamlit as st

from app import formats, palette, scope
from app.components import heatmap, states
from app.components.figures import CONFIG
from app.components.status import health_badge, health_text
from core.domain import Health
from core.views.fleet import Decision, FleetRow, FleetView

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

_STATUS_INKS = ["red", "yellow", "green", "gray"]


def heading(view: FleetView) -> None:
    """Say how large the fleet is and how fresh its verdicts are."""
    st.title("Fleet", anchor=False)
    parts = [formats.count(view.n_models, "model"), f"{view.n_monitored:,} monitored"]
    if view.judged_at is not None:
        parts.append(
            f"last judged {formats.when(view.judged_at)} ({formats.ago(view.judged_at, view.as_of)})"
        )
    st.caption(" · ".join(parts))
    if view.n_models:
        st.header(_finding(view), anchor=False)
    if view.registry_problem is not None:
        states.registry_notice(view.registry_problem, formats.when(view.registry_read_at))


def _finding(view: FleetView) -> str:
    """Return the page's answer in one sentence: how many models need somebody."""
    if view.n_decisions == 0:
        return "No model needs a decision"
    critical = sum(counted.n_models for counted in view.counts if counted.status is Health.CRITICAL)
    need = f"{formats.count(view.n_decisions, 'model')} need{'s' if view.n_decisions == 1 else ''} a decision"
    return f"{need}, {critical:,} of them critical" if critical else f"{need}, none of them critical"


def decisions(view: FleetView) -> None:
    """Show the models that need a person, worst consequence first, each with one sentence why."""
    with st.container(border=True, height="stretch"):
        st.subheader("Needs a decision", anchor=False)
        if not view.decisions:
            states.empty(
                "Nothing needs a decision",
                f"No incident is open on {formats.count(view.n_monitored, 'monitored model')}.",
                icon=":material/check_circle:",
            )
            return
        for decision in view.decisions:
            _decision(decision, view)
        hidden = view.n_decisions - len(view.decisions)
        more = f" {formats.count(hidden, 'more model')} in the table below." if hidden > 0 else ""
        st.caption(f"Ranked by consequence: loss × traffic × risk tier.{more}")


def _decision(decision: Decision, view: FleetView) -> None:
    named = decision.version not in {None, "unknown"}
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            health_badge(decision.status)
            st.page_link(
                scope.MODEL,
                label=f"**{formats.plain(decision.name)}**"
                + (f" {formats.plain(formats.version(decision.version))}" if named else ""),
                query_params=scope.naming(model=decision.name),
            )
            age = formats.ago(decision.opened_at, view.as_of)
            owner = decision.owner or "no owner"
            seen = f" · seen by {decision.acknowledged_by}" if decision.acknowledged_by else ""
            st.caption(formats.plain(f"{owner} · {age}{seen}"), width="content")
        st.markdown(formats.plain(decision.why))


def trouble(view: FleetView) -> None:
    """Show units × kinds; a click filters the table."""
    with st.container(border=True, height="stretch"):
        st.subheader("Where the trouble is", anchor=False)
        worst = max(
            view.trouble, key=lambda cell: (cell.n_critical + cell.n_watch) / cell.n_models, default=None
        )
        if worst is None:
            states.empty("No units yet", "Name a unit and a use case in a model's spec to see them here.")
            return
        st.plotly_chart(
            heatmap.trouble(view.trouble, is_dark=palette.dark()),
            key="trouble",
            on_select=_filter_by_cell,
            selection_mode="points",
            config=CONFIG,
            alt=f"Models in trouble by unit and use case, most in {worst.unit}, {worst.kind}",
        )
        st.caption(
            "Models critical or on watch, of all in a unit and use case; critical ones weigh double in the "
            "colour. Pick a cell to filter the table."
        )


def _filter_by_cell() -> None:
    points = st.session_state["trouble"].selection.points
    if points:
        unit, kind = points[0]["customdata"]
        st.session_state["unit"], st.session_state["kind"] = unit, kind
        st.session_state["page"] = 1


def _first_page() -> None:
    st.session_state["page"] = 1


def filters(units: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Show the filters above the table; all are part of the link."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search",
            key="search",
            placeholder="Model, owner or unit",
            icon=":material/search:",
            width=240,
            bind="query-params",
            on_change=_first_page,
        )
        st.segmented_control(
            "Status",
            list(palette.HEALTH_WORDS.values()),
            key="status",
            bind="query-params",
            on_change=_first_page,
        )
        _choice("Unit", units, "unit")
        _choice("Use case", kinds, "kind")
        st.selectbox(
            "Order",
            list(scope.ORDER_NAMES),
            key="order",
            width=190,
            bind="query-params",
            on_change=_first_page,
        )


def _choice(label: str, options: tuple[str, ...], key: str) -> None:
    st.selectbox(
        label,
        options,
        index=None,
        key=key,
        placeholder="All",
        width=170,
        bind="query-params",
        on_change=_first_page,
    )


def table(view: FleetView) -> None:
    """Show one page of models; picking a row opens the model."""
    if not view.rows:
        states.empty("No model matches these filters", "Clear the search or widen the filters to see more.")
        if st.button("Clear the filters", icon=":material/filter_alt_off:", on_click=_clear):
            st.rerun()
        return
    st.dataframe(
        frame(view.rows),
        column_config=_columns(),
        hide_index=True,
        height=int(37 * (len(view.rows) + 1) + 3),
        row_height=37,
        placeholder=formats.NONE,
        key="models",
        on_select=_open_model,
        selection_mode="single-cell",
        alt="Models with state, leading metric, drift, fairness, latency and traffic",
    )
    st.session_state["shown_models"] = [row.name for row in view.rows]
    pages = -(-view.n_matching // view.page_size)
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            # Sized by hand: beside other things in a row it shows fewer pages than there is room for.
            st.pagination(pages, key="page", bind="query-params", width=100 + 42 * min(pages, 7))
        st.caption(
            f"{formats.count(view.n_matching, 'model')}. Pick a row to open its model.", width="content"
        )


def _clear() -> None:
    for key in ("search", "status", "unit", "kind"):
        st.session_state[key] = "" if key == "search" else None
    st.session_state["page"] = 1


def _open_model() -> None:
    cells = st.session_state["models"].selection.cells
    if cells:
        st.session_state["open_model"] = st.session_state["shown_models"][cells[0][0]]


def follow() -> None:
    """Go to the model whose row was picked in the last run."""
    model = st.session_state.pop("open_model", None)
    if model is not None:
        st.switch_page(scope.MODEL, query_params=scope.naming(model=model))


def frame(rows: tuple[FleetRow, ...]) -> pa.Table:
    """Return the table's cells, numbers as numbers and unknowns empty."""
    return pa.table(
        {
            "name": pa.array([row.name for row in rows], pa.string()),
            "version": [formats.version(row.version).replace("no version", formats.NONE) for row in rows],
            "status": pa.array([[health_text(row.status)] for row in rows], pa.list_(pa.string())),
            "unit": [row.unit or formats.NONE for row in rows],
            "metric": [_metric(row) for row in rows],
            "sparkline": pa.array([list(row.sparkline) or None for row in rows], pa.list_(pa.float64())),
            "drift": pa.array([row.drift for row in rows], pa.float64()),
            "drift_feature": [row.drift_feature or formats.NONE for row in rows],
            "fairness": [_ratio(row) for row in rows],
            "p95": pa.array([row.p95_ms for row in rows], pa.float64()),
            "rows": [formats.compact(row.rows_a_day) for row in rows],
            "owner": [row.owner or formats.NONE for row in rows],
            "why": [row.why for row in rows],
        }
    )


def _metric(row: FleetRow) -> str:
    if row.value is None:
        return formats.NONE if row.monitored else "no monitor"
    about = "≈ " if row.estimated else ""
    return f"{row.metric_title} {about}{formats.number(row.value, row.metric_unit)}"


def _ratio(row: FleetRow) -> str:
    return formats.NONE if row.fairness_ratio is None else f"{row.fairness_ratio:.2f} ({row.fairness_by})"


def _columns() -> "dict[str, ColumnConfig | str | None]":
    config = st.column_config
    return {
        "name": config.TextColumn("Model", width=190),
        "version": config.TextColumn("Version", width=70),
        "status": config.MultiselectColumn(
            "Status", options=[health_text(h) for h in Health], color=_STATUS_INKS, width=110
        ),
        "unit": config.TextColumn("Unit", width=110),
        "metric": config.TextColumn(
            "Leading metric", width=150, help="Latest closed window. ≈ means estimated without labels."
        ),
        "sparkline": config.LineChartColumn("Last 30 windows", width=130),
        "drift": config.ProgressColumn(
            "Worst drift",
            min_value=0,
            max_value=2.0,
            format="%.1f×",
            width=130,
            color="auto-inverse",
            help="Distance of the column beside, as a multiple of its limit; full at twice.",
        ),
        "drift_feature": config.TextColumn(
            "In column",
            width=120,
            help="The column that comes first by verdict, then by drift × importance, in the latest window.",
        ),
        "fairness": config.TextColumn(
            "Fairness ratio", width=120, help="Smallest ratio between groups; band 0.80 to 1.25."
        ),
        "p95": config.NumberColumn("p95", format="%.0f ms", width=80),
        "rows": config.TextColumn("Rows a day", width=90, alignment="right"),
        "owner": config.TextColumn("Owner", width=120),
        "why": config.TextColumn("Why", width=420),
    }
