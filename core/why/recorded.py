"""The explanations that are kept: of every window whose leading metric fails or warns, when it is judged."""

import logging
from collections.abc import Sequence

from core.change import ChangeExplained
from core.domain import Measurement, Role, Status, Verdict
from core.errors import TrimtabError
from core.metrics.leading import leading_metric
from core.spec import MonitorSpec
from core.store import Cursor
from core.why.explain import explain
from core.why.questions import Asked, Ground
from core.why.sides import REFERENCE_NAME

MOST = 12
"""Windows explained in one run: the first that fails and the latest; others when somebody asks."""

_log = logging.getLogger("trimtab.why")


def is_failing(spec: MonitorSpec, verdicts: Sequence[Verdict]) -> bool:
    """Say whether there is anything to explain: the leading metric fails or warns in some window."""
    return bool(_failing(verdicts, leading_metric(spec)))


def explain_failing(cursor: Cursor, ground: Ground, verdicts: Sequence[Verdict]) -> list[ChangeExplained]:
    """Explain the windows whose leading metric fails or warns, against the reference.

    Parameters
    ----------
    verdicts
        All that was reached for the windows judged.
    """
    found: list[ChangeExplained] = []
    for one in _failing(verdicts, leading_metric(ground.spec)):
        window = one.window
        after = Asked(name=f"window {window.index}", window=window, version=one.version)
        try:
            explained = explain(
                cursor, ground, Asked(name=REFERENCE_NAME), after, metric=one.metric, estimated=one.estimated
            )
        except TrimtabError as error:
            # A verdict without an explanation is still a verdict.
            _log.warning("why.failed model=%s window=%s cause=%s", one.model, window.index, error)
            continue
        if explained.reason is None:
            found.append(explained)
    return found


def _failing(verdicts: Sequence[Verdict], metric: str) -> list[Measurement]:
    """Return what to explain, the latest window first; labels speak before estimates."""
    bad = [
        one
        for one in verdicts
        if one.status in {Status.FAIL, Status.WARN}
        and one.measurement.role is Role.PERFORMANCE
        and one.measurement.metric == metric
        and not one.measurement.segment.pairs
    ]
    measured = {_place(one) for one in bad if not one.measurement.estimated}
    chosen = [one for one in bad if not one.measurement.estimated or _place(one) not in measured]
    chosen.sort(key=lambda one: (-(one.measurement.window.index or 0), one.measurement.version))
    # An incident tells why it began, however long ago that was.
    first = [one for one in chosen[MOST - 1 :] if one.status is Status.FAIL][-1:]
    return [one.measurement for one in [*chosen[: MOST - len(first)], *first]]


def _place(one: Verdict) -> tuple[str, int | None]:
    return one.measurement.version, one.measurement.window.index
