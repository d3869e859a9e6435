"""Whether a version can be made again from what is on record of it, as a value. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

TOLERANCE = 1e-4
"""How far a metric may lie from the recorded one, in its own unit; above 1 as a share of it.

The same pipeline on the same rows comes out equal to six digits; on other rows, hardly within this.
"""
OF_RUN, OF_VERSION = "run", "version"
_PINNED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*==\s*([^\s;,#]+)")
_NAMED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One metric, recorded and found anew.

    ``beside`` says what was recorded: ``run``, what the run logged; ``version``, what the registered files
    themselves answer on the same rows, where the run's number was measured in another way.
    """

    metric: str
    recorded: float
    found: float
    tolerance: float
    beside: str

    @property
    def equal(self) -> bool:
        """Whether the two agree within the tolerance."""
        return agree(self.recorded, self.found, self.tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What came of training a version again.

    ``reproduced`` is None while a job is under way. ``missing`` says what is not on record any more and
    without which it could not be done or not be compared; ``differs`` what is not as it was then; ``notes``
    what a reader must know besides. All are sentences.
    """

    model: str
    version: str
    reproduced: bool | None
    sentence: str
    compared: tuple[Compared, ...] = ()
    missing: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    job: str | None = None


def agree(recorded: float, found: float, tolerance: float) -> bool:
    """Tell whether two values agree within a tolerance, absolute up to 1 and relative above.

    Examples
    --------
    >>> agree(0.8100, 0.8104, 1e-3), agree(0.81, 0.82, 1e-3), agree(2000.0, 2001.0, 1e-3)
    (True, False, True)
    """
    return isclose(recorded, found, rel_tol=tolerance, abs_tol=tolerance)


def compare(
    recorded: Mapping[str, float],
    found: Mapping[str, float],
    own: Mapping[str, float],
    *,
    tolerance: float = TOLERANCE,
) -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    """Return the metrics side by side, and notes about those that cannot be.

    Parameters
    ----------
    recorded
        What the version's run logged.
    found
        What the new fit answers.
    own
        What the registered files answer on the same rows; empty where they were not asked. A logged number
        that they do not show themselves was measured in another way, and says nothing about the new fit.

    Examples
    --------
    >>> pairs, notes = compare({"roc_auc": 0.8, "cost": 3.0}, {"roc_auc": 0.80002}, {})
    >>> [(one.metric, one.equal, one.beside) for one in pairs], notes
    ([('roc_auc', True, 'run')], ('Logged and not measured here: cost.',))
    """
    pairs, notes = [], []
    for metric in sorted(found):
        logged, registered = recorded.get(metric), own.get(metric)
        is_same = logged is not None and (registered is None or agree(logged, registered, tolerance))
        beside = logged if is_same else registered
        if beside is None:
            continue
        pairs.append(
            Compared(
                metric=metric,
                recorded=beside,
                found=found[metric],
                tolerance=tolerance,
                beside=OF_RUN if is_same else OF_VERSION,
            )
        )
        if logged is not None and not is_same:
            notes.append(
                f"{metric} was logged as {logged:.4g}, and the registered version itself measures "
                f"{registered:.4g} here: the run measured it in another way."
            )
    others = sorted(name for name in recorded if name not in found)
    if others:
        notes.append(f"Logged and not measured here: {', '.join(others)}.")
    return tuple(pairs), tuple(notes)


def told(model: str, version: str, pairs: Sequence[Compared], missing: Sequence[str]) -> str:
    """Return what came of it in one sentence.

    Examples
    --------
    >>> told("lending", "17", [], ["The data is gone."])
    'lending v17 could not be made again: The data is gone.'
    """
    name = f"{model} v{version}"
    if not pairs:
        return f"{name} could not be made again: {' '.join(missing) or 'nothing can be compared.'}"
    off = [one for one in pairs if not one.equal]
    if not off:
        metrics = f"{len(pairs)} metric{'' if len(pairs) == 1 else 's'}"
        return f"{name} was made again: {metrics} equal within {pairs[0].tolerance:g}."
    shown = ", ".join(f"{one.metric} {one.found:.4g}, recorded {one.recorded:.4g}" for one in off)
    return f"{name} came out different: {shown}."


def pinned(requirements: Iterable[str]) -> dict[str, str]:
    """Return package → version of requirements that pin one; others, and options, say nothing.

    Examples
    --------
    >>> pinned(["scikit-learn==1.9.0", "pandas[excel] == 2.3.3 ; python_version > '3'", "numpy>=2", "-r x"])
    {'scikit-learn': '1.9.0', 'pandas': '2.3.3'}
    """
    found = (_PINNED.match(line) for line in requirements)
    return {one[1].lower(): one[2] for one in found if one is not None}


def without_addresses(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return requirements by name and version only: no options, no index, no address of a package.

    Examples
    --------
    >>> without_addresses(["mlflow==3.17", "--index-url https://u:p@index.example", "own @ https://x/own.whl"])
    ('mlflow==3.17', 'own')
    """
    kept = []
    for line in requirements:
        text = line.partition("#")[0].strip()
        if not text or text.startswith("-") or _NAMED.match(text) is None:
            continue
        name = _NAMED.match(text)
        kept.append(name[1] if name is not None and ("@" in text or "://" in text) else text)
    return tuple(kept)
