"""Files that not everybody may have."""

import streamlit as st

from app import identity

_NAMELESS = frozenset({"local", "open"})


def restricted(what: str, address: str, *, command: str) -> None:
    """Offer a file that not everybody may have: a link that says who follows it, else the command.

    Where nobody signs in, a link says nothing of who follows it, and any user of the machine could.
    """
    if identity.MODE not in _NAMELESS:
        st.link_button(f"Download {what}", address, icon=":material/download:", type="tertiary")
        return
    with st.popover(f"How to fetch the {what}", icon=":material/terminal:", type="tertiary"):
        st.caption("It holds private parts. On this machine, as the workspace's owner:")
        st.code(command, language=None)
