"""The ledger as it is kept: who may write to it, its keys, its anchors elsewhere, and its export."""

from core.ledger.desk import Ledger

__all__ = ["Ledger"]
