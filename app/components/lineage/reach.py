"""What an object reaches: the live models, whom to ask, and what was decided of them."""

import streamlit as st

from app import formats, scope
from app.components.status import health_badge
from core.views.lineage import BlastRadius, TouchedModel

_FIRST = 8


def of(radius: BlastRadius, *, prefix: str) -> None:
    """Say how far it goes, then list the live models, worst first as they come."""
    st.markdown(formats.plain(radius.sentence))
    for one in radius.live[:_FIRST]:
        _touched(one)
    rest = radius.live[_FIRST:]
    if rest:
        with st.expander(f"{formats.count(len(rest), 'more live model')}", key=f"{prefix}_more_live"):
            for one in rest:
                _touched(one)


def _touched(one: TouchedModel) -> None:
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            health_badge(one.health)
            st.page_link(
                scope.MODEL,
                label=f"**{formats.plain(one.model)}**",
                query_params=scope.naming(model=one.model),
            )
        facts = [
            None
            if one.version is None
            else " ".join(filter(None, (one.alias, formats.version(one.version)))),
            f"owned by {one.owner}" if one.owner else "no owner",
            f"{one.risk} risk" if one.risk else None,
        ]
        st.caption(formats.plain(" · ".join(fact for fact in facts if fact)))
        if one.why:
            st.markdown(formats.plain(one.why))
        for decision in one.decisions:
            st.caption(formats.plain(f"Decided: {decision}"))
