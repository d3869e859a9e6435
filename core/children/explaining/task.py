"""The child's work: load a version once, then explain a row of it, or all of it, as often as it is asked."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.children.explaining.asked import Asked
from core.children.explaining.counterfactual import Search
from core.children.explaining.likeness import Likeness, plain
from core.children.explaining.overall import overall
from core.children.explaining.request import (
    BACKGROUND,
    LOCAL,
    MODEL,
    OUTPUT,
    OVERALL,
    REQUEST,
    REQUESTS,
    ROWS,
    Request,
)
from core.children.explaining.shapley import Plan, plan_for, shapley_values
from core.children.explaining.surrogate import surrogate
from core.children.model_files import ModelFiles, load
from core.children.offline import stay_offline
from core.errors import InvalidInput, Unavailable
from core.explain import Counterfactual, LocalExplanation, Reason

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say

_loaded: dict[str, ModelFiles] = {}
"""Digest of the files → the model: of one version only, so that no model runs beside another's."""

_BACKGROUND_EXACT = 100
_BACKGROUND_SAMPLED = 50
_NO_DECISION = "a number is no decision that could be turned"


def run(folder: Path, say: "Say") -> None:
    """Explain what the request asks for.

    Raises
    ------
    Unavailable, InvalidInput
        The model cannot be loaded, or its answers cannot be explained; the sentence says why.
    """
    import pandas as pd

    request = REQUESTS.validate_json((folder / REQUEST).read_bytes())
    say(0.02, "Loading the model")
    asked = Asked(_model(folder, request), request)
    rows, background = (pd.read_parquet(folder / name) for name in (ROWS, BACKGROUND))
    if background.empty:
        raise Unavailable("The explanation", "the model's reference holds no rows")
    if rows.empty:
        raise Unavailable("The explanation", "there are no rows to explain")
    try:
        if request.overall:
            found = OVERALL.dump_json(overall(asked, rows, background, request, say))
        else:
            found = LOCAL.dump_json(explain_row(asked, rows, background, request, say))
    except InvalidInput as error:
        listed = "; ".join(f"{one.field} {one.message}" for one in error.problems)
        raise Unavailable("The explanation", f"{error.message.rstrip('.')}: {listed}") from error
    (folder / OUTPUT).write_bytes(found)


def _model(folder: Path, request: Request) -> ModelFiles:
    if request.digest not in _loaded:
        if _loaded:
            raise Unavailable("The explanation", "this process has loaded another version")
        stay_offline()
        try:
            _loaded[request.digest] = load(folder / MODEL)
        except InvalidInput as error:
            listed = "; ".join(f"{one.field} {one.message}" for one in error.problems)
            raise Unavailable(f"Version {request.version} of {request.model}", f"its {listed}") from error
    return _loaded[request.digest]


def explain_row(
    asked: Asked, row: "pd.DataFrame", background: "pd.DataFrame", request: Request, say: "Say"
) -> LocalExplanation:
    """Return why the model answers to one row as it does."""
    chance = np.random.default_rng(request.seed)
    asked.aim_at(row)
    columns = list(asked.columns)
    pace = asked.pace(background.iloc[:_BACKGROUND_SAMPLED])
    row, reference = row[columns], background[columns]
    say(0.3, "Asking what each column contributes")
    plan = plan_for(len(columns), min(_BACKGROUND_EXACT, len(reference)), pace, chance)
    n_background = min(_BACKGROUND_EXACT, len(reference))
    if not plan.is_exact:
        n_background = min(_BACKGROUND_SAMPLED, len(reference))
        plan = plan_for(len(columns), n_background, pace, chance)
    behind = reference.iloc[:n_background].reset_index(drop=True)
    values = shapley_values(asked.outputs, row, behind, plan)
    output = float(values.outputs[0])
    reasons = [
        Reason(feature=name, value=plain(row[name].iloc[0]), contribution=float(one), error=float(error))
        for name, one, error in zip(columns, values.contributions[0], values.errors[0], strict=True)
    ]
    likeness = Likeness(
        reference=reference.reset_index(drop=True), numeric=frozenset(request.numeric) & frozenset(columns)
    )
    decisions = asked.decisions(row, values.outputs)
    decision = None if decisions is None else str(decisions[0])
    say(0.6, "Looking for what would turn it")
    turned: tuple[Counterfactual, ...] = ()
    why_not = _NO_DECISION
    if decision is not None:
        search = Search(
            asked, row, decision=decision, output=output, likeness=likeness, immutable=request.immutable
        )
        turned, why_not = search.found()
    say(0.85, "Fitting a linear model nearby")
    nearby, why_none = surrogate(asked, row, likeness, most_asked=pace, chance=chance)
    return LocalExplanation(
        model=request.model,
        version=request.version,
        digest=request.digest,
        output_of=asked.output_of,
        output=output,
        base=values.base,
        decision=decision,
        reasons=tuple(sorted(reasons, key=lambda one: -abs(one.contribution))),
        method=_method(plan, n_background),
        n_background=n_background,
        n_asked=asked.n_asked,
        counterfactuals=turned,
        why_no_counterfactuals=why_not,
        surrogate=nearby,
        why_no_surrogate=why_none,
        threshold=request.threshold,
        immutable=tuple(name for name in columns if name in request.immutable),
        made_at=request.made_at,
    )


def _method(plan: Plan, n_background: int) -> str:
    if plan.orders is None:
        how = f"all {len(plan.masks):,} coalitions of columns"
    else:
        how = f"{len(plan.orders):,} orders of the columns, drawn in pairs of an order and its reverse"
    return f"Shapley values against {n_background:,} reference rows, from {how}"
