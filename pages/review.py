"""Review: what changed since last time, what is decided about it, and the minutes."""

from functools import partial

import streamlit as st

from app import deps, reviewing, scope
from app.components import review, states

client = deps.client()
link = st.query_params.to_dict()
asked = scope.review_scope(link)
view = states.attempt("Review", "the reviews", partial(client.review_view, asked), height=760)

if view.review is None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title("Review", anchor=False, width="stretch")
        reviewing.opening(client, view)
    review.listed(view)
    st.stop()

place = scope.presented(link, len(view.review.items))
reviewing.head(client, view.review, place)
states.remembered()
if place is None:
    reviewing.back()
    review.read(view.review)
else:
    reviewing.present(client, view.review, place)
