"""What can go wrong, said so that a person can act on it.

Every error carries its facts as fields; the sentence is built from them. An error means that
something *could not be attempted*: a judgement that turned out badly is a value
(:class:`core.domain.Verdict`), never an exception.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input: where, what, and how to mend it.

    Examples
    --------
    >>> str(Problem(field="window.every", message="'1x' is not a duration", remedy="write 1d, 12h or 30m"))
    "window.every: '1x' is not a duration (write 1d, 12h or 30m)"
    """

    field: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


class TrimtabError(Exception):
    """Base of all errors that Trimtab raises on purpose.

    Parameters
    ----------
    message
        One sentence: what failed and why.
    hint
        What the reader can do about it; empty where nothing can be done.
    """

    code = "error"
    exit_code = 3
    http_status = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(TrimtabError):
    """The request cannot be understood; all of its problems are listed at once."""

    code = "invalid_input"
    exit_code = 2
    http_status = 422

    def __init__(self, what: str, problems: Sequence[Problem], *, hint: str = "") -> None:
        self.what = what
        self.problems = tuple(problems)
        listed = "; ".join(str(problem) for problem in self.problems)
        super().__init__(f"{what} cannot be used: {listed}", hint=hint)


class NotFound(TrimtabError):
    """The named object does not exist in this workspace."""

    code = "not_found"
    exit_code = 2
    http_status = 404

    def __init__(self, kind: str, name: str, *, hint: str = "") -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"There is no {kind} '{name}'", hint=hint)


class Conflict(TrimtabError):
    """The request contradicts what the workspace already holds."""

    code = "conflict"
    exit_code = 2
    http_status = 409


class StalePointer(Conflict):
    """The pointer, or the action on it, moved on since it was looked at; nothing was changed."""

    def __init__(self, model: str, alias: str) -> None:
        super().__init__(
            f"'{alias}' of {model} moved on in the meantime", hint="Look again before you decide."
        )


class Unauthorised(TrimtabError):
    """The request says of nobody that it comes from them, or what it shows opens nothing any more."""

    code = "unauthorised"
    exit_code = 3
    http_status = 401


class NotAllowed(TrimtabError):
    """Who asks may not do this, whatever they say; somebody else may."""

    code = "not_allowed"
    exit_code = 3
    http_status = 403


class Refused(NotAllowed):
    """A decision about production is not theirs to take, or no longer to be taken: the answer is no."""

    code = "refused"
    exit_code = 1


class Unavailable(TrimtabError):
    """A store, registry or process cannot be reached now; trying later may work."""

    code = "unavailable"
    exit_code = 3
    http_status = 503

    def __init__(self, what: str, cause: str, *, hint: str = "") -> None:
        self.what = what
        self.cause = cause
        super().__init__(f"{what} is not available: {cause}", hint=hint)


class IntegrityError(TrimtabError):
    """Stored data contradicts itself: stop and look, do not repair silently."""

    code = "integrity"
    exit_code = 3
    http_status = 500


def suggestion(word: str, known: Collection[str]) -> str:
    """Return the remedy for an unknown word: the closest known one, else all of them.

    Examples
    --------
    >>> suggestion("writeable", ("uri", "writable"))
    "did you mean 'writable'?"
    """
    close = get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else "known: " + ", ".join(known)
