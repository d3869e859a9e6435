"""What a reader of a number has to know of its metric: one frozen value a metric."""

from dataclasses import dataclass
from typing import Literal

from core.domain import Role

Direction = Literal["better", "worse", "neither"]
Harmful = Literal["low", "high", "both"]

AS_BEFORE = "the reference's value"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricInfo:
    """What a reader of a number has to know.

    ``roles`` are the parts of a model's life for which it is measured, ``method`` how (binning, base,
    interval), ``no_change`` the value to expect if nothing changed, ``higher_is`` what a rise means and
    ``harmful`` the side on which it does harm.
    """

    name: str
    title: str
    roles: tuple[Role, ...]
    formula: str
    no_change: str
    source: str
    method: str
    unit: str = ""
    higher_is: Direction = "neither"
    harmful: Harmful = "high"
