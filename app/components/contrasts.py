"""Two versions side by side: only what differs."""

import streamlit as st

from app import formats
from app.components import states
from core.client import Client
from core.errors import TrimtabError

_KINDS = {"metric": "Metric", "parameter": "Parameter", "input": "Input", "data": "Data set"}


def section(client: Client, model: str, before: str | None, after: str | None) -> None:
    """Show in what a version differs from the one in production, as logged with both."""
    if before is None or after is None:
        return
    try:
        found = client.contrasts(model, after, against=before)
    except TrimtabError as error:
        states.failure("what was logged with both versions", error)
        return
    same = f"{found.n_equal} logged values are the same in both."
    if found.n_one_sided:
        same += f" {found.n_one_sided} parameters only one of them logged."
    if not found.telling:
        st.caption(f"Nothing that was logged with the two versions differs. {same}")
        return
    old, new = (formats.plain(formats.version(one)) for one in (found.before, found.after))
    with st.expander(f"{len(found.telling)} logged values differ", icon=":material/compare_arrows:"):
        st.table(
            {
                "": [f"{_KINDS[one.kind]} {formats.plain(one.name)}" for one in found.telling],
                f"{old}, in production": [formats.plain(one.before or "—") for one in found.telling],
                new: [formats.plain(one.after or "—") for one in found.telling],
            },
            border="horizontal",
            hide_index=True,
            alt="What was logged with the two versions, where it differs",
        )
        st.caption(same)
