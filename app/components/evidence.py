"""The evidence of a model: how items stand by article, forms to fill, and what waits to be accepted."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import quote

import streamlit as st

from app import formats, scope
from app.components import archives, picker, states
from core.client import Client
from core.errors import TrimtabError
from core.views.governance import EvidenceItem, EvidenceView, GovernanceView, ItemState, PackNote

MARKS = {
    ItemState.ACCEPTED: ":green-badge[● Accepted]",
    ItemState.DRAFT: ":blue-badge[◐ Draft]",
    ItemState.STALE: ":yellow-badge[▲ Stale]",
    ItemState.MISSING: ":gray-badge[○ Missing]",
}
_NEEDS = (ItemState.MISSING, ItemState.STALE, ItemState.DRAFT, ItemState.ACCEPTED)
"""States in the order in which they call for somebody."""
_GLYPHS = {ItemState.ACCEPTED: "●", ItemState.DRAFT: "◐", ItemState.STALE: "▲", ItemState.MISSING: "○"}
_OPEN = "evidence_open"
_FEW = 6
_OWN = "Write"


def board(client: Client, view: GovernanceView) -> None:
    """Show the evidence of one model by one pack, and let the reader fill and accept."""
    states.remembered()
    if view.evidence is None:
        states.empty(
            "No model to ask about yet",
            "Rule packs ask about models that are registered or monitored, and there is none. That is how a "
            "new workspace looks. Watch a model, and its evidence fills itself.",
            alone=True,
        )
        states.how_to("trimtab watch SPEC.yaml --create")
        return
    found, pack = view.evidence, view.evidence.packs[0]
    _filters(view)
    _summary(client, found, pack)
    only = st.session_state.get("evidence_state")
    shown = [one for one in found.items if only is None or one.state.value == only]
    if not shown:
        st.caption("No item stands so.")
    for group, items in _groups(shown):
        _group(view, group, items, is_open=only is not None)
    chosen = next((one for one in found.items if one.id == st.session_state.get(_OPEN)), None)
    if chosen is not None:
        question = f"{_verb(chosen)} “{formats.plain(chosen.title)}”?"
        opened = st.dialog(question, icon=":material/edit_document:", on_dismiss=_leave, width="medium")
        opened(_dialog)(client, found, chosen)


def _groups(items: Sequence[EvidenceItem]) -> list[tuple[str, list[EvidenceItem]]]:
    """Return items by article, what needs somebody first; else in the order of the pack."""
    found: dict[str, list[EvidenceItem]] = {}
    for one in items:
        found.setdefault(one.group, []).append(one)
    needing = [(name, sorted(own, key=lambda one: _NEEDS.index(one.state))) for name, own in found.items()]
    return sorted(needing, key=lambda named: _NEEDS.index(named[1][0].state))


def _filters(view: GovernanceView) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picker.of_models(view.scope.model, view.models)
        titles = {one.name: one.title for one in view.packs}
        st.session_state["picked_pack"] = view.scope.pack
        st.selectbox(
            "Rule pack",
            list(titles),
            format_func=lambda name: titles[name],
            key="picked_pack",
            on_change=scope.linked,
            args=("picked_pack", "pack"),
            width=340,
        )
        st.segmented_control(
            "Show",
            [state.value for state in ItemState],
            format_func=str.capitalize,
            key="evidence_state",
        )


def _summary(client: Client, found: EvidenceView, pack: PackNote) -> None:
    n_all = len(found.items)
    counts = {state: [one for one in found.items if one.state is state] for state in ItemState}
    n_done = len(counts[ItemState.ACCEPTED])
    with st.container(border=True, gap="small"):
        st.header(f"{n_done} of {n_all} complete", anchor=False)
        st.progress(n_done / n_all if n_all else 0.0)
        st.markdown(
            " ".join(
                f"{MARKS[state]} {len(counts[state])}"
                for state in (ItemState.ACCEPTED, ItemState.DRAFT, ItemState.STALE, ItemState.MISSING)
            )
        )
        named = [_named(state, counts[state]) for state in (ItemState.STALE, ItemState.MISSING)]
        st.markdown("  \n".join(formats.plain(one) for one in named if one))
        dates = f" {' · '.join(pack.milestones)}." if pack.milestones else ""
        st.caption(
            formats.plain(
                f"{pack.rules}, pack version {pack.version} of {pack.dated}. Not legal advice: articles and "
                f"dates are to be checked against the official text.{dates}"
            )
        )
        _downloads(client, found, pack)
        archives.row(client, found, pack)
        if pack.reopens:
            st.caption(formats.plain(f"This version of the pack opened again: {'; '.join(pack.reopens)}."))


def _downloads(client: Client, found: EvidenceView, pack: PackNote) -> None:
    """Offer the documents; each goes through the door that asks who it is."""
    place = f"/api/v1/models/{quote(_name(found), safe='')}/evidence"
    asked = f"?pack={quote(pack.name, safe='')}"
    with st.container(horizontal=True, gap="small"):
        for label, path, icon in (
            ("page to print", "files/evidence.html", ":material/print:"),
            ("model card", "files/model-card.md", ":material/description:"),
            ("ML-BOM", "files/ml-bom.cdx.json", ":material/list_alt:"),
        ):
            st.link_button(f"Download {label}", f"{place}/{path}{asked}", icon=icon, type="tertiary")
        archives.button(client, found, pack)


def _named(state: ItemState, items: Sequence[EvidenceItem]) -> str:
    """Return the items that stand so by name, empty where there are none."""
    if not items:
        return ""
    more = f" and {len(items) - _FEW} more" if len(items) > _FEW else ""
    return f"{state.value.capitalize()}: {', '.join(one.title for one in items[:_FEW])}{more}."


def _group(view: GovernanceView, name: str, items: Sequence[EvidenceItem], *, is_open: bool) -> None:
    """Show one article: folded where nothing is needed of anybody, unless its items were asked for."""
    counts = Counter(one.state for one in items)
    told = " · ".join(f"{_GLYPHS[state]} {counts[state]} {state.value}" for state in _NEEDS if counts[state])
    with st.expander(
        f"**{formats.plain(name)}** :gray[{told}]",
        expanded=is_open or counts[ItemState.ACCEPTED] < len(items),
        key=f"evidence_group_{name}_{is_open}",
    ):
        for one in items:
            _row(view, one)


def _row(view: GovernanceView, one: EvidenceItem) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"{MARKS[one.state]} **{formats.plain(one.title)}**  \n{formats.plain(one.why)}  \n"
            f":small[:gray[{formats.plain(_facts(one))}]]",
            width="stretch",
        )
        if one.kind == "human":
            why_not = view.why_not_fill
            st.button(
                "Edit text" if one.text else "Write text",
                key=f"fill_{one.id}",
                icon=":material/edit:",
                disabled=bool(why_not),
                help=formats.plain(why_not) or None,
                on_click=_open,
                args=(one.id, _OWN),
            )
        if not one.bar:
            why_not = view.why_not_accept
            st.button(
                "Accept item",
                key=f"accept_{one.id}",
                icon=":material/task_alt:",
                disabled=bool(why_not),
                help=formats.plain(why_not) or None,
                on_click=_open,
                args=(one.id, "Accept"),
            )


def _facts(one: EvidenceItem) -> str:
    parts = [one.article, f"source {one.source}"]
    parts += [f"SHA-256 {one.digest[:12]}"] if one.digest else []
    parts.append(f"owner {one.owner}")
    parts += [f"good until {formats.day(one.valid_until)}"] if one.valid_until else []
    if one.accepted_by and one.accepted_at and one.state is not ItemState.MISSING:
        parts.append(f"accepted {formats.day(one.accepted_at)} by {one.accepted_by}")
    return " · ".join(parts)


def _open(identity: str, verb: str) -> None:
    st.session_state[_OPEN] = identity
    st.session_state["evidence_verb"] = verb


def _leave() -> None:
    st.session_state.pop(_OPEN, None)


def _verb(one: EvidenceItem) -> str:
    if st.session_state.get("evidence_verb") == _OWN:
        return "Edit" if one.text else "Write"
    return "Accept"


def _dialog(client: Client, found: EvidenceView, one: EvidenceItem) -> None:
    st.markdown(f"{MARKS[one.state]} {formats.plain(one.asks)}")
    st.caption(formats.plain(f"{one.article} · {one.why}"))
    if one.rests_on:
        st.caption(formats.plain(f"It is opened again when one of these changes: {', '.join(one.rests_on)}."))
    if _verb(one) == "Accept":
        _accepting(client, found, one)
    else:
        _writing(client, found, one)


def _writing(client: Client, found: EvidenceView, one: EvidenceItem) -> None:
    text = st.text_area("Text (required)", value=one.text, key=f"form_text_{one.id}", height=180)
    owner = st.text_input("Owner", value=one.owner, key=f"form_owner_{one.id}")
    until = st.date_input("Good until (optional)", value=None, key=f"form_until_{one.id}")
    st.caption("Recorded in the ledger with your name. It is a draft until somebody accepts it.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_form"):
            _leave()
            st.rerun()
        if st.button("Save text", type="primary", key="confirm_form", disabled=not text.strip()):
            ends = datetime.combine(until, time(), UTC) if isinstance(until, date) else None
            try:
                client.fill_form(_name(found), one.id, text=text, owner=owner.strip() or None, until=ends)
            except TrimtabError as error:
                states.remember("save the text", error)
            _leave()
            st.rerun()


def _accepting(client: Client, found: EvidenceView, one: EvidenceItem) -> None:
    if one.text:
        with st.container(border=True):
            st.text(one.text)
    st.caption("Recorded in the ledger with your name. It holds until what it rests on changes, or its day.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_form"):
            _leave()
            st.rerun()
        if st.button("Accept item", type="primary", key="confirm_accept"):
            try:
                client.accept_evidence(_name(found), one.id)
            except TrimtabError as error:
                states.remember("accept it", error)
            _leave()
            st.rerun()


def _name(found: EvidenceView) -> str:
    return f"{found.registry}/{found.model}"
