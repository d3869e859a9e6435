"""An explained change as JSON, and back: the nouns' own fields, segments as column → value."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import cast

from core.change import ChangeExplained
from core.domain import Segment, Window
from core.wire.judgements import window_object
from core.wire.objects import ChangeObject
from core.wire.values import read_plain


def change_object(change: ChangeExplained) -> ChangeObject:
    """Return an explained change as JSON."""
    return cast("ChangeObject", _plain(change))


def change_of(document: ChangeObject) -> ChangeExplained:
    """Read an explained change."""
    return read_plain(ChangeExplained, _nested(document))


def _plain(value: object) -> object:
    if isinstance(value, Segment):
        return value.as_dict()
    if isinstance(value, Window):
        return window_object(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _nested(value: object, name: str = "") -> object:
    """Give segments back their pairs."""
    if isinstance(value, list):
        return [_nested(each, name) for each in value]
    if not isinstance(value, Mapping):
        return value
    if name in {"segment", "like"}:
        return {"pairs": sorted(value.items())}
    return {key: _nested(each, str(key)) for key, each in value.items()}
