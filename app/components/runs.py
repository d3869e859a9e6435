"""Runs: what was tried, what went in and what came out, which became versions and which is champion."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import streamlit as st

from app import formats, palette, scope
from app.components import figures, run_figures, states
from core.views.runs import RunData, RunRow, RunsView

_SHORT = 8


def board(view: RunsView) -> None:
    """Show the runs of a model's experiments."""
    if not view.rows:
        states.empty(
            "No run on record",
            "No version of this model says which run made it, or the registry was not read yet. "
            "Runs are read with the registry, every minute.",
            icon=":material/science:",
        )
        return
    st.caption(formats.plain(facts(view)))
    metric, differing = _choices(view)
    params = differing_params(view.rows) if differing else view.params
    left, right = st.columns([3, 2])
    with left:
        _parallel(view, metric)
    with right:
        _over_versions(view, metric)
    _table(view, params, is_short=differing)
    _details(view)


def facts(view: RunsView) -> str:
    """Say how many runs there are, how many became versions, and how old that knowledge is."""
    n_versions = sum(row.version is not None for row in view.rows)
    part = "" if len(view.rows) == view.n_runs else f", the newest {len(view.rows):,} shown"
    read = "" if view.read_at is None else f". The registry was read {formats.when(view.read_at)}"
    runs = f"{formats.count(view.n_runs, 'run')} of {formats.count(view.n_experiments, 'experiment')}{part}"
    return f"{runs}; {n_versions:,} became versions{read}."


def differing_params(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """Return the parameters that are not the same in all runs; one that some lack differs."""
    names = dict.fromkeys(name for row in rows for name in row.params)
    return tuple(name for name in names if len({row.params.get(name) for row in rows}) > 1)


def label(row: RunRow) -> str:
    """Return what a run is called, with its version and aliases."""
    name = row.name or f"run {row.run_id[:_SHORT]}"
    if row.version is None:
        return name
    aliases = f" ({', '.join(row.aliases)})" if row.aliases else ""
    return f"{formats.version(row.version)}{aliases} · {name}"


def _choices(view: RunsView) -> tuple[str | None, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        metric = None
        if view.metrics:
            chosen = st.query_params.get("of")
            st.session_state["runs_metric"] = chosen if chosen in view.metrics else view.metric
            metric = st.selectbox(
                "Metric",
                view.metrics,
                key="runs_metric",
                on_change=scope.linked,
                args=("runs_metric", "of"),
                width=240,
            )
        differing = st.toggle("Show only differences", key="differences", bind="query-params")
    return metric, differing


def _parallel(view: RunsView, metric: str | None) -> None:
    with st.container(border=True, height="stretch"):
        st.subheader("What went in, what came out", anchor=False)
        if metric is None or len(view.rows) < 2:
            states.empty(
                "One run, or no metric", "Two runs with a metric can be compared.", icon=":material/science:"
            )
            return
        st.plotly_chart(
            run_figures.parallel(view.rows, metric, is_dark=palette.dark()),
            key="runs_parallel",
            config=figures.CONFIG,
            alt=f"Each line is one run: the parameters that differ, and its metrics, ordered by {metric}",
        )
        st.caption(
            "Each line is one run, through parameters that differ and metrics. Below an axis: not logged."
        )


def _over_versions(view: RunsView, metric: str | None) -> None:
    with st.container(border=True, height="stretch"):
        st.subheader(formats.plain(f"{metric or 'Metric'} over versions"), anchor=False)
        made = [row for row in reversed(view.rows) if row.version is not None and metric in row.metrics]
        if metric is None or not made:
            states.empty("No version has it", "No run behind a version logged it.", icon=":material/science:")
            return
        st.plotly_chart(
            run_figures.over_versions(made, metric, view.champion, is_dark=palette.dark()),
            key="runs_over_versions",
            config=figures.CONFIG,
            alt=run_figures.finding(made, metric, view.champion),
        )
        st.caption(
            formats.plain(
                f"{run_figures.finding(made, metric, view.champion)} As logged by each run on its own rows: "
                "versions are held side by side in the tab Versions."
            )
        )


def _table(view: RunsView, params: Sequence[str], *, is_short: bool) -> None:
    rows = view.rows
    columns: dict[str, list[object]] = {
        "Run": [label(row) for row in rows],
        "Started": [formats.when(row.started_at) if row.started_at else formats.NONE for row in rows],
        "By": [row.user for row in rows],
        "Status": [row.status.lower() for row in rows],
    }
    columns |= {name: [row.metrics.get(name) for row in rows] for name in view.metrics}
    columns |= {f"{name} ": [row.params.get(name) for row in rows] for name in params}
    columns["Data"] = [_data(row) for row in rows]
    columns["Code"] = [_code(row) for row in rows]
    columns["Environment"] = [_environment(row) for row in rows]
    if is_short:
        columns = differing(columns)
    st.dataframe(
        columns,
        hide_index=True,
        placeholder=formats.NONE,
        key="runs",
        alt="Runs, the newest first",
        column_config={"Run": st.column_config.TextColumn(width="medium")},
    )
    if is_short and len(rows) > 1:
        st.caption("Only columns in which the runs differ.")


def differing(columns: Mapping[str, list[object]]) -> dict[str, list[object]]:
    """Return the columns whose values are not all the same; what names the runs stays."""
    return {
        name: values for name, values in columns.items() if name == "Run" or len(set(map(str, values))) > 1
    }


def _data(row: RunRow) -> str:
    return ", ".join(f"{one.name} {one.digest[:_SHORT]}".strip() for one in row.data)


def _code(row: RunRow) -> str:
    return " ".join(part for part in (row.entry, row.commit and row.commit[:_SHORT]) if part)


def _environment(row: RunRow) -> str:
    if row.environment is None:
        return ""
    python = f"Python {row.environment.python}" if row.environment.python else ""
    packages = formats.count(len(row.environment.packages), "package") if row.environment.packages else ""
    return ", ".join(part for part in (python, packages) if part)


def _details(view: RunsView) -> None:
    """Show one run whole, and how to make it again where it became a version."""
    by_id = {row.run_id: row for row in view.rows}
    asked = st.query_params.get("run")
    first = next((row.run_id for row in view.rows if row.version == view.champion), view.rows[0].run_id)
    st.session_state["picked_run"] = asked if asked in by_id else first
    picked = st.selectbox(
        "Details of",
        list(by_id),
        format_func=lambda one: label(by_id[one]),
        key="picked_run",
        on_change=scope.linked,
        args=("picked_run", "run"),
        width=420,
    )
    row = by_id[picked]
    with st.container(border=True):
        st.subheader(formats.plain(label(row)), anchor=False)
        left, right = st.columns(2)
        with left:
            _pairs("Parameters", [(name, row.params[name]) for name in sorted(row.params)])
            _pairs(
                "Metrics",
                [(name, formats.number(row.metrics[name], digits=4)) for name in sorted(row.metrics)],
            )
        with right:
            _pairs("Data", [(f"{one.name} {one.context}".strip(), _where(one)) for one in row.data])
            _pairs("Code and environment", _made_with(row))
        if row.version is not None:
            _again(view, row.version)


def _where(one: RunData) -> str:
    rows = "" if one.n_rows is None else formats.count(one.n_rows, "row")
    return " · ".join(part for part in (rows, one.digest, one.source) if part)


def _made_with(row: RunRow) -> list[tuple[str, str]]:
    found = [
        ("Run", row.run_id),
        ("Started from", row.entry or "not logged"),
        ("Commit", row.commit or "not logged"),
    ]
    if row.environment is not None:
        found.append(("Python", row.environment.python or "not logged"))
        found.append(("Packages", ", ".join(row.environment.packages) or "not logged"))
    return found


def _pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    st.markdown(f"**{title}**")
    if not pairs:
        st.caption("Nothing was logged.")
        return
    st.table(
        {
            "": [formats.plain(name) for name, _ in pairs],
            " ": [formats.plain(text) for _, text in pairs],
        },
        border="horizontal",
        hide_index=True,
        hide_header=True,
        alt=title,
    )


def _again(view: RunsView, version: str) -> None:
    st.markdown("**Make it again**: train from what is on record of it, and compare.")
    states.how_to(f"trimtab reproduce {view.model} {version}")
    place = f"{view.registry}/{view.model}"
    st.link_button(
        "Download bundle",
        f"/api/v1/models/{quote(place, safe='')}/versions/{quote(version, safe='')}/bundle",
        icon=":material/download:",
        key="runs_bundle",
    )
