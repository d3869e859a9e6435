"""Treating groups more alike, from a page: try every recipe → see what each costs → make one a candidate."""

from secrets import token_hex

import streamlit as st

from app import formats, retraining
from app.components import states
from app.components.figures import CONFIG
from app.components.frontier import SCREEN, frontier_figure
from app.components.reports import POLL_S, progress_of
from core.candidate import Fact
from core.client import Client
from core.errors import TrimtabError
from core.job import Job, JobStatus
from core.mitigation import MEASURES, Frontier, Method, Point
from core.views.mitigation import MitigationScope, MitigationView

_CHOOSING = "choosing_recipe"
_TITLES = {"selection_rate": "Selection rate", "true_positive_rate": "True positive rate"}
_HOW = (
    "Each point is a model trained by another recipe and measured on the same held-out rows: the higher, the"
    " more alike groups are treated; the further right, the better it ranks. Bars are 95 % intervals."
)
_LAW = (
    "A threshold for each group treats people differently by their group, which some laws forbid whatever it"
    " achieves. What is lawful here is not for Trimtab to say."
)


def section(client: Client, model: str, by: str, *, is_dark: bool) -> None:
    """Show what treating the groups of a column more alike would cost, and let one way be chosen."""
    with st.container(border=True):
        st.subheader("What would treat them more alike, and at what cost?", anchor=False)
        measure = st.segmented_control(
            "Rate that is to be alike",
            list(MEASURES),
            default=next(iter(MEASURES)),
            format_func=lambda one: _TITLES[one],
            key="mitigation_measure",
            required=True,
        )
        scope = MitigationScope(model=model, by=by, measure=measure or "")
        view = _read(client, scope)
        if view is None:
            return
        states.remembered()
        if view.running:
            st.fragment(_follow, run_every=POLL_S)(client, scope)
        else:
            _ask(client, view)
        if view.frontier is None:
            if not view.running and not view.why_not:
                st.markdown(
                    "Nothing was tried yet. Reweighing, a constrained reduction and a threshold per group are"
                    " trained beside the champion in a process of their own; nothing is registered."
                )
            return
        _shown(client, view, view.frontier, is_dark=is_dark)
    retraining.receipt(client, f"{view.registry}/{view.name}")


def _read(client: Client, scope: MitigationScope) -> MitigationView | None:
    try:
        return client.mitigation_view(scope)
    except TrimtabError as error:
        states.failure("what was tried", error)
        return None


# ---------------------------------------------------------------- trying


def _ask(client: Client, view: MitigationView) -> None:
    if view.job is not None and view.job.status is JobStatus.FAILED:
        st.error(f"**The trial failed.** {formats.plain(view.job.error or '')} Nothing was changed.")
    st.button(
        "Try mitigations" if view.frontier is None else "Try again on today's rows",
        icon=":material/balance:",
        type="primary" if view.frontier is None else "secondary",
        disabled=bool(view.why_not),
        help=formats.plain(view.why_not) or None,
        key="try_mitigations",
        on_click=_try,
        args=(client, view),
    )
    if view.why_not:
        st.caption(formats.plain(view.why_not))


def _try(client: Client, view: MitigationView) -> None:
    try:
        client.mitigate(f"{view.registry}/{view.name}", by=view.by, measure=view.measure)
    except TrimtabError as error:
        states.remember("try mitigations", error)


def _follow(client: Client, scope: MitigationScope) -> None:
    """Show how far the trial is; when it has ended, let the whole page see it."""
    view = _read(client, scope)
    if view is None or view.job is None:
        return
    if not view.running:
        st.rerun()
    job = view.job
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(job.share, text=formats.plain(_said(job, view)))
        if st.button("Cancel trial", icon=":material/close:", key="cancel_mitigations"):
            _cancel(client, job.id)
            st.rerun()


def _said(job: Job, view: MitigationView) -> str:
    return progress_of(job.step, job.elapsed_s(view.as_of), job.expected_s)


def _cancel(client: Client, identity: str) -> None:
    try:
        client.cancel(identity)
    except TrimtabError as error:
        states.remember("cancel the trial", error)


# ---------------------------------------------------------------- choosing


def _shown(client: Client, view: MitigationView, frontier: Frontier, *, is_dark: bool) -> None:
    can_be = [one for one in frontier.points if one.can_be_chosen and one.ratio is not None]
    best = _first_over_the_screen(can_be)
    st.markdown(formats.plain(_finding(frontier, best)))
    chosen = None
    if can_be:
        chosen = st.selectbox(
            "Recipe",
            can_be,
            index=can_be.index(best) if best is not None else len(can_be) - 1,
            format_func=_option,
            key=f"recipe_{frontier.by}_{frontier.measure}",
        )
    st.plotly_chart(
        frontier_figure(frontier, "" if chosen is None else chosen.recipe.key, is_dark=is_dark),
        theme=None,
        config=CONFIG,
        key="frontier",
        alt=_finding(frontier, best),
    )
    st.caption(f"{_HOW} {_rows(frontier)}")
    for note in _notes(frontier):
        st.caption(formats.plain(note))
    if chosen is not None:
        st.button(
            "Train this candidate",
            icon=":material/model_training:",
            type="primary",
            disabled=bool(view.why_not) or view.running,
            key="train_recipe",
            on_click=_open,
            args=(chosen.recipe.key,),
        )
    key, intent = st.session_state.get(_CHOOSING, ("", ""))
    point = frontier.point(key)
    if point is not None:
        title = f"Train a candidate of {formats.plain(view.name)} by this recipe?"
        st.dialog(title, icon=":material/balance:", on_dismiss=_close)(_dialog)(client, view, point, intent)


def _first_over_the_screen(points: list[Point]) -> Point | None:
    """Return the point with the best ranking whose whole interval lies over the screen."""
    fair = [one for one in points if one.ratio is not None and (one.ratio.low or 0.0) >= SCREEN]
    return max(fair, key=lambda one: (one.auc.value or 0.0) if one.auc else 0.0, default=None)


def _finding(frontier: Frontier, best: Point | None) -> str:
    champion = next((one for one in frontier.points if one.recipe.method is Method.CHAMPION), None)
    refit = next((one for one in frontier.points if one.recipe.method is Method.REFIT), None)
    own = "" if champion is None else f"Now the ratio by {frontier.by} is {_number(champion.ratio)}. "
    if best is None or best.auc is None:
        return f"{own}No recipe that can be chosen lies wholly over 0.80."
    said = f"{own}{best.recipe.words} reaches {_number(best.ratio)}, with ROC AUC {_number(best.auc)}"
    if refit is not None and refit.auc is not None and refit.auc.value and best.auc.value:
        said += f": {formats.number(refit.auc.value - best.auc.value)} less than fitting anew alone"
    return f"{said}."


def _rows(frontier: Frontier) -> str:
    small = f" Groups under 100 rows are left out: {', '.join(frontier.small_groups)}."
    when = formats.when(frontier.made_at)
    tried = f"Tried on {frontier.n_trained:,} rows, {when}; a candidate learns from all of them."
    decides = f"Production says yes from {frontier.threshold:.3g} on."
    return formats.plain(f"{tried} {decides}{small if frontier.small_groups else ''}")


def _notes(frontier: Frontier) -> list[str]:
    """Return what is to be known of recipes that failed, or that treat people by their group."""
    failed = [
        f"{one.recipe.words} could not be tried: {one.problem}." for one in frontier.points if one.problem
    ]
    by_group = [one for one in frontier.points if one.recipe.method is Method.THRESHOLDS and not one.problem]
    closed = next((one.why_not for one in by_group if one.why_not), "")
    cannot = f" It cannot be chosen here: {closed}." if closed else ""
    return [*failed, *([f"{_LAW}{cannot}"] if by_group else [])]


def _option(point: Point) -> str:
    cost = point.auc_cost
    beside = ""
    if cost is not None and cost.value is not None:
        beside = f", {formats.signed(cost.value)} beside the champion"
    return f"{point.recipe.words}: ratio {_number(point.ratio)}, ROC AUC {_number(point.auc)}{beside}"


def _number(fact: Fact | None) -> str:
    if fact is None or fact.value is None:
        return "unknown"
    return _between(fact.value, fact.low, fact.high)


def _between(value: float | None, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return formats.number(value)
    return f"{formats.number(value)} ({formats.number(low)} to {formats.number(high)})"


def _open(recipe: str) -> None:
    # One intent, used once: a second press of the button that confirms it asks for the same training.
    st.session_state[_CHOOSING] = recipe, token_hex(16)


def _close() -> None:
    st.session_state.pop(_CHOOSING, None)


def _dialog(client: Client, view: MitigationView, point: Point, key: str) -> None:
    name = formats.plain(view.name)
    st.markdown(f"**{formats.plain(_option(point))}**")
    for rate in point.rates:
        share = _between(rate.value, rate.low, rate.high)
        st.markdown(f"{formats.plain(rate.group)}: {share}, n = {rate.n:,}")
    st.caption(
        "A candidate is trained on a snapshot, registered, named challenger and held to its gates; production"
        " stays as it is. Recorded in the ledger with your name and your reason."
    )
    reason = st.text_area("Reason (required)", key="recipe_reason", placeholder="What speaks for it?")
    typed = st.text_input(f"Type {name} to confirm", key="recipe_typed_name")
    ready = bool(reason.strip()) and typed.strip() == view.name
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_recipe"):
            _close()
            st.rerun()
        if st.button("Train candidate", type="primary", key="confirm_recipe", disabled=not ready):
            retraining.submit(client, f"{view.registry}/{view.name}", reason, key, recipe=point.recipe.key)
            _close()
            st.rerun()
