"""Two versions side by side, from what was logged with them."""

from collections.abc import Mapping

from core.action import Contrast, Contrasts
from core.ports import Registry

_DIGITS = 6


def contrasts(registry: Registry, model: str, before: str | None, after: str) -> Contrasts:
    """Return in what two versions differ: metrics, parameters, inputs, data; alphabetical within each.

    Parameters
    ----------
    before
        What is there now; None where nothing is, and everything of the other is new.

    Raises
    ------
    NotFound
        There is no such version.
    Unavailable
        The registry does not answer.
    """
    sides = [_logged(registry, model, version) for version in (before, after)]
    differing, n_equal = [], 0
    for kind in ("metric", "parameter", "input", "data"):
        old, new = (side.get(kind, {}) for side in sides)
        for name in sorted({*old, *new}):
            if old.get(name) == new.get(name):
                n_equal += 1
                continue
            differing.append(Contrast(kind=kind, name=name, before=old.get(name), after=new.get(name)))
    return Contrasts(model=model, before=before, after=after, differing=tuple(differing), n_equal=n_equal)


def _logged(registry: Registry, model: str, version: str | None) -> Mapping[str, Mapping[str, str]]:
    if version is None:
        return {}
    record = registry.record(model, version)
    inputs = registry.signature(model, version) or ()
    return {
        "metric": {name: f"{value:.{_DIGITS}g}" for name, value in record.metrics.items()},
        "parameter": record.params,
        "input": {column.name: column.kind for column in inputs},
        "data": record.data,
    }
