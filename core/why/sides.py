"""Which windows of a model can be compared, and what a person means by naming one."""

from dataclasses import dataclass

from core.domain import Status, Window
from core.errors import InvalidInput, NotFound, Problem
from core.profiles.relation import utc
from core.store import Cursor, statement
from core.why.questions import Asked

REFERENCE = "reference"
REFERENCE_NAME = "the reference"
LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A closed window, the version that speaks for it, and how its performance stands."""

    window: Window
    version: str
    status: Status | None
    is_immature: bool

    @property
    def asked(self) -> Asked:
        """Return it as a side."""
        return Asked(name=f"window {self.window.index}", window=self.window, version=self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """All closed windows of a model that have rows, oldest first."""

    places: tuple[Place, ...]

    @classmethod
    def read(cls, cursor: Cursor, key: str, metric: str) -> "Windows":
        """Read them, with the verdicts on one performance metric."""
        found = cursor.execute(statement("changes_windows"), {"model_key": key, "metric": metric}).fetchall()
        return cls(
            places=tuple(
                Place(
                    window=Window(index=index, start=utc(start), end=utc(end)),
                    version=version,
                    status=None if status is None else Status(status),
                    is_immature=immature,
                )
                for index, version, start, end, status, immature in found
            )
        )

    def asked(self, text: str, *, field: str) -> Asked:
        """Return the side that a text names: a window's number, "reference" or "latest".

        Raises
        ------
        NotFound
            There is no such closed window with rows.
        InvalidInput
            The text is none of the three.
        """
        if text == REFERENCE:
            return Asked(name=REFERENCE_NAME)
        if text == LATEST:
            latest = self.latest()
            if latest is None:
                raise NotFound("closed window", text, hint="No window with rows has closed yet.")
            return latest.asked
        if not text.lstrip("-").isdecimal():
            remedy = "write a window's number, reference or latest"
            problem = Problem(field=field, message=f"{text!r} is no window", remedy=remedy)
            raise InvalidInput("The question", [problem])
        found = next((one for one in self.places if one.window.index == int(text)), None)
        if found is None:
            known = [one.window.index for one in self.places]
            hint = f"There are {known[0]} to {known[-1]}." if known else "None has closed yet."
            raise NotFound("closed window with rows", text, hint=hint)
        return found.asked

    def latest(self) -> Place | None:
        """Return the last window whose performance was judged, else the last one; None without any."""
        judged = [one for one in self.places if one.status is not None]
        return next(reversed(judged or self.places), None)

    def is_immature(self, asked: Asked) -> bool:
        """Whether the labels of a side's window are still coming."""
        return any(one.is_immature for one in self.places if one.window == asked.window)
