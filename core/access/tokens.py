"""A token of the API: what is kept of it, which is enough to know it again and not to use it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from core.access.roles import AccessRole
from core.access.scopes import Scope

MARK = "trimtab_"
"""Begins every token, so that scanners for lost secrets know one."""
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token; ``digest`` is of its secret, which is shown once and kept nowhere.

    ``until`` None: it is valid until it is revoked. ``used_at`` is written once a minute at most.
    """

    name: str
    digest: str
    scopes: frozenset[Scope]
    roles: frozenset[AccessRole]
    made_by: str
    made_at: datetime
    until: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    def valid(self, now: datetime) -> bool:
        """Tell whether it opens anything now."""
        return self.revoked_at is None and (self.until is None or now < self.until)


def new_secret() -> str:
    """Return a new token's secret: 256 bits by chance, which nobody guesses."""
    return f"{MARK}{token_urlsafe(_BYTES)}"


def digest_of(secret: str) -> str:
    """Return what is kept of a secret.

    One SHA-256 and no slow hash: slowness protects passwords that people choose, of which there are few. Of
    256 bits by chance not one can be found by trying, however fast each trial is, while every request would
    pay for the slowness. The digest is looked up by an index: what its timing tells is about the digest, from
    which no secret follows.

    Examples
    --------
    >>> digest_of("trimtab_x")[:12]
    'd128e3d0ca97'
    """
    return sha256(secret.encode()).hexdigest()
