"""Take ids of erased persons out of texts that are kept all the same: plain ones, JSON, pages. Pure."""

import json
import re
from collections.abc import Sequence
from html import escape

from core.keeping.erase import SHORTEST

INSTEAD = "(erased)"
_SAID = frozenset({"title", "review_title", "item_title", "sentence", "detail", "why_not", "reason"})
"""Keys of a frozen agenda under which people or programs wrote; all others hold names and numbers."""
_LETTER = r"[0-9A-Za-z_\-]"
_MARKUP = re.compile(r"(<style>.*?</style>|<[^>]*>)", re.DOTALL)
_NOTHING = re.compile(r"(?!)")


class Redaction:
    """Replaces ids where they stand by themselves, not as a part of a longer word.

    Parameters
    ----------
    ids
        Those shorter than :data:`core.keeping.erase.SHORTEST` are in every text by chance: they stay.

    Examples
    --------
    >>> redaction = Redaction(["4711-a"])
    >>> redaction.text("asked by 4711-a, not 4711-ab")
    'asked by (erased), not 4711-ab'
    >>> redaction.document('[{"reason":"for 4711-a","subject":"4711-a"}]')
    '[{"reason":"for (erased)","subject":"4711-a"}]'
    >>> redaction.page("<p class='4711-a'>4711-a</p>")
    "<p class='4711-a'>(erased)</p>"
    """

    def __init__(self, ids: Sequence[str]) -> None:
        wanted = [one for one in ids if len(one) >= SHORTEST]
        self._plain = _pattern(wanted)
        self._escaped = _pattern([escape(one) for one in wanted])

    def text(self, text: str) -> str:
        """Return a text without the ids."""
        return self._plain.sub(INSTEAD, text)

    def document(self, text: str) -> str:
        """Return a frozen agenda, JSON, without the ids in what was said; as it is where none is there."""
        found = json.loads(text)
        changed = self._within(found, said=False)
        return text if changed == found else json.dumps(changed, ensure_ascii=False, separators=(",", ":"))

    def page(self, text: str) -> str:
        """Return a page of HTML without the ids in its texts; markup stays as it is."""
        parts = _MARKUP.split(text)
        parts[::2] = [self._escaped.sub(INSTEAD, one) for one in parts[::2]]
        return "".join(parts)

    def _within(self, value: object, *, said: bool) -> object:
        if isinstance(value, dict):
            return {key: self._within(one, said=key in _SAID) for key, one in value.items()}
        if isinstance(value, list):
            return [self._within(one, said=said) for one in value]
        return self.text(value) if said and isinstance(value, str) else value


def _pattern(wanted: Sequence[str]) -> re.Pattern[str]:
    if not wanted:
        return _NOTHING
    return re.compile(f"(?<!{_LETTER})(?:{'|'.join(map(re.escape, wanted))})(?!{_LETTER})")
