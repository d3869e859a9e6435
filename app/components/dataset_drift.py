"""Two versions of a data set beside each other: pickers, and the columns that lie farthest apart."""

from typing import TYPE_CHECKING

import pyarrow as pa
import streamlit as st

from app import formats
from app.components import states
from app.components.status import status_text
from core.client import Client
from core.domain import Status
from core.errors import TrimtabError
from core.views.datasets import (
    ColumnDistance,
    ColumnDrift,
    ColumnProfile,
    DatasetDrift,
    DatasetFile,
    DatasetSide,
    DatasetsView,
)

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

_ROW = 37
_MOST_TALL = 14
_MOST_NAMED = 8
_ANSWER = "dataset_drift_answer"


def board(client: Client, view: DatasetsView) -> None:
    """Offer two versions whose rows are at hand, and show how they differ once that was asked for."""
    at_hand = [one for one in view.files if not one.missing]
    pairs = {one.ref: _partners(one, at_hand) for one in at_hand}
    first = [ref for ref, others in pairs.items() if others]
    if not view.files:
        return
    st.subheader("Drift between two versions", anchor=False)
    if first:
        _ask(client, first, pairs)
    else:
        st.caption("No model here has two versions of its data whose rows are at hand in the workspace.")
    _absent(view)


def _partners(one: DatasetFile, at_hand: list[DatasetFile]) -> list[str]:
    """Return what a version can be compared with: what the same model was made of."""
    return [other.ref for other in at_hand if other.ref != one.ref and set(one.models) & set(other.models)]


def _ask(client: Client, first: list[str], pairs: dict[str, list[str]]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before = st.selectbox("Before", first, key="dataset_before", width=340)
        after = st.selectbox("After", pairs[before], key="dataset_after", width=340)
        asked = st.button("Compare", icon=":material/compare_arrows:", key="dataset_compare")
    if asked:
        st.session_state.pop(_ANSWER, None)
        try:
            with st.spinner("Counting both files"):
                st.session_state[_ANSWER] = (before, after, client.dataset_drift(before, after))
        except TrimtabError as error:
            states.failure("how the two differ", error)
            return
    known = st.session_state.get(_ANSWER)
    if known is not None and known[:2] == (before, after):
        _answer(known[2])
    else:
        st.caption("Both files are counted when that is asked for, up to five million rows each.")


def _answer(told: DatasetDrift) -> None:
    for side in (told.before, told.after):
        if side.note:
            st.warning(formats.plain(f"{side.ref}: {side.note}."))
    n = sum(one.status is Status.FAIL for one in told.columns)
    of = formats.count(len(told.columns), "column")
    st.markdown(
        formats.plain(
            f"Past a limit of {told.model}'s policy: {n or 'none'} of {of}. "
            f"Before {_side(told.before)}, after {_side(told.after)}."
        )
    )
    leading = [one.distances[0] if one.distances else None for one in told.columns]
    st.dataframe(
        pa.table(
            {
                "name": [one.name for one in told.columns],
                "kind": [one.kind for one in told.columns],
                "drift": [_status(one) for one in told.columns],
                "value": [_value(one) for one in leading],
                "interval": [_interval(one) for one in leading],
                "limit": [_limit(one) for one in leading],
                "n": pa.array([None if one is None else one.n for one in leading], pa.int64()),
                "before": [_profile(one.before) for one in told.columns],
                "after": [_profile(one.after) for one in told.columns],
                "others": [_others(one) for one in told.columns],
            }
        ),
        column_config=_columns(),
        hide_index=True,
        row_height=_ROW,
        placeholder=formats.NONE,
        height=_ROW * (min(len(told.columns), _MOST_TALL) + 1) + 3,
        key="dataset_drift",
        alt="Columns of two versions with status, distance, limit and a profile of each, the worst first",
    )
    rest = [
        f"{words}: {', '.join(names[:_MOST_NAMED])}{' …' if len(names) > _MOST_NAMED else ''}."
        for words, names in (
            ("Features that a file lacks", told.left_out),
            (f"Columns that are no features of {told.model}, not compared", told.beside),
        )
        if names
    ]
    if rest:
        st.caption(formats.plain(" ".join(rest)))


def _absent(view: DatasetsView) -> None:
    absent = [one for one in view.files if one.missing]
    if not absent:
        return
    with st.expander(f"{formats.count(len(absent), 'version')} whose rows are not at hand"):
        lines = (f"- {formats.plain(one.ref)}: {formats.plain(one.missing)}" for one in absent)
        st.markdown("\n".join(lines))


def _side(side: DatasetSide) -> str:
    return f"{formats.count(side.n_rows, 'row')} of {side.ref}"


def _status(one: ColumnDrift) -> str:
    return "○ not judged" if one.status is None else status_text(one.status)


def _value(one: ColumnDistance | None) -> str:
    if one is None or one.value is None:
        return formats.NONE if one is None or one.reason is None else one.reason
    return f"{one.metric} {formats.number(one.value, one.unit)}"


def _interval(one: ColumnDistance | None) -> str:
    if one is None or one.low is None or one.high is None:
        return formats.NONE
    return f"{formats.number(one.low)} to {formats.number(one.high)}"


def _limit(one: ColumnDistance | None) -> str:
    found = "" if one is None else formats.limits(one.limit_low, one.limit_high)
    return found or formats.NONE


def _others(one: ColumnDrift) -> str:
    rest = [_value(each) for each in one.distances[1:] if each.value is not None]
    return ", ".join(rest) or formats.NONE


def _profile(one: ColumnProfile) -> str:
    if one.mean is not None:
        known = f"mean {formats.number(one.mean)}"
    else:
        known = formats.NONE if one.commonest is None else f"mostly {one.commonest}"
    return known if not one.missing else f"{known}, {formats.number(one.missing, 'share')} missing"


def _columns() -> "dict[str, ColumnConfig | str | None]":
    config = st.column_config
    return {
        "name": config.TextColumn("Column", width=150),
        "kind": config.TextColumn("Type", width=90),
        "drift": config.TextColumn("Drift", width=110),
        "value": config.TextColumn("Distance", width=130),
        "interval": config.TextColumn("95 % interval", width=140),
        "limit": config.TextColumn("Limit", width=130),
        "n": config.NumberColumn("Rows", format="localized", width=90, help="Rows with a value, after."),
        "before": config.TextColumn("Before", width=190),
        "after": config.TextColumn("After", width=190),
        "others": config.TextColumn("Other measures", width=320),
    }
