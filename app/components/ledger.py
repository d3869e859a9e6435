"""The ledger: whether it holds, how far it is signed, what came last, and a copy to take away."""

import streamlit as st

from app import formats
from app.components import downloads, states
from core.client import Client
from core.errors import TrimtabError
from core.views.activity import Event
from core.views.governance import GovernanceView, LedgerNote

_FRESH = "ledger_proof"


def board(client: Client, view: GovernanceView) -> None:
    """Show how the ledger stands."""
    note = view.ledger
    if note is None or not note.rows:
        states.empty(
            "Nothing is on record yet",
            "The ledger begins with the first decision. That is how a new workspace looks.",
            alone=True,
        )
        return
    _state(client, note)
    _cards(note)
    _events(note.events)


def _state(client: Client, note: LedgerNote) -> None:
    ok, said = _said(note)
    with st.container(border=True):
        st.markdown(f"{_badge(ok)} {formats.plain(said)}")
        if not note.anchored:
            st.caption(
                "Checkpoints are kept only in this workspace: who has the database and the key could rewrite "
                "its history. Name an anchor that somebody else owns (ledger.anchor in trimtab.toml)."
            )
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Verify ledger",
                icon=":material/verified_user:",
                key="verify_ledger",
                on_click=_verify,
                args=(client,),
            )
            downloads.restricted(
                "export",
                "/api/v1/ledger/export",
                command="trimtab ledger export ledger.jsonl",
            )
        st.caption(
            "The export holds private parts; it takes the auditor's role. Check it with verify_ledger.py, "
            "which trimtab ledger export writes beside it."
        )
    states.remembered()


def _badge(ok: bool | None) -> str:
    if ok is None:
        return ":gray-badge[○ Not verified here]"
    return ":green-badge[● Holds]" if ok else ":red-badge[■ Does not hold]"


def _said(note: LedgerNote) -> tuple[bool | None, str]:
    fresh: tuple[bool, str] | None = st.session_state.get(_FRESH)
    if fresh is not None:
        return fresh
    if note.proof is None:
        return None, f"{note.rows:,} entries are too many to walk for each look at this page."
    if note.proof.ok:
        return True, f"All {note.proof.rows:,} entries follow one another, and every signature is right."
    return False, f"{note.proof.kind} at entry {note.proof.first_bad} of {note.proof.rows:,}."


def _verify(client: Client) -> None:
    try:
        proof = client.verify_ledger()
    except TrimtabError as error:
        states.remember("verify the ledger", error)
        return
    if proof.ok:
        said = f"Verified now: {proof.rows:,} entries, {proof.unanchored:,} after the newest anchor."
    else:
        said = f"{proof.kind} at entry {proof.first_bad} of {proof.rows:,}."
    st.session_state[_FRESH] = (proof.ok, said)


def _cards(note: LedgerNote) -> None:
    unanchored = "–" if note.proof is None else f"{note.proof.unanchored:,}"
    for column, (label, value) in zip(
        st.columns(4),
        (
            ("Entries", f"{note.rows:,}"),
            ("Not signed yet", f"{note.n_unsigned:,}"),
            ("Not kept elsewhere", unanchored),
            ("Signed up to entry", f"{note.signed_seq:,}"),
        ),
        strict=True,
    ):
        with column:
            st.metric(label, value, border=True)
    signed = "no checkpoint yet" if note.signed_at is None else f"signed {formats.when(note.signed_at)}"
    st.caption(f"Last checkpoint: {signed}. Hash of the newest entry:")
    st.code(note.head, language=None)


def _events(events: tuple[Event, ...]) -> None:
    st.header("Newest entries", anchor=False)
    st.table(
        {
            "Entry": [f"{one.seq}" for one in events],
            "When": [formats.when(one.at) for one in events],
            "Who": [formats.plain(one.actor) for one in events],
            "Model": [formats.plain(one.model or formats.NONE) for one in events],
            "What": [formats.plain(one.sentence) for one in events],
        },
        border="horizontal",
        hide_index=True,
        alt="The newest entries of the ledger, the latest first",
    )
