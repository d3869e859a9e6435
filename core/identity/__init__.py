"""Who asks, told by what they show: tokens of the API."""

from core.identity.tokens import TokenDesk

__all__ = ["TokenDesk"]
