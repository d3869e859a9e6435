"""Why a model answered as it did, as values and plain sentences; computed elsewhere, in a child process."""

from core.explain.values import (
    Behind,
    Change,
    Counterfactual,
    Explained,
    GlobalExplanation,
    Importance,
    LocalExplanation,
    Reason,
    Surrogate,
    Value,
    Weight,
)

__all__ = [
    "Behind",
    "Change",
    "Counterfactual",
    "Explained",
    "GlobalExplanation",
    "Importance",
    "LocalExplanation",
    "Reason",
    "Surrogate",
    "Value",
    "Weight",
]
