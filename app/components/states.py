"""What a page shows when there is nothing, something slow, something old or something wrong."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st

from app import formats, scope
from core.errors import NotFound, TrimtabError
from core.views import words

View = TypeVar("View")
_PROBLEM = "problem"
_MEASURE = 720
"""Width in pixels at which a sentence reads well."""


def attempt(title: str | None, what: str, read: Callable[[], View], *, height: int = 560) -> View:
    """Return what control answers, behind a skeleton of the final height.

    Where it cannot answer, say on which page what failed and why, and end the page there. A tab of a page
    has no title: the page's own stands above it.
    """
    try:
        with st.skeleton(height=height):
            return read()
    except NotFound as error:
        if title is not None:
            st.title(title, anchor=False)
        unknown_object(error)
    except TrimtabError as error:
        if title is not None:
            st.title(title, anchor=False)
        failure(what, error)
    return st.stop()


def failure(what: str, error: TrimtabError) -> None:
    """Say what failed, the cause, that nothing was changed, and offer one action."""
    cause = formats.plain(words.sentence(error.message))
    hint = f" {formats.plain(words.sentence(error.hint))}" if error.hint else ""
    with st.container(width=_MEASURE):
        st.error(f"**Could not read {formats.plain(what)}**\n\n{cause} Nothing was changed.{hint}")
        if st.button("Try again", icon=":material/refresh:", key="try_again"):
            st.rerun()


def remember(what: str, error: TrimtabError, *, unchanged: bool = True) -> None:
    """Keep what a press came to for the run that follows it: a callback can show nothing itself.

    ``unchanged`` False where it is not known whether anything was changed.
    """
    said = " ".join(formats.plain(words.sentence(part)) for part in (error.message, error.hint) if part)
    end = " Nothing was changed." if unchanged else ""
    st.session_state[_PROBLEM] = f"**Could not {what}**\n\n{said}{end}"


def remembered() -> None:
    """Show, once, why the last press came to nothing."""
    problem = st.session_state.pop(_PROBLEM, None)
    if problem is not None:
        st.error(problem)


def unknown_object(error: NotFound) -> None:
    """Explain a link to something that this workspace does not have, with a way back."""
    with st.container(border=True, width=_MEASURE):
        empty(
            f"There is no {error.kind} “{error.name}” in this workspace",
            "It may have been renamed or removed, or the link comes from another workspace. "
            f"Nothing is wrong with your models. {error.hint}",
            icon=":material/search_off:",
            alone=True,
        )
        go("Show all models", scope.FLEET, icon=":material/dashboard:", key="back_to_fleet")


def empty(title: str, body: str, *, icon: str = ":material/inbox:", alone: bool = False) -> None:
    """Say what was looked at, whether that is good, and what comes next.

    ``alone`` is for a state that is all a page shows: its heading then follows the page's own.
    """
    heading = st.header if alone else st.subheader
    heading(formats.plain(title), icon=icon, anchor=False)
    st.markdown(formats.plain(body), width=_MEASURE)


def go(label: str, page: Path, *, icon: str, key: str, **objects: str | None) -> None:
    """Offer one next step as a button that leads to another page."""
    if st.button(label, icon=icon, key=key):
        if not objects:
            scope.forget_model()
        st.switch_page(page, query_params=scope.naming(**objects))


def how_to(command: str) -> None:
    """Show a command that can be copied."""
    st.code(command, language=None, width=_MEASURE)


def first_model() -> None:
    """Show how a workspace without models comes to one."""
    st.markdown("Watch a model of your own, or look at the demo:")
    how_to("trimtab watch spec.yaml --reference reference.parquet\ntrimtab demo")


def next_step(name: str | None, models: Sequence[str]) -> None:
    """Lead on from a page that has nothing to show: to the model, to all models, or to a first one."""
    if name is not None:
        go("Show the model", scope.MODEL, icon=":material/query_stats:", key="show_model", model=name)
    elif models:
        go("Show all models", scope.FLEET, icon=":material/dashboard:", key="back_to_fleet")
    else:
        first_model()


def estimated_notice(note: str) -> None:
    """Say that dotted values are estimates and what they do not see."""
    st.warning(f"**Estimated values.** {formats.plain(note)}", icon=":material/schedule:")


def registry_notice(problem: str, read_at: str) -> None:
    """Say that the registry did not answer and how old its mirror is."""
    st.warning(
        f"**The registry could not be read.** {formats.plain(problem.rstrip('.'))}. "
        f"Versions and aliases are those of {read_at}; monitoring goes on.",
        icon=":material/cloud_off:",
    )
