"""Figures of how models are run, from the ledger: each with its n, its interval, and how it is counted."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure, or the reason why there is none.

    ``low`` and ``high`` are its 95 % interval where it is a sample's; a share of all models is a count and
    has none. ``unit`` is "days", "per 30 days" or "share". ``counted`` says how, with its source. ``reason``
    is set exactly when ``value`` is None.
    """

    name: str
    title: str
    unit: str
    n: int
    counted: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiGroup:
    """The figures of some of the models: of all, of a unit's, a region's, an owner's."""

    name: str
    n_models: int
    kpis: tuple[Kpi, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturity:
    """How far one area is, from 1 to 5, what it has, and what would raise it by one."""

    area: str
    level: int
    has: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiScope:
    """From when on events count (an ISO time), and the grouping of models: unit, region, owner or none."""

    since: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiView:
    """All figures; the first group is that of all models. ``maturity`` is computed from it."""

    as_of: datetime
    since: datetime
    by: str | None
    groups: tuple[KpiGroup, ...]
    maturity: tuple[Maturity, ...]
