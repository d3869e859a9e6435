"""Frozen values as JSON and as query parameters: for views and their scopes, which no contract fixes."""

import json
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidInput, Problem

Value = TypeVar("Value")


_adapters: dict[type[object], object] = {}


def _adapter(kind: type[Value]) -> TypeAdapter[Value]:
    # Building one costs milliseconds, using one microseconds.
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return cast("TypeAdapter[Value]", _adapters[kind])


def dumps(document: object) -> bytes:
    """Return compact UTF-8 JSON of plain objects; raises ``ValueError`` where a number is not finite."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def value_json(value: object) -> bytes:
    """Return a frozen value as JSON; times in UTC, enumerations by value, mappings as objects."""
    kind: type[object] = type(value)
    return _adapter(kind).dump_json(value)


def value_of(kind: type[Value], document: bytes) -> Value:
    """Read back what :func:`value_json` wrote; raises ``InvalidInput`` with all problems."""
    try:
        return _adapter(kind).validate_json(document)
    except ValidationError as error:
        raise _invalid(kind, error) from error


def read_plain(kind: type[Value], document: object) -> Value:
    """Build a value from plain objects; raises ``InvalidInput`` with all problems."""
    try:
        return _adapter(kind).validate_python(document)
    except ValidationError as error:
        raise _invalid(kind, error) from error


def read_value(kind: type[Value], parameters: Mapping[str, str]) -> Value:
    """Build a value from the text of query parameters; raises ``InvalidInput`` with all problems.

    Empty text counts as not given; names that the value does not have are problems.
    """
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    strangers = [
        Problem(field=name, message="is not a parameter", remedy="known: " + ", ".join(sorted(known)))
        for name in parameters
        if name not in known
    ]
    if strangers:
        raise InvalidInput("The query", strangers)
    try:
        return _adapter(kind).validate_python({name: text for name, text in parameters.items() if text})
    except ValidationError as error:
        raise _invalid(kind, error) from error


def parameters_of(value: object) -> dict[str, str]:
    """Return a flat value as query parameters, without those that are None; :func:`read_value` reads it."""
    given = {each.name: getattr(value, each.name) for each in fields(value)}  # type: ignore[arg-type]
    return {
        name: str(item.value if isinstance(item, Enum) else item)
        for name, item in given.items()
        if item is not None
    }


def _invalid(kind: type[object], error: ValidationError) -> InvalidInput:
    problems = [
        Problem(field=".".join(str(part) for part in each["loc"]) or "document", message=each["msg"])
        for each in error.errors(include_url=False, include_context=False)
    ]
    return InvalidInput(kind.__name__, problems)
