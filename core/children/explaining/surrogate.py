"""A linear model of the model near one row, in the manner of LIME, and how far it can be believed.

Source: Ribeiro, Singh & Guestrin (2016), "Why Should I Trust You?", KDD (weighted local linear fit); ours
differs in drawing numbers around the row and in telling the fit on neighbours that were left out of it.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from core.children.explaining.asked import Asked, Floats, taken
from core.children.explaining.likeness import Likeness, plain
from core.explain import Surrogate, Weight

if TYPE_CHECKING:
    import pandas as pd

_MOST = 1_000
_NEAR = 0.5
_OTHER = 0.3
_LEFT_OUT = 4
_CONSTANT = 1e-12


def surrogate(
    asked: Asked, row: "pd.DataFrame", likeness: Likeness, *, most_asked: int, chance: Generator
) -> tuple[Surrogate | None, str]:
    """Return the linear model, or why there is none.

    Neighbours: numbers move by half an interquartile range (normal), categories are another row's for three
    columns in ten. Nearer ones count more (Gaussian, width 0.75 √columns). One neighbour in four is left out
    of the fit and tells how good it is.
    """
    from sklearn.linear_model import Ridge

    n = int(np.clip(most_asked // 20, 100, _MOST))
    near, offsets = _neighbours(row, likeness, n, chance)
    outputs = asked.outputs(near)
    if float(np.ptp(outputs)) < _CONSTANT:
        return None, "the model answers the same to all rows near this one"
    width = 0.75 * np.sqrt(offsets.shape[1])
    weights = np.exp(-np.sum(offsets**2, axis=1) / width**2)
    held = np.arange(n) % _LEFT_OUT == 0
    if float(np.ptp(outputs[held])) < _CONSTANT:
        return None, "the model answers the same to nearly all rows near this one"
    model = Ridge(alpha=1.0).fit(offsets[~held], outputs[~held], sample_weight=weights[~held])
    fit = float(model.score(offsets[held], outputs[held], sample_weight=weights[held]))
    listed = [
        Weight(
            feature=name,
            weight=float(weight),
            kind="numeric" if name in likeness.numeric else "categorical",
        )
        for name, weight in zip(row.columns, model.coef_, strict=True)
    ]
    listed.sort(key=lambda one: -abs(one.weight))
    return Surrogate(fit=fit, n=int((~held).sum()), weights=tuple(listed)), ""


def _neighbours(
    row: "pd.DataFrame", likeness: Likeness, n: int, chance: Generator
) -> "tuple[pd.DataFrame, Floats]":
    """Return rows near one, and how far each is from it column by column, in the columns' units."""
    import pandas as pd

    near = taken(row, {name: np.zeros(n, dtype=np.intp) for name in row.columns})
    offsets = np.zeros((n, len(row.columns)))
    for at, name in enumerate(row.columns):
        own = plain(row[name].iloc[0])
        if name in likeness.numeric:
            if isinstance(own, float):
                offsets[:, at] = chance.normal(0.0, _NEAR, n)
                near[name] = own + offsets[:, at] * likeness.scale(name)
            continue
        other = chance.random(n) < _OTHER
        drawn = likeness.reference[name].take(chance.integers(0, len(likeness.reference), n))
        near[name] = near[name].where(pd.Series(~other), drawn.reset_index(drop=True))
        offsets[:, at] = likeness.step(name, own, near[name])
    return near, offsets
