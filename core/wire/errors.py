"""Errors as JSON and back: the same sentence, hint and exit code on either side of the wire."""

from typing import NotRequired

from typing_extensions import TypedDict

from core.errors import (
    Conflict,
    IntegrityError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    TrimtabError,
    Unauthorised,
    Unavailable,
)


class ProblemObject(TypedDict):
    """One thing wrong with an input."""

    field: str
    message: str
    remedy: str


class ErrorDetails(TypedDict):
    """What failed; ``facts`` are the named parts of which some sentences are built."""

    code: str
    message: str
    hint: str
    problems: list[ProblemObject]
    facts: NotRequired[dict[str, str]]


class ErrorObject(TypedDict):
    """The body of every answer that is not a success."""

    error: ErrorDetails


class RemoteError(TrimtabError):
    """An error that has no class of its own on this side: an unexpected one, or a newer server's."""

    code = "internal"


_KNOWN = (Conflict, IntegrityError, NotAllowed, Refused, RemoteError, TrimtabError, Unauthorised)
_PLAIN: dict[str, type[TrimtabError]] = {each.code: each for each in _KNOWN}


def error_object(error: TrimtabError) -> ErrorObject:
    """Return an error as the contract's JSON object.

    Examples
    --------
    >>> error_object(NotFound("model", "churn"))["error"]["message"]
    "There is no model 'churn'"
    """
    facts = {
        name: str(getattr(error, name)) for name in ("what", "cause", "kind", "name") if hasattr(error, name)
    }
    found = error.problems if isinstance(error, InvalidInput) else ()
    problems = [ProblemObject(field=each.field, message=each.message, remedy=each.remedy) for each in found]
    details = ErrorDetails(code=error.code, message=error.message, hint=error.hint, problems=problems)
    if facts:
        details["facts"] = facts
    return ErrorObject(error=details)


def error_of(document: ErrorObject) -> TrimtabError:
    """Rebuild the error that :func:`error_object` described; unknown codes give a ``RemoteError``."""
    details = document["error"]
    facts = details.get("facts", {})
    code, hint = details["code"], details["hint"]
    try:
        if code == InvalidInput.code:
            return InvalidInput(facts["what"], [Problem(**each) for each in details["problems"]], hint=hint)
        if code == NotFound.code:
            return NotFound(facts["kind"], facts["name"], hint=hint)
        if code == Unavailable.code:
            return Unavailable(facts["what"], facts["cause"], hint=hint)
    except KeyError:
        return RemoteError(details["message"], hint=hint)
    return _PLAIN.get(code, RemoteError)(details["message"], hint=hint)
