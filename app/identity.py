"""Who looks at a page: told to control with every request, and to the reader in a corner.

The pane's door tells who that is (see core/server/doorman.py); a page that cannot say for whom it asks says
so, and is refused by control: it is never taken for the owner.
"""

import json
from collections.abc import Mapping

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from app import formats
from app.components import states
from core.client import Client
from core.errors import TrimtabError, Unauthorised

MODE = "local"
"""Where names come from; "open": nowhere, and whoever looks changes nothing."""
NOBODY = "-"
_HEADER = "X-Trimtab-Person"
_COOKIE = "_streamlit_user"


def claims_of(cookies: Mapping[str, str]) -> Mapping[str, object]:
    """Return what the provider said of who sends these cookies; empty where this dashboard signed none."""

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value)

    found = get_cookie_with_chunks(signed, _COOKIE)
    try:
        claims = json.loads(found or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def signed_in() -> str | None:
    """Return for whom the page asks, as control reads it; None for the operating system's user."""
    if MODE == "local":
        return None
    return st.context.headers.get(_HEADER) or NOBODY


def require(client: Client) -> None:
    """Go on for who is signed in, with their name in a corner; show others how to sign in."""
    if MODE in {"local", "open"}:
        return
    try:
        me = client.me()
    except Unauthorised as error:
        _welcome(error, known=signed_in() != NOBODY)
        st.stop()
    except TrimtabError as error:
        states.failure("who you are", error)
        st.stop()
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        st.caption(formats.plain(f"{me.name} · {', '.join(me.roles) or 'no role'}"), width="content")
        if MODE != "oidc":
            return
        if not me.fresh:
            st.button("Sign in again", icon=":material/key:", key="sign_in_again", on_click=st.login)
        st.button("Sign out", icon=":material/logout:", key="sign_out", on_click=_sign_out, args=(client,))


def _welcome(error: TrimtabError, *, known: bool) -> None:
    st.title("Trimtab", anchor=False)
    if known:
        st.warning(formats.plain(f"{error.message}. {error.hint}".strip()))
    else:
        st.markdown("Sign in to see what your models do.")
    if MODE == "oidc":
        st.button("Sign in", icon=":material/login:", type="primary", key="sign_in", on_click=st.login)


def _sign_out(client: Client) -> None:
    # The cookie would outlive the page: what ends is the session, whatever becomes of the cookie.
    try:
        client.sign_out()
    except TrimtabError as error:
        # A session that is over already is what was wanted.
        if not isinstance(error, Unauthorised):
            states.remember("sign out", error)
            return
    st.logout()
