"""Lineage: what a model is made of and what hangs on it, drawn as cards in layers."""

from app.components.lineage.board import board
from app.components.lineage.heading import answer, filters, heading, nothing

__all__ = ["answer", "board", "filters", "heading", "nothing"]
