"""One way to write a JSON value down, so that equal values have equal digests (RFC 8785).

A part of RFC 8785: objects, lists, texts, booleans, null and whole numbers. Numbers with a fraction are
refused, because two programs that print them differently would disagree about a digest: they go as text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from core.errors import InvalidInput, Problem

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
LARGEST = 2**53 - 1
"""The largest whole number that every JSON parser keeps exactly (RFC 7493)."""


def canonical(value: object) -> bytes:
    r"""Return the canonical form of a JSON value: no spaces, names sorted, UTF-8.

    Names are sorted by their UTF-16 code units. In texts only the quotation mark, the backslash and control
    characters are escaped, these by their short forms or as ``\u00xx`` in lower case.

    Raises
    ------
    InvalidInput
        The value holds a number with a fraction or beyond :data:`LARGEST`, a text that is not Unicode (half
        a surrogate pair), a name that is no text, or something that JSON does not have.

    Examples
    --------
    >>> canonical({"b": [1, True, None], "a": "é\n"}).decode()
    '{"a":"é\\n","b":[1,true,null]}'
    """
    return "".join(_pieces(value, "")).encode()


def _pieces(value: object, where: str) -> Iterator[str]:
    if value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int):
        yield _whole(value, where)
    elif isinstance(value, str):
        yield _text(value, where)
    elif isinstance(value, Mapping):
        yield from _object(value, where)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        yield "["
        for index, item in enumerate(value):
            yield "," if index else ""
            yield from _pieces(item, f"{where}[{index}]")
        yield "]"
    else:
        kind = type(value).__name__
        raise _refused(where, f"is of the kind {kind}", "write decimals and fractions as text")


def _object(value: Mapping[object, object], where: str) -> Iterator[str]:
    names: list[str] = []
    for name in value:
        if not isinstance(name, str):
            raise _refused(where, f"has the name {name!r}, which is no text", "name fields by text")
        names.append(name)
    yield "{"
    # Surrogates are refused below, by name; here they must only not break the order.
    for index, name in enumerate(sorted(names, key=lambda one: one.encode("utf-16-be", "surrogatepass"))):
        yield "," if index else ""
        yield _text(name, f"{where}.{name}" if where else name)
        yield ":"
        yield from _pieces(value[name], f"{where}.{name}" if where else name)
    yield "}"


def _whole(value: int, where: str) -> str:
    if not -LARGEST <= value <= LARGEST:
        raise _refused(where, f"{value} is beyond ±(2^53 − 1)", "write it as text")
    return str(value)


def _text(value: str, where: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _refused(where, "holds half a surrogate pair", "send valid Unicode") from error
    # Python escapes just what RFC 8785 does, and in the same way.
    return json.dumps(value, ensure_ascii=False)


def _refused(where: str, message: str, remedy: str) -> InvalidInput:
    return InvalidInput("The value", [Problem(field=where or "value", message=message, remedy=remedy)])
