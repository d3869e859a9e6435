"""What people put on record about an item: a text, who stands for it, who accepted it, on what it stood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from core.chain.canonical import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One item of one model, as people answered it.

    ``model`` is the full name. ``text`` is empty where the item is automatic and a person only accepted what
    was found. ``rests`` is collector → digest of what was found when it was accepted, ``item_digest`` what
    the pack asked for then.
    """

    model: str
    pack: str
    item: str
    text: str
    owner: str | None
    valid_until: datetime | None
    filled_at: datetime
    filled_by: str
    item_digest: str
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    rests: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of what was written."""
        until = None if self.valid_until is None else self.valid_until.isoformat()
        return sha256(canonical({"text": self.text, "owner": self.owner, "until": until})).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventoried:
    """A model that no registry here holds: a vendor's, a scorecard in a spreadsheet."""

    name: str
    kind: str
    owner: str
    unit: str | None
    risk: str
    use_case: str | None
    vendor: str | None
    note: str
    added_at: datetime
    added_by: str
