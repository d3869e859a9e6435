"""Who the people of a workspace are: the ``[identity]`` of its ``trimtab.toml``."""

from dataclasses import dataclass
from enum import StrEnum


class IdentityMode(StrEnum):
    """Where people's names come from: the operating system, or a sign-in."""

    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """How people are known."""

    mode: str = IdentityMode.LOCAL

    @property
    def team(self) -> bool:
        """Whether people sign in, so that four eyes can be asked for."""
        return self.mode != IdentityMode.LOCAL
