"""Who asks, told by what they show: tokens of the API, and sign-ins."""

from core.identity.sessions import SessionDesk
from core.identity.tokens import TokenDesk

__all__ = ["SessionDesk", "TokenDesk"]
