"""Model: is this one still good, where did it move, and which versions does it have?"""

from functools import partial

import streamlit as st

from app import actions, deps, retraining, scope
from app.components import (
    cards,
    champions,
    drift,
    explain,
    model,
    reports,
    runs,
    segments,
    states,
    validation,
)
from core.views.actions import ActionScope
from core.views.fleet import FleetScope
from core.views.runs import RunsScope

parameters = scope.parameters()
client = deps.client()
asked = scope.model_scope(parameters)
if asked is None:
    found = FleetScope(search=st.session_state.get("find") or None)
    model.choose(states.attempt("Model", "the list of models", partial(client.fleet_view, found)))
    st.stop()

view = states.attempt("Model", "this model", partial(client.model_view, asked), height=760)
ask_changes = partial(client.actions_view, ActionScope(model=asked.model))
changes = states.attempt("Model", "its champions", ask_changes)
presses = [partial(actions.buttons, client, changes)]
if view.monitored:
    presses.append(partial(retraining.button, client, asked.model))
model.header(view, *presses, partial(actions.more, changes))
actions.receipt(changes)
if not view.monitored:
    model.unmonitored()
    model.versions(view)
    champions.history(changes)
    st.stop()

retraining.receipt(client, asked.model)
cards.cards(view.cards, model=view.name)
model.why_changed(view)
performance, moved, parts, versions, tried, why = st.tabs(
    ["Performance", "Drift", "Segments", "Versions", "Runs", "Explain"],
    key="tab",
    on_change="rerun",
    bind="query-params",
)
if performance.open:
    with performance:
        model.performance(view)
if moved.open:
    with moved:
        ask = partial(client.drift_view, scope.drift_scope(parameters))
        drift.board(states.attempt(None, "this model's drift", ask), prefix="model")
        reports.section(client, asked)
if parts.open:
    with parts:
        ask_why = partial(client.change_view, scope.change_scope(parameters))
        told = None if view.change is None else view.change.sentence
        segments.board(states.attempt(None, "why it changed", ask_why), told=told)
if versions.open:
    with versions:
        model.versions(view)
        validation.section(client, view)
        champions.history(changes)
if tried.open:
    with tried:
        ask_runs = partial(client.runs_view, RunsScope(model=asked.model))
        runs.board(states.attempt(None, "the runs", ask_runs))
if why.open:
    with why:
        explain.board(client, asked)
