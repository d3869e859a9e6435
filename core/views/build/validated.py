"""How each version's validation stands, by what is on record alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.store import StateStore
from core.views.model import VersionRow
from core.views.validation import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How one version's latest validation stands, and when it falls due again."""

    verdict: Verdict
    due_at: datetime


def stands(state: StateStore, registry: str, model: str, every: timedelta) -> Mapping[str, Stand]:
    """Return version → how its validation stands; a version that is not in it is not validated.

    Parameters
    ----------
    every
        How long a validation holds, by the policy.
    """
    waiting = {one.version for one in state.validations.findings(registry, model) if one.open}
    found = {}
    for version, one in state.validations.latest(registry, model).items():
        verdict = Verdict.OPEN_FINDINGS if version in waiting else Verdict.PASSES
        if not one.loads or not one.n_rows:
            verdict = Verdict.FAILS
        found[version] = Stand(verdict=verdict, due_at=one.made_at + every)
    return found


def with_stands(
    rows: tuple[VersionRow, ...], found: Mapping[str, Stand], now: datetime
) -> tuple[VersionRow, ...]:
    """Return versions with how their validations stand."""
    return tuple(
        replace(row, validation=one.verdict, validation_overdue=now > one.due_at)
        if (one := found.get(row.version)) is not None
        else row
        for row in rows
    )
