"""What a page shows of a model's actions, from what is on record; no registry is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from core.action import CHAMPION, Action, ActionKind, Move, shown_version
from core.actions import past
from core.store.registry_mirror import MirroredModel
from core.views.actions import ActionsView, Offer

CHALLENGER = "challenger"
MOST = 50
"""Champions and actions shown: the command line has all of them."""
NOBODY_BARRED: Mapping[ActionKind, str] = MappingProxyType({})


def build_actions(
    model: tuple[str, str],
    mirrored: MirroredModel | None,
    moves: Sequence[Move],
    asked: Sequence[Action],
    *,
    writable: bool,
    now: datetime,
    barred: Mapping[ActionKind, str] = NOBODY_BARRED,
) -> ActionsView:
    """Return what a page shows.

    Parameters
    ----------
    model
        Registry and name.
    mirrored
        What the registry was last read to hold of it; None where it lists no such model.
    moves
        Of the model's champion alias, oldest first.
    asked
        Its actions, the latest first.
    writable
        Whether Trimtab may change the registry.
    barred
        Why who looks may not ask for a change of a kind; empty where they may.
    """
    registry, name = model
    champion = moves[-1].to_version if moves else None
    return ActionsView(
        as_of=now,
        name=name,
        registry=registry,
        champion=champion,
        offers=tuple(
            _for_whom(offer, barred) for offer in _offers(mirrored, champion, moves, asked, writable=writable)
        ),
        stays=tuple(reversed(past.stays(moves)))[:MOST],
        asked=tuple(asked)[:MOST],
    )


def _for_whom(offer: Offer, barred: Mapping[ActionKind, str]) -> Offer:
    why_not = barred.get(offer.kind, "")
    return replace(offer, allowed=False, why_not=why_not) if why_not else offer


def _offers(
    found: MirroredModel | None,
    champion: str | None,
    moves: Sequence[Move],
    asked: Sequence[Action],
    *,
    writable: bool,
) -> tuple[Offer, ...]:
    """Offer the challenger, else the newest version, for promotion, and the way back."""
    if found is None:
        return ()
    held = next((one for one in asked if not one.status.over and one.status.value == "running"), None)
    why_not = ""
    if not writable:
        why_not = f"Registry '{found.registry}' is read-only here."
    elif held is not None:
        why_not = f"Action {held.id} is moving the alias now."
    held_up = why_not
    versions = [one.version for one in found.versions]
    challenger = found.aliases.get(CHALLENGER)
    candidate = challenger.version if challenger else versions[-1] if versions else None
    if candidate == champion:
        nothing = (
            f"{shown_version(candidate)} is the champion already." if candidate else "There is no version."
        )
        promote = Offer(kind=ActionKind.PROMOTE, version=candidate, allowed=False, why_not=why_not or nothing)
    else:
        promote = Offer(kind=ActionKind.PROMOTE, version=candidate, allowed=not why_not, why_not=why_not)
    if not past.shown_before(moves) - {champion}:
        why_not = why_not or f"No earlier version of '{CHAMPION}' is on record."
    back = Offer(kind=ActionKind.ROLL_BACK, version=None, allowed=not why_not, why_not=why_not)
    return promote, back, Offer(kind=ActionKind.RETIRE, version=None, allowed=not held_up, why_not=held_up)
