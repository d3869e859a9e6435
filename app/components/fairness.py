"""Fairness: groups of people side by side, each card with its finding and how to read it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app import formats, palette
from app.components import (
    fairness_figures,
    fairness_history,
    fairness_planes,
    figures,
    impact,
    picker,
    states,
)
from app.components.status import status_markup
from core.views.fairness import FairnessView, Told

_ALL = "all"
_FEW = 4


def heading(view: FairnessView) -> None:
    """Say whose fairness this is, over which rows."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap="xsmall", width="content"):
            st.title("Fairness", anchor=False)
            if view.name is not None:
                st.header(formats.plain(_subject(view)), anchor=False)
            if view.n and not view.empty_title:
                st.caption(formats.plain(_facts(view)))
        if view.models:
            picker.of_models(view.name, view.models)


def _subject(view: FairnessView) -> str:
    named = view.version not in {"", "unknown"} and "," not in view.version
    return f"{view.name} {formats.version(view.version)}" if named else str(view.name)


def _facts(view: FairnessView) -> str:
    reference = f" · reference group: {view.reference}" if view.reference else ""
    chosen = "" if view.is_chosen or not view.reference else " (the best-off)"
    return f"{formats.count(view.n, 'row')}, {view.period}{reference}{chosen}"


def nothing(view: FairnessView) -> None:
    """Explain why there is nothing to compare."""
    with st.container(border=True, width=720):
        states.empty(view.empty_title, view.empty_reason, icon=":material/balance:", alone=True)
        states.next_step(view.name, view.models)


def filters(view: FairnessView) -> None:
    """Let the reader choose column, measure, windows and reference group; every choice is in the link."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        columns = dict.fromkeys(view.attributes)
        _choose("attribute", "Sensitive column", {name: name for name in columns}, view.attribute)
        if view.classes and view.of_class is not None:
            _choose("class", "Class", {name: name for name in view.classes}, view.of_class)
        _select("measure", "Measure", dict(view.measures), view.measure)
        _period(view)
        names = {"": "Best off", **{one.name: one.name for one in view.levels}}
        _select("against", "Reference group", names, view.reference or "" if view.is_chosen else "")


def _choose(name: str, label: str, options: Mapping[str, str], chosen: str) -> None:
    """Offer a few options side by side, many in a list."""
    if len(options) > _FEW:
        _select(name, label, options, chosen)
        return
    key = f"fairness_{name}"
    st.session_state[key] = chosen
    st.segmented_control(
        label,
        list(options),
        key=key,
        format_func=lambda one: formats.plain(options.get(one, one)),
        on_change=_chosen,
        args=(key, name),
        required=True,
        width="content",
    )


def _select(name: str, label: str, options: Mapping[str, str], chosen: str, *, width: int = 220) -> None:
    key = f"fairness_{name}"
    st.session_state[key] = chosen if chosen in options else next(iter(options))
    st.selectbox(
        label,
        list(options),
        format_func=lambda one: options.get(one, one),
        key=key,
        on_change=_chosen,
        args=(key, name),
        width=width,
    )


def _chosen(key: str, name: str) -> None:
    value = st.session_state[key]
    if name == "attribute":
        # Groups are those of a column: what names one belongs to the column before.
        for other in ("against", "cross", "group"):
            st.query_params.pop(other, None)
    if name == "measure":
        st.query_params.pop("group", None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _period(view: FairnessView) -> None:
    """Offer all closed windows, the last ones, and each by itself."""
    n = len(view.windows)
    options = {_ALL: "All closed windows"}
    options |= {f"last {k}": f"Last {k} windows" for k in (7, 30, 90) if k < n}
    if view.scope.last is not None and view.scope.window is None:
        options.setdefault(f"last {view.scope.last}", f"Last {formats.count(view.scope.last, 'window')}")
    options |= {
        str(one.index): formats.window(one.start, one.end, one.index) for one in reversed(view.windows)
    }
    chosen = _ALL if view.scope.last is None else f"last {view.scope.last}"
    if view.scope.window is not None:
        chosen = str(view.scope.window)
        options.setdefault(chosen, view.period)
    key = "fairness_period"
    st.session_state[key] = chosen
    st.selectbox(
        "Windows",
        list(options),
        format_func=lambda one: options.get(one, one),
        key=key,
        on_change=_windows_chosen,
        args=(key,),
        width=240,
    )


def _windows_chosen(key: str) -> None:
    for name in ("window", "last"):
        st.query_params.pop(name, None)
    picked = str(st.session_state[key])
    if picked.startswith("last "):
        st.query_params["last"] = picked.removeprefix("last ")
    elif picked != _ALL:
        st.query_params["window"] = picked


def verdict(view: FairnessView) -> None:
    """Show the verdict with its sentence, what it is on, and what waits for labels."""
    told = view.verdict
    with st.container(gap="xsmall"):
        if told is None:
            st.markdown(
                f"{formats.plain(view.sentence)} :gray[No rule of the policy judges this measure here.]"
            )
        else:
            st.markdown(f"{status_markup(told.status)} {formats.plain(told.sentence)}")
            st.caption(_source(told, view))
        if view.labels.text:
            st.caption(formats.plain(view.labels.text))


def _source(told: Told, view: FairnessView) -> str:
    command = told.command.replace("`", "")
    if told.verdict_id is None:
        return f"Judged over these windows together by the policy's rule; the same: `{command}`"
    span = (
        "" if told.window is None else formats.window(told.window.start, told.window.end, told.window.index)
    )
    where = "" if view.scope.window is not None else f" on {formats.plain(span)}, the latest that is judged"
    return f"Stored verdict{where}; the same: `{command}`"


def board(view: FairnessView) -> None:
    """Show all cards."""
    left, right = st.columns(2)
    with left:
        _levels(view)
    with right:
        _contrasts(view)
    left, right = st.columns(2)
    with left:
        _tradeoff(view)
    with right:
        _crossing(view)
    _history(view)
    impact.card(view)


def _levels(view: FairnessView) -> None:
    with st.container(border=True, height="stretch"):
        st.subheader(formats.plain(f"{view.title} by {view.attribute}"), anchor=False)
        st.plotly_chart(
            fairness_figures.levels(view.levels, view.unit, is_dark=palette.dark()),
            key="fairness_levels",
            config=figures.CONFIG,
            alt=view.sentence,
        )
        parts = [
            view.sentence,
            f"Bars: {view.what}, of each group, with 95 % intervals.",
            _withheld([one.name for one in view.levels if one.value is None and "fewer than" in one.note]),
        ]
        st.caption(formats.plain(" ".join(part for part in parts if part)))


def _withheld(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"Withheld, with fewer than 30 rows: {', '.join(names)}."


def _contrasts(view: FairnessView) -> None:
    is_ratio = view.comparison == "ratio"
    with st.container(border=True, height="stretch"):
        st.subheader(
            "Ratio to the reference group" if is_ratio else "Difference to the reference group", anchor=False
        )
        if view.reference is None:
            states.empty("No group is large enough", view.contrast_note, icon=":material/group_off:")
            return
        st.plotly_chart(
            fairness_figures.contrasts(
                view.contrasts,
                view.limit_low,
                view.limit_high,
                view.unit,
                is_ratio=is_ratio,
                is_dark=palette.dark(),
            ),
            key="fairness_contrasts",
            config=figures.CONFIG,
            alt=f"{view.title} beside {view.reference}: {view.contrast_note}",
        )
        st.caption(formats.plain(f"{view.contrast_note} {_how_to_read(view)}"))


def _how_to_read(view: FairnessView) -> str:
    pairs = f"Intervals hold for all pairs of groups together; ○ under {view.min_rows} rows: no verdict."
    if view.comparison == "difference":
        return f"▲ the interval lies off 0 · ● it holds 0. {pairs}"
    band = formats.bounds(view.limit_low, view.limit_high)
    return f"■ wholly outside {band} · ▲ crosses its edge · ● inside. {pairs}"


def _tradeoff(view: FairnessView) -> None:
    found = view.tradeoff
    with st.container(border=True, height="stretch"):
        st.subheader("Trade-off over thresholds", anchor=False)
        if not found.points:
            states.empty("No trade-off to show", found.missing, icon=":material/tune:")
            return
        st.plotly_chart(
            fairness_planes.tradeoff(found, view.limit_low, is_dark=palette.dark()),
            key="fairness_tradeoff",
            config=figures.CONFIG,
            alt=found.sentence,
        )
        left_out = f" Left out, too few rows: {', '.join(found.left_out)}." if found.left_out else ""
        st.caption(
            formats.plain(
                f"{found.sentence} Each dot is one threshold for all: up is more alike in selection rate, "
                f"right is more accurate (n = {found.n:,} labelled rows). The ring is today's.{left_out}"
            )
        )


def _crossing(view: FairnessView) -> None:
    crossing = view.crossing
    with st.container(border=True, height="stretch"):
        if crossing is None:
            st.subheader("Intersections", anchor=False)
            states.empty(
                "One sensitive column only",
                "Groups are crossed where the spec names two sensitive columns.",
                icon=":material/grid_off:",
            )
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            title = formats.plain(f"{view.attribute} × {crossing.column}")
            st.subheader(title, anchor=False, width="stretch")
            others = [name for name in view.attributes if name != view.attribute]
            if len(others) > 1:
                _select("cross", "Crossed with", {name: name for name in others}, crossing.column, width=180)
        if crossing.verdict is not None:
            st.markdown(status_markup(crossing.verdict.status), help=formats.plain(crossing.verdict.sentence))
        is_ratio = view.comparison == "ratio"
        st.plotly_chart(
            fairness_planes.crossing(crossing, view.unit, is_ratio=is_ratio, is_dark=palette.dark()),
            key="fairness_crossing",
            config=figures.CONFIG,
            alt=crossing.sentence,
        )
        st.caption(formats.plain(f"{crossing.sentence} ■ ▲ ● ○ as beside the reference group."))


def _history(view: FairnessView) -> None:
    shown = view.history
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(formats.plain(f"{view.title} over time"), anchor=False, width="stretch")
            if len(shown.groups) > 1:
                _select(
                    "group",
                    "Group",
                    {one.segment: one.segment for one in shown.groups},
                    shown.picked,
                    width=200,
                )
        if not shown.groups:
            states.empty("Nothing over time", shown.sentence, icon=":material/timeline:")
            return
        st.plotly_chart(
            fairness_history.history(shown, view.unit, is_dark=palette.dark()),
            key="fairness_history",
            config=figures.CONFIG,
            alt=shown.sentence,
        )
        st.caption(
            formats.plain(
                f"{shown.sentence} The picked group with its 95 % interval, the others thin; dashed: the "
                "limit that fails; shaded: incidents. Gaps: windows waiting for labels or with under 30 rows."
            )
        )
