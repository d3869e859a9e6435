"""Drift: the heatmap, and one column beside its reference."""

from functools import partial

import streamlit as st

from app import formats, palette, scope
from app.components import cards, figures, heatmap, picker, states
from app.components.status import status_markup
from core.domain import Role
from core.views.drift import ColumnDetail, DriftTest, DriftView
from core.views.series import Distribution

_ROLE_WORDS = {
    Role.FEATURE: "feature",
    Role.SCORE: "score",
    Role.PREDICTION: "prediction",
    Role.LABEL: "label",
}


def heading(view: DriftView) -> None:
    """Say whose drift this is and how much there is."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap="xsmall", width="content"):
            st.title("Drift", anchor=False)
            if view.name is not None:
                st.header(formats.plain(_subject(view)), anchor=False)
            st.caption(formats.plain(view.sentence))
        if view.models:
            picker.of_models(view.name, view.models)


def _subject(view: DriftView) -> str:
    named = view.version not in {None, "unknown"}
    return f"{view.name} {formats.version(view.version)}" if named else str(view.name)


def nothing(view: DriftView, *, leads_on: bool = True) -> None:
    """Explain why there is no heatmap; on the model's own page nothing leads on to it."""
    with st.container(border=True, width=720):
        states.empty("No drift to show", view.empty_reason or "Nothing was judged yet.", alone=True)
        if leads_on:
            states.next_step(view.name, view.models)


def board(view: DriftView, *, prefix: str) -> None:
    """Show the heatmap and, beside it, the picked column."""
    _together(view)
    if not view.rows:
        nothing(view, leads_on=prefix != "model")
        return
    left, right = st.columns([5, 4])
    with left:
        _heatmap(view, prefix)
    with right:
        if view.detail is not None:
            _column(view, view.detail, prefix)


def _together(view: DriftView) -> None:
    """Show what is measured of all inputs at once: no cell of the heatmap speaks of their relations."""
    if not view.together:
        return
    st.subheader("All inputs together", anchor=False)
    cards.cards(view.together)


def _heatmap(view: DriftView, prefix: str) -> None:
    is_judged = view.baseline == view.judged_by
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Drift by feature and window", anchor=False, width="stretch")
            _pick_baseline(view, prefix)
        if view.baseline_text:
            st.markdown(formats.plain(view.baseline_text))
        detail = view.detail
        picked = None if detail is None else (detail.feature, detail.window.index)
        st.html(_fitting(f"{prefix}_heatmap", len(view.windows)))
        st.plotly_chart(
            heatmap.drift(view.rows, view.windows, picked, is_dark=palette.dark(), is_judged=is_judged),
            key=f"{prefix}_heatmap",
            on_select=partial(_pick, f"{prefix}_heatmap"),
            selection_mode="points",
            config=figures.CONFIG,
            alt=view.sentence,
        )
        st.caption(
            f"One row a column, {_order(view)}; one cell a window, latest on the right. Colour: the distance "
            f"as a share of the limit at which it fails. {_empty_cell(is_judged=is_judged)} "
            "Pick a cell to see its distribution."
        )


def _fitting(key: str, n_windows: int) -> str:
    """Return a style that keeps ▲ and ■ within their cells: on a narrow screen they would hide their colour.

    How wide a cell is, only the browser knows: 150 px go to names and margins, 2 px between cells.
    """
    size = f"calc(((100cqw - 150px) / {max(1, n_windows)} - 2px) * 1.1)"
    return (
        f"<style>.st-key-{key} .stPlotlyChart{{container-type:inline-size}}"
        f".st-key-{key} .textpoint text{{font-size:clamp(2px,{size},9px)!important}}</style>"
    )


def _empty_cell(*, is_judged: bool) -> str:
    if is_judged:
        return "An empty cell could not be judged."
    return "▲ and ■ mark the stored verdicts. An empty cell has nothing to be compared with, or no limit."


def _pick_baseline(view: DriftView, prefix: str) -> None:
    """Let the reader choose what windows are compared with; the choice is part of the link."""
    titles = dict(view.baselines)
    if len(titles) < 2:
        return
    key = f"{prefix}_baseline"
    st.session_state[key] = view.baseline
    st.segmented_control(
        "Compared with",
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        on_change=scope.linked,
        args=(key, "baseline"),
        label_visibility="collapsed",
        width="content",
    )


def _order(view: DriftView) -> str:
    if not view.importance_text:
        return "worst on top"
    return f"worst verdict on top, then drift × importance (the % beside a name, {view.importance_text})"


def _pick(key: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        feature, window = points[0]["customdata"]
        st.query_params["feature"] = str(feature)
        st.query_params["window"] = str(window)


def _column(view: DriftView, detail: ColumnDetail, prefix: str) -> None:
    with st.container(border=True, height="stretch"):
        beside = dict(view.baselines).get(view.baseline, "Reference").lower()
        st.subheader(formats.plain(f"{detail.feature}: {beside} and current"), anchor=False)
        _selectors(view, detail, prefix)
        stored = "" if view.baseline == view.judged_by else "Stored verdict: "
        st.markdown(f"{stored}{status_markup(detail.status)} {formats.plain(detail.sentence)}")
        shares = detail.distribution
        if shares is None:
            st.caption(formats.plain(detail.undrawn))
        else:
            st.plotly_chart(
                figures.distribution(shares, is_dark=palette.dark(), title=_bins(shares)),
                key=f"{prefix}_distribution",
                config=figures.CONFIG,
                alt=f"{detail.feature}: {detail.sentence}",
            )
        judged = [test for test in detail.tests if test.status is not None or test.decides]
        others = [test for test in detail.tests if test not in judged]
        if judged:
            st.table(
                _tests(judged), border="horizontal", hide_index=True, alt=f"Verdicts on {detail.feature}"
            )
        if others:
            with st.expander(f"{formats.count(len(others), 'other distance')}, measured but not judged"):
                st.table(
                    _measures(others),
                    border="horizontal",
                    hide_index=True,
                    alt=f"Other distances of {detail.feature}",
                )
        st.caption(formats.plain(_facts(detail)))


def _selectors(view: DriftView, detail: ColumnDetail, prefix: str) -> None:
    """Offer the same choice as the heatmap's cells to the keyboard."""
    features = [row.feature for row in view.rows]
    windows = {
        window.index: formats.window(window.start, window.end, window.index) for window in view.windows
    }
    keys = {"feature": f"{prefix}_feature", "window": f"{prefix}_window"}
    st.session_state[keys["feature"]], st.session_state[keys["window"]] = detail.feature, detail.window.index
    left, right = st.columns(2)
    chosen = partial(_choose, keys)
    left.selectbox("Column", features, key=keys["feature"], on_change=chosen)
    right.selectbox(
        "Window", list(windows), format_func=windows.__getitem__, key=keys["window"], on_change=chosen
    )


def _choose(keys: dict[str, str]) -> None:
    for name, key in keys.items():
        st.query_params[name] = str(st.session_state[key])


def _bins(shares: Distribution) -> str:
    if shares.kind != "numeric":
        return "Category"
    if shares.role == "score":
        return "Score, in equal steps"
    return f"Value, cut at deciles of the {shares.beside.lower()}"


def _tests(shown: list[DriftTest]) -> dict[str, list[str]]:
    limits = [formats.bounds(test.limit_low, test.limit_high, test.unit) for test in shown]
    return {
        "Measure": [_measure(test) for test in shown],
        "Value": [formats.plain(_value(test)) for test in shown],
        f"95{formats.THIN}% interval": [formats.plain(_interval(test)) for test in shown],
        "Limit": [formats.plain(limit) for limit in limits],
        "Verdict": [status_markup(test.status) for test in shown],
    }


def _measures(shown: list[DriftTest]) -> dict[str, list[str]]:
    return {
        "Measure": [_measure(test) for test in shown],
        "Value": [formats.plain(_value(test)) for test in shown],
        f"95{formats.THIN}% interval": [formats.plain(_interval(test)) for test in shown],
        # That intervals are those of the populations' distance is the same for all of them.
        "Method": [formats.plain(test.method.split("; interval")[0]) for test in shown],
    }


def _measure(test: DriftTest) -> str:
    return f"**{formats.plain(test.title)}**" if test.decides else formats.plain(test.title)


def _interval(test: DriftTest) -> str:
    if test.low is None or test.high is None:
        return formats.NONE
    return f"{formats.number(test.low, test.unit)} to {formats.number(test.high, test.unit)}"


def _value(test: DriftTest) -> str:
    if test.value is None:
        return test.reason or formats.NONE
    beside = "" if test.p_value is None else f" ({formats.p_value(test.p_value)})"
    return formats.number(test.value, test.unit) + beside


def _facts(detail: ColumnDetail) -> str:
    window = formats.window(detail.window.start, detail.window.end, detail.window.index)
    role = _ROLE_WORDS.get(detail.role, detail.role.value)
    parts = [f"{role.capitalize()}, {window}, n = {detail.window.n:,}"]
    shares = detail.distribution
    if shares is not None:
        now, before = shares.missing_current, shares.missing_reference
        if now is not None and before is not None:
            parts.append(
                f"missing values {formats.number(now, 'share')} "
                f"({shares.beside.lower()} {formats.number(before, 'share')})"
            )
    if detail.first_window is not None:
        since = formats.day(detail.first_seen_at) if detail.first_seen_at else f"window {detail.first_window}"
        parts.append(f"first drifted {since}")
    return "; ".join(parts) + ". The measure in bold decides."


def shared(view: DriftView) -> None:
    """Show columns that drift in several models at once: their source is the first suspect."""
    if not view.shared:
        return
    with st.container(border=True):
        st.subheader("The same column drifts in several models", anchor=False)
        st.table(
            {
                "Column": [f"**{formats.plain(one.feature)}**" for one in view.shared],
                "Models": [formats.plain(", ".join(one.models)) for one in view.shared],
                "Since": [formats.plain(formats.day(one.first_seen_at)) for one in view.shared],
            },
            border="horizontal",
            hide_index=True,
            alt="Columns that drift in several models",
        )
        st.caption(
            "A column that moves in several models at the same time points to its source, not to a model."
        )
