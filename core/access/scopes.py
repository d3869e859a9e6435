"""What a token may be used for: less than its role allows, so that a lost one does less harm. Pure."""

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """A part of the API.

    ``read`` what is shown; ``ingest`` rows and labels; ``monitor``: watch, judge, incidents, reports, jobs;
    ``act``: promote, roll back, retrain; ``approve`` and reject; ``export`` the ledger; ``admin``: all of it,
    and back up, prune, erase, tokens and keys.
    """

    READ = "read"
    INGEST = "ingest"
    MONITOR = "monitor"
    ACT = "act"
    APPROVE = "approve"
    EXPORT = "export"
    ADMIN = "admin"


EVERY = frozenset(Scope)


def covers(scopes: Collection[Scope], needed: Scope) -> bool:
    """Tell whether scopes reach a part of the API; only ``admin`` reaches others than itself.

    Examples
    --------
    >>> covers({Scope.ADMIN}, Scope.INGEST), covers({Scope.ACT}, Scope.READ)
    (True, False)
    """
    return needed in scopes or Scope.ADMIN in scopes
