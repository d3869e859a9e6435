"""Fairness: for whom is a model worse, by how much, how sure is that, and since when?"""

from functools import partial

from app import deps, mitigation, palette, scope
from app.components import fairness, states

asked = scope.fairness_scope(scope.parameters())
view = states.attempt("Fairness", "fairness", partial(deps.client().fairness_view, asked), height=760)

fairness.heading(view)
if view.empty_title:
    fairness.nothing(view)
else:
    fairness.filters(view)
    fairness.verdict(view)
    fairness.board(view)
    mitigation.section(deps.client(), view.name or "", view.attribute, is_dark=palette.dark())
