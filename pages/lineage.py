"""Lineage: what is this made of, what breaks if it is wrong, and who decided?"""

from functools import partial

from app import deps, scope
from app.components import lineage, states

asked = scope.lineage_scope(scope.parameters())
view = states.attempt("Lineage", "the lineage", partial(deps.client().lineage_view, asked), height=640)

lineage.heading(view, asked)
if view.models:
    lineage.filters(view, asked)
if view.empty_title:
    lineage.nothing(view)
else:
    lineage.answer(view, asked)
    lineage.board(view, asked)
