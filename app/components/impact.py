"""Tables that rules ask for: which numbers, how to read them, and that none is a legal verdict."""

import streamlit as st

from app import formats, scope
from app.components import states
from app.components.fairness_figures import GLYPHS
from core.views.fairness import FairnessView, Impact, ImpactRow, ImpactTable

_PRESETS = {"four_fifths": "Four-fifths screen", "ll144": "NYC LL144 impact ratio"}
_RATES = {"selection": "Selection rate", "scoring": "Scoring rate"}
_HOW = {
    "four_fifths": (
        "29 CFR 1607.4 D: a selection rate under four fifths of the highest group's is generally taken "
        "as evidence of adverse impact. It is a screen: the mark follows the interval, since chance alone "
        "takes small groups outside. Groups under 30 rows are withheld."
    ),
    "ll144": (
        "6 RCNY § 5-301: impact ratio = the category's rate over the rate of the most selected category; "
        "the scoring rate is the share scored above the sample's median. Categories under 2 % of the data "
        "are left out of the ratios, as the rule allows, with number and rate. Each row counts as one person."
    ),
}
_NOT_LEGAL = "Not a legal verdict: no bias audit, and no finding about any law."


def card(view: FairnessView) -> None:
    """Show a rule's table, which one is in the link."""
    found = view.impact
    if found is None:
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Tables that rules ask for", anchor=False, width="stretch")
            _pick("preset", "Table", _PRESETS, found.preset)
            if len(found.rates) > 1:
                _pick("rate", "Rate", {name: _RATES[name] for name in found.rates}, found.rate)
        if found.missing:
            states.empty("This table cannot be made", found.missing, icon=":material/table_chart_view:")
        else:
            for table in found.tables:
                _table(found, table)
        if found.note:
            st.markdown(formats.plain(found.note))
        st.caption(f"**{_NOT_LEGAL}** {formats.plain(_HOW[found.preset])}")


def _pick(name: str, label: str, options: dict[str, str], chosen: str) -> None:
    key = f"fairness_{name}"
    st.session_state[key] = chosen
    st.segmented_control(
        label,
        list(options),
        format_func=lambda one: options.get(one, one),
        key=key,
        on_change=scope.linked,
        args=(key, name),
        label_visibility="collapsed",
        required=True,
        width="content",
    )


def _table(found: Impact, table: ImpactTable) -> None:
    rate = _RATES[found.rate]
    counted = "Selected" if found.rate == "selection" else "Above the median"
    shown = table.rows
    cells = {
        "Category": [formats.plain(row.category) for row in shown],
        "Rows": [f"{row.n:,}" for row in shown],
        counted: ["withheld" if row.n_hits is None else f"{row.n_hits:,}" for row in shown],
        rate: [formats.plain(formats.number(row.rate, "share")) for row in shown],
        "Impact ratio": [formats.plain(_ratio(row)) for row in shown],
    }
    if any(row.mark is not None for row in shown):
        cells["Interval for all pairs"] = [formats.plain(_interval(row)) for row in shown]
    st.markdown(f"**{formats.plain(table.title)}**")
    st.table(cells, border="horizontal", hide_index=True, alt=f"{rate} and impact ratio by {table.title}")
    st.caption(formats.plain(_facts(found, table)))


def _ratio(row: ImpactRow) -> str:
    if row.ratio is None:
        return row.note or formats.NONE
    glyph = "" if row.mark is None else f"{GLYPHS[row.mark]} "
    return f"{glyph}{row.ratio:.3f}"


def _interval(row: ImpactRow) -> str:
    if row.low is None or row.high is None:
        return "highest rate" if row.mark == "reference" else formats.NONE
    return f"{row.low:.3f} to {row.high:.3f}"


def _facts(found: Impact, table: ImpactTable) -> str:
    parts = [f"Highest rate: {table.most}." if table.most else "No category has a rate."]
    if found.median is not None:
        parts.append(f"Median score of the sample: {found.median:.4g}.")
    if found.preset == "ll144":
        parts.append(f"Persons of an unknown category, in no number here: {table.n_unknown:,}.")
    if table.n_left_out:
        parts.append(
            f"Left out, under 2 % of the data: {formats.count(table.n_left_out, 'category', 'categories')}."
        )
    return " ".join(parts)
