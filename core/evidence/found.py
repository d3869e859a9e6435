"""What a collector says: what it found and how that stands, or that there is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.chain.canonical import Json


class Standing(StrEnum):
    """How a source stands: it shows what is asked, it is not enough yet, or it is of something gone by."""

    HOLDS = "holds"
    SHORT = "short"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a source holds.

    ``content`` is what is hashed: whole numbers and texts. ``said`` is one sentence for people. ``at`` is
    when the source became so, None where it is a present fact. ``until`` is when it ends by itself.
    """

    said: str
    content: Mapping[str, Json]
    at: datetime | None = None
    until: datetime | None = None
    standing: Standing = Standing.HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """There is no source: what was looked for."""

    why: str
