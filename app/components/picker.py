"""The choice of a model at the head of a page."""

from collections.abc import Sequence

import streamlit as st

from app import scope


def of_models(shown: str | None, models: Sequence[str]) -> None:
    """Let the reader choose a model, in the order given; the one that is shown is always among them."""
    st.session_state["picked_model"] = shown
    st.selectbox(
        "Model",
        list(dict.fromkeys([*(() if shown is None else (shown,)), *models])),
        index=None,
        placeholder="Pick a model",
        key="picked_model",
        on_change=_open_model,
        width=280,
    )


def _open_model() -> None:
    picked = st.session_state["picked_model"]
    if picked is not None:
        st.query_params.from_dict(scope.naming(model=picked))
