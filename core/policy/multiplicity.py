"""Many tests at once: how many of the small p values are small by chance alone?"""

from collections.abc import Sequence


def adjust(p_values: Sequence[float]) -> list[float]:
    """Adjust p values for their number, so that rejecting below q keeps the false discovery rate ≤ q.

    Benjamini-Hochberg step-up; holds for independent and for positively dependent tests.

    Parameters
    ----------
    p_values
        Raw p values of one family, each in [0, 1], in any order.

    Returns
    -------
    list of float
        Adjusted p values in the given order, each ≥ its raw value and ≤ 1; empty for none.

    References
    ----------
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289-300.

    Examples
    --------
    >>> adjust([0.01, 0.5, 0.03, 0.02])
    [0.04, 0.5, 0.04, 0.04]
    >>> adjust([])
    []
    """
    n = len(p_values)
    adjusted = [1.0] * n
    smallest = 1.0
    for rank, position in zip(
        range(n, 0, -1), sorted(range(n), key=lambda i: p_values[i], reverse=True), strict=True
    ):
        smallest = min(smallest, p_values[position] * n / rank)
        adjusted[position] = smallest
    return adjusted
