"""What a candidate is worth: validated beside the champion, held to its gates, and asked to be promoted.

A promotion is asked for only where people must then agree to it. Where nobody has to, asking would be doing:
who asked for training has not thereby decided about production, and the sentence says how to.
"""

from core.action import ActionKind, Gate, shown_version
from core.actions import ActionDesk, Asked
from core.job import Job
from core.retrain import CHALLENGER, Retrain
from core.validation.desk import Validations
from core.validation.gatekeeper import Gatekeeper

_SHOWN = 3


class Judges:
    """Holds candidates to their gates.

    Parameters
    ----------
    validations, gatekeeper
        Score a candidate beside the champion, and judge what was found.
    actions
        Where a promotion is asked for.
    """

    def __init__(self, validations: Validations, gatekeeper: Gatekeeper, actions: ActionDesk) -> None:
        self._validations = validations
        self._gatekeeper = gatekeeper
        self._actions = actions

    def validate(self, retrain: Retrain) -> Job:
        """Ask for a validation of the candidate; the same one while nothing has changed."""
        return self._validations.ask(retrain.name, retrain.to_version or "", actor=retrain.actor)

    def judge(self, retrain: Retrain) -> tuple[tuple[Gate, ...], str]:
        """Return how a validated candidate stands before its gates, and what is to be done, as a sentence."""
        standing = self._gatekeeper.standing(retrain.name, retrain.to_version or "")
        blocking = standing.blocking
        if blocking:
            shown = " ".join(gate.sentence for gate in blocking[:_SHOWN])
            more = f" And {len(blocking) - _SHOWN} more." if len(blocking) > _SHOWN else ""
            counted = f"{len(blocking)} of {len(standing.gates)} gates block"
            return standing.gates, f"{registered(retrain)}; {counted}: {shown}{more}"
        passed = f"{registered(retrain)} and passes all {len(standing.gates)} gates"
        return standing.gates, f"{passed}: {self._request(retrain)}"

    def _request(self, retrain: Retrain) -> str:
        """Ask for the promotion where others must agree to it, and say how it stands."""
        asked = Asked(
            kind=ActionKind.PROMOTE,
            model=retrain.name,
            version=retrain.to_version,
            reason=retrain.reason,
            actor=retrain.actor,
            key=f"retrain/{retrain.id}/promote",
        )
        if self._actions.preview(asked).binding is None:
            return f"promote it with trimtab promote {retrain.model} {retrain.to_version} --reason TEXT."
        action = self._actions.ask(asked)
        return f"its promotion was asked for ({action.id}). {action.sentence}"


def registered(retrain: Retrain) -> str:
    """Return what a candidate is, as the beginning of a sentence."""
    return f"{shown_version(retrain.to_version)} is registered as {CHALLENGER} of {retrain.model}"
