"""Segments: why a number differs between two windows, which segments broke, and which only grew."""

import streamlit as st

from app import formats, palette, scope
from app.components import figures, segment_figures, states
from app.components.status import status_markup
from core.change import ChangeExplained, Effect, FoundSegment, Level, Part, segment_text
from core.domain import Status
from core.views.change import ChangeView, SegmentVerdict, WindowChoice

_REFERENCE = "reference"
_GLYPHS = {Status.FAIL: "■ ", Status.WARN: "▲ "}


def board(view: ChangeView, *, told: str | None = None) -> None:
    """Show the whole tab; a sentence that the page has ``told`` already is not told again."""
    _pickers(view)
    found = view.explained
    if found is None:
        states.empty("Nothing to explain yet", view.empty_reason or "No window with rows has closed yet.")
        _named(view)
        return
    _sentence(view, found, told)
    _worst(found)
    _named(view)
    left, right = st.columns(2)
    with left:
        _split(found)
    with right:
        _columns(found)


def _pickers(view: ChangeView) -> None:
    if not view.windows:
        return
    names = {str(one.index): _window(one) for one in reversed(view.windows)}
    titles = dict(view.metrics)
    asked = view.scope
    latest = asked.after
    if latest not in names and view.explained is not None and view.explained.after.window is not None:
        latest = str(view.explained.after.window.index)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _pick("from", "From", {_REFERENCE: "Reference", **names}, asked.before or _REFERENCE)
        _pick("to", "To", names, latest if latest in names else next(iter(names)))
        if len(titles) > 1:
            _pick("of", "Metric", titles, asked.metric or next(iter(titles)))


def _pick(name: str, label: str, options: dict[str, str], chosen: str) -> None:
    key = f"picked_{name}"
    st.session_state[key] = chosen if chosen in options else next(iter(options))
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=scope.linked,
        args=(key, name),
        width=260,
    )


def _window(one: WindowChoice) -> str:
    days = formats.window(one.start, one.end, one.index)
    return f"{_GLYPHS.get(one.status, '') if one.status else ''}{days}"


def _sentence(view: ChangeView, found: ChangeExplained, told: str | None) -> None:
    window = found.after.window
    with st.container(border=True, gap="small"):
        if found.sentence != told:
            st.subheader("Why", anchor=False)
            st.markdown(formats.plain(found.sentence))
        made = "explained on request"
        if view.recorded_at is not None:
            made = f"explained when judged, {formats.when(view.recorded_at)}"
        facts = [
            "" if window is None else formats.window(window.start, window.end, window.index),
            f"{found.n_tested:,} segments searched",
            made,
            *found.notes,
            "This says where the number changed, not what caused it.",
        ]
        st.caption(formats.plain(" · ".join(fact.rstrip(".") for fact in facts if fact) + "."))


def _worst(found: ChangeExplained) -> None:
    shown = (*found.found, *found.shown)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.subheader(formats.plain(f"{found.title} by segment, with 95 % interval"), anchor=False)
        if not shown:
            st.caption("No segment has enough rows on both sides to be compared with the others.")
            return
        st.plotly_chart(
            segment_figures.by_segment(found, is_dark=palette.dark()),
            key="by_segment",
            config=figures.CONFIG,
            alt=_finding(found),
        )
        st.caption(
            "Worst first. Filled: now, red where the segment stands out at a false discovery rate of 5 %. "
            f"Hollow: {formats.plain(found.before.name)}. Dashed: all rows now."
        )
    with right, st.container(border=True, height="stretch"):
        st.subheader("Worst segments", anchor=False)
        st.table(
            {
                "Segment": [_name(one, stands_out=one in found.found) for one in shown],
                "Rows": [f"{one.after.n:,}" for one in shown],
                "Change": [formats.plain(_levels(one.before, one.after, found.unit)) for one in shown],
                "Beyond the others": [formats.plain(_effect(one.gap, found.unit)) for one in shown],
                "p": [
                    formats.plain(formats.p_value(one.q_value).removeprefix("p ").removeprefix("= "))
                    for one in shown
                ],
            },
            border="horizontal",
            hide_index=True,
            alt="Segments that moved most against the remaining rows, worst first",
        )
        st.caption(
            "“Beyond the others” is how much more the segment changed than the remaining rows, with its 95 % "
            "interval; p is adjusted for all segments searched (Benjamini-Yekutieli)."
        )


def _finding(found: ChangeExplained) -> str:
    if not found.found:
        return f"No segment stands out among {found.n_tested:,}"
    worst = found.found[0]
    return f"{segment_text(worst.segment)} stands out: {_levels(worst.before, worst.after, found.unit)}"


def _name(one: FoundSegment, *, stands_out: bool) -> str:
    mark = ":red[■] " if stands_out else ""
    new = " :blue-badge[new]" if one.is_new else ""
    like = f"  \n:gray[{formats.plain(_like(one))}]" if one.like else ""
    return f"{mark}{formats.plain(segment_text(one.segment))}{new}{like}"


def _like(one: FoundSegment) -> str:
    rest = f" and {len(one.like) - 1} more" if len(one.like) > 1 else ""
    return f"explains {segment_text(one.like[0])}{rest}"


def _levels(before: Level, after: Level, unit: str) -> str:
    now = formats.number(after.value, unit)
    return f"new, {now}" if before.value is None else f"{formats.number(before.value, unit)}\u00a0→ {now}"


def _effect(one: Effect, unit: str) -> str:
    return f"{_signed(one.value, unit)} ({_signed(one.low, unit)} to {_signed(one.high, unit)})"


def _signed(value: float, unit: str) -> str:
    """Return a difference in three decimals: a smaller one is nothing here."""
    return formats.signed(round(value, 3), unit)


def _split(found: ChangeExplained) -> None:
    split = found.split
    if split is None or found.change is None:
        return
    with st.container(border=True, height="stretch"):
        by = " and ".join(split.by)
        st.subheader(formats.plain(f"Mix and change within, by {by}"), anchor=False)
        st.plotly_chart(
            segment_figures.split(found, is_dark=palette.dark()),
            key="split",
            config=figures.CONFIG,
            alt=f"Of {formats.signed(split.change)}, mix {formats.signed(split.mix.value)} and within "
            f"{formats.signed(split.within.value)}",
        )
        st.caption(
            formats.plain(
                f"The change of {formats.signed(split.change, found.unit)} is exactly mix "
                f"{_effect(split.mix, found.unit)}{_chance(split.mix)} plus within "
                f"{_effect(split.within, found.unit)}{_chance(split.within)}. Mix: the segment grew or "
                "shrank. Within: its own number changed."
            )
        )


def _chance(one: Effect) -> str:
    return ", perhaps by chance" if one.may_be_chance else ""


def _columns(found: ChangeExplained) -> None:
    if not found.columns:
        return
    shown = found.columns[:8]
    with st.container(border=True, height="stretch"):
        st.subheader("What a shift of each column did", anchor=False)
        st.table(
            {
                "Column": [formats.plain(one.column) for one in shown],
                "By mix": [formats.plain(_effect(one.mix, found.unit)) for one in shown],
                "Most of it": [formats.plain(_moved(one.moved)) for one in shown],
            },
            border="horizontal",
            hide_index=True,
            alt="Effect of the changed mix of each column on the metric",
        )
        st.caption(
            "How the metric would have moved if each column's segments had only grown and shrunk. Columns "
            f"overlap: these do not add up. {formats.plain(found.time_note)}"
        )


def _moved(part: Part) -> str:
    shares = f"{100 * part.share_before:.0f} % → {100 * part.share_after:.0f} %"
    return f"{segment_text(part.segment)}: {shares}"


def _named(view: ChangeView) -> None:
    if not view.named:
        return
    with st.container(border=True):
        st.subheader("Segments of the spec", anchor=False)
        st.table(
            {
                "Segment": [formats.plain(segment_text(one.segment)) for one in view.named],
                "Verdict": [status_markup(one.status) for one in view.named],
                "Value": [formats.plain(_value(one)) for one in view.named],
                "Limit": [formats.plain(formats.bounds(one.limit_low, one.limit_high)) for one in view.named],
                "Rows": [f"{one.n:,}" for one in view.named],
            },
            border="horizontal",
            hide_index=True,
            alt="Verdicts of the segments that the spec names, worst first",
        )
        st.caption("Each is judged apart, against its own reference rows.")


def _value(one: SegmentVerdict) -> str:
    if one.value is None:
        return formats.NONE
    beside = formats.interval(one.low, one.high)
    return formats.number(one.value) + (f" ({beside})" if beside else "")
