"""The one client through which all pages read and ask."""

import streamlit as st

from app import identity
from core.client import Client


@st.cache_resource(show_spinner=False)
def client() -> Client:
    """Return the pane's client of the control process, shared by all sessions."""
    return Client.of_pane(signed_in=identity.signed_in)
