"""Where the golden numbers come from: which test holds which metric to which independent source.

    @golden("roc_auc", source="scikit-learn roc_auc_score")
    def test_auc_is_scikit_learns() -> None: ...

An estimate is named with its kind: ``golden("roc_auc (estimated)", source="NannyML's documentation")``. A
house test imports every ``test_*.py`` of this folder and wants each metric of the catalogue held by one of
them; so heavy peers (evidently, fairlearn) are imported inside the tests that need them.
"""

from collections.abc import Callable
from typing import TypeVar

_Test = TypeVar("_Test", bound=Callable[..., object])

REGISTRY: dict[str, set[tuple[str, str]]] = {}
"""Metric → (test, source) of every golden test that holds it."""


def golden(*metrics: str, source: str) -> Callable[[_Test], _Test]:
    """Note that the test compares these metrics with numbers of an independent source.

    Parameters
    ----------
    metrics
        Names in the catalogue; "name (estimated)" for what is estimated without labels.
    source
        The function of another library, or the publication, that gave the numbers.
    """
    if not metrics or not source.strip():
        raise ValueError("a golden test names its metrics and where its numbers come from")

    def note(test: _Test) -> _Test:
        for metric in metrics:
            REGISTRY.setdefault(metric, set()).add((f"{test.__module__}.{test.__qualname__}", source))
        return test

    return note
