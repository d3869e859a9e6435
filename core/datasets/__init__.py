"""Versions of data sets whose rows are at hand: where they lie, and how two of them differ."""

from core.datasets.desk import Datasets

__all__ = ["Datasets"]
