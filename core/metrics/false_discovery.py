"""Many tests of overlapping segments at once: how many findings are findings?"""

import numpy as np

from core.metrics.drift import Floats


def adjust(p_values: Floats, weights: Floats, n_tests: int) -> Floats:
    """Adjust p values so that keeping those at or below q holds the false discovery rate at or below q.

    Benjamini and Yekutieli's step-up, which holds whatever the dependence: segments overlap, exclude
    and contain each other, so that Benjamini and Hochberg's assumption (independent or positively
    dependent tests) cannot be made. Its price is the factor Σ 1/i, about ln n.

    Parameters
    ----------
    p_values
        Raw p values of the tests that were made.
    weights
        How much of the error each test may spend, 1 on average over all ``n_tests``; p values are
        divided by them first.
    n_tests
        All tests that might have been made, those left out for looking dull included: they count as 1.

    Source: Benjamini & Yekutieli (2001), Annals of Statistics 29; weights: Genovese, Roeder & Wasserman
    (2006), Biometrika 93.

    Examples
    --------
    >>> adjust(np.array([0.001, 0.9]), np.ones(2), 2).round(4).tolist()   # .001 × 2 / 1 × (1 + 1/2)
    [0.003, 1.0]
    >>> adjust(np.array([]), np.array([]), 0).tolist()
    []
    """
    if len(p_values) == 0:
        return np.zeros(0)
    harmonic = float((1 / np.arange(1, n_tests + 1)).sum())
    weighted = p_values / weights
    order = np.argsort(weighted, kind="stable")
    stepped = weighted[order] * n_tests * harmonic / np.arange(1, len(order) + 1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return adjusted
