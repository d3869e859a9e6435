"""How far models have come: what of them is counted, what is judged, what they are compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.store.connection import Cursor, statement
from core.store.judgements import aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one model: is all that arrived counted, and by which spec is which reference pinned?

    ``reference_digest`` is None where none is pinned, ``open_end`` when the first open window ends, None
    where there is none.
    """

    is_counted: bool
    spec_digest: str | None
    reference_digest: str | None
    is_fitted: bool
    open_end: datetime | None


def standing(cursor: Cursor, keys: Sequence[str]) -> Mapping[str, Standing]:
    """Return by key how far some models have come; those that were never watched are left out."""
    found = cursor.execute(statement("cycle_standing"), {"model_keys": list(keys)}).fetchall()
    return {
        key: Standing(
            is_counted=is_counted,
            spec_digest=spec_digest,
            reference_digest=reference_digest,
            is_fitted=is_fitted,
            open_end=aware(open_end),
        )
        for key, is_counted, spec_digest, reference_digest, is_fitted, open_end in found
    }
