"""May somebody stand for a change beside who asked for it? Names in, a sentence out; pure."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """Who had a hand in a change: nobody of them may approve it.

    Parameters
    ----------
    asked
        Who asked for it, and who stands behind that name (who made the token, say).
    trained
        Who trained the version, as far as the registry knows.
    edited
        Who wrote the spec by which the model is judged now, and who changed it since the last move.
    """

    asked: frozenset[str]
    trained: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()


def same_person(one: str, other: str) -> bool:
    """Tell whether two names may mean one person: alike but for case, or one the other's mail name.

    Registries know people by their account, identity providers by their address: in doubt it is one person.

    Examples
    --------
    >>> same_person("Ann", "ann@example.com"), same_person("ann@example.com", "ann@example.org")
    (True, False)
    >>> same_person("ann", "bob")
    False
    """
    a, b = one.strip().casefold(), other.strip().casefold()
    if not a or not b:
        return False
    if "@" in a and "@" in b:
        return a == b
    return a.partition("@")[0] == b.partition("@")[0]


def objection(names: Collection[str], makers: Makers) -> str | None:
    """Return why somebody may not approve a change, None where nothing speaks against it.

    Parameters
    ----------
    names
        The approver's name, and who stands behind it.

    Examples
    --------
    >>> objection({"bob"}, Makers(asked=frozenset({"ann"}), trained=frozenset({"Bob"})))
    'bob trained this version'
    >>> objection({"cleo"}, Makers(asked=frozenset({"ann"}))) is None
    True
    """
    hands = (
        (makers.asked, "asked for this change"),
        (makers.trained, "trained this version"),
        (makers.edited, "edited the spec by which it is judged"),
    )
    for those, did in hands:
        for name in sorted(names):
            if any(same_person(name, other) for other in those):
                return f"{name} {did}"
    return None
