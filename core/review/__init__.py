"""Review meetings: a frozen agenda, decisions on record that become actions, minutes that stand alone."""

from core.review.desk import ReviewDesk, Wish

__all__ = ["ReviewDesk", "Wish"]
