"""Training done elsewhere: an orchestrator is told, trains, registers a version itself, and calls back.

It is told as a deployment is ([deployments] of the settings), with an order of kind "retrain" whose id is the
retraining's: the same order again must start nothing new.
"""

from collections.abc import Mapping
from datetime import timedelta

from core.errors import Conflict, NotFound, Unavailable
from core.ports import Clock, Deployment, Order, Registry
from core.retrain import CHALLENGER, Retrain, RetrainKind, RetrainStep
from core.spec import TrainingRule

PATIENCE_S = 86_400.0
"""Seconds in which it must have called back, where the spec names no time."""


class Orchestrators:
    """Tells orchestrators, and knows which of their answers make sense.

    Parameters
    ----------
    deployments
        Name → what takes orders, as the settings say.
    registries
        Short name → registry.
    clock
        Tells the time.
    """

    def __init__(
        self, deployments: Mapping[str, Deployment], registries: Mapping[str, Registry], clock: Clock
    ) -> None:
        self._deployments = deployments
        self._registries = registries
        self._clock = clock

    def problem(self, rule: TrainingRule) -> str:
        """Return why the orchestrator that a rule names cannot be told; empty where it can."""
        if rule.deployment is None or rule.deployment in self._deployments:
            return ""
        return f"The settings know no deployment '{rule.deployment}': add [deployments.{rule.deployment}]."

    def tell(self, rule: TrainingRule, retrain: Retrain) -> None:
        """Pass the order on.

        Raises
        ------
        Unavailable
            It does not answer, or the settings do not name it any more.
        Conflict
            It refused.
        """
        deployment = self._deployments.get(rule.deployment or "")
        if deployment is None:
            raise Unavailable(f"The deployment '{rule.deployment}'", "the settings do not name it")
        deployment.deploy(
            Order(
                id=retrain.id,
                kind=retrain.kind.value,
                registry=retrain.registry,
                model=retrain.model,
                alias=CHALLENGER,
                from_version=retrain.from_version,
                to_version=None,
                generation=retrain.generation,
            )
        )

    def overdue(self, rule: TrainingRule, retrain: Retrain) -> str:
        """Return that its time is up; empty while it is not."""
        limit = rule.time_s or PATIENCE_S
        if self._clock.now() - retrain.asked_at <= timedelta(seconds=limit):
            return ""
        return f"the orchestrator did not call back within {limit:,.0f} s."

    def check(self, retrain: Retrain, version: str | None) -> None:
        """Refuse an answer that makes no sense.

        Raises
        ------
        Conflict
            Nobody waits for it, or it names the champion.
        NotFound
            The registry has no such version.
        """
        if retrain.status.over or retrain.step is not RetrainStep.TRAINING or retrain.job_id is not None:
            raise Conflict(f"Retraining {retrain.id} waits for no orchestrator", hint="Nothing was changed.")
        if version is None:
            return
        if version == retrain.from_version:
            raise Conflict(f"Version {version} is what retraining {retrain.id} started from")
        found = self._registries[retrain.registry].model(retrain.model)
        if version not in {one.version for one in found.versions}:
            raise NotFound(f"version of {retrain.model}", version, hint="Register it before you call back.")


def by_orchestrator(rule: TrainingRule, retrain: Retrain) -> bool:
    """Whether an orchestrator trains; a recalibration is ours in any case."""
    return rule.deployment is not None and retrain.kind is RetrainKind.RETRAIN
