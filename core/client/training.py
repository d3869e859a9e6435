"""The client's calls about training anew."""

from typing import cast
from urllib.parse import quote

from core import wire
from core.client.asker import Asker
from core.job import Job
from core.reproduction import TOLERANCE, Reproduction
from core.retrain import Advice, Retrain


class TrainingCalls(Asker):
    """What :class:`core.client.Client` can ask about retrainings."""

    def retrain(
        self, model: str, *, reason: str, recalibrate: bool = False, recipe: str = "", key: str | None = None
    ) -> Retrain:
        """Train a model anew, or put a classifier's scores right; the receipt says how far that came.

        Parameters
        ----------
        recipe
            That of a point on a mitigation bench: trained by it.
        key
            The same key again gives the same receipt, whatever happened in between.
        """
        answer = self._send(
            "POST",
            f"models/{quote(model, safe='')}/retrain",
            json={"reason": reason, "recalibrate": recalibrate, "recipe": recipe},
            headers={} if key is None else {"Idempotency-Key": key},
        )
        return wire.retrain_of(cast("wire.RetrainObject", answer.json()))

    def retrain_advice(self, model: str) -> Advice:
        """Say whether retraining is the answer, before anything is trained."""
        found = self._get(f"models/{quote(model, safe='')}/retrain/advice")
        return wire.advice_of(cast("wire.AdviceObject", found))

    def mitigate(self, model: str, *, by: str, measure: str = "selection_rate") -> Job:
        """Have every recipe tried that treats the groups of a column more alike; nothing is registered."""
        answer = self._send(
            "POST", f"models/{quote(model, safe='')}/mitigations", json={"by": by, "measure": measure}
        )
        return wire.job_of(cast("wire.JobObject", answer.json()))

    def reproduce(self, model: str, version: str, *, tolerance: float = TOLERANCE) -> Reproduction:
        """Have a version trained again from what is on record of it; nothing is registered."""
        answer = self._send("POST", _again(model, version), params={"tolerance": str(tolerance)})
        return wire.reproduction_of(cast("wire.ReproductionObject", answer.json()))

    def reproduction(self, model: str, version: str, *, tolerance: float = TOLERANCE) -> Reproduction:
        """Say what came of training a version again, or how it stands."""
        found = self._get(_again(model, version), {"tolerance": str(tolerance)})
        return wire.reproduction_of(cast("wire.ReproductionObject", found))

    def bundle(self, model: str, version: str) -> bytes:
        """Return all that is on record of how a version was made, as a ZIP file."""
        place = f"models/{quote(model, safe='')}/versions/{quote(version, safe='')}/bundle"
        return self._send("GET", place).content

    def retraining(self, identity: str) -> Retrain:
        """Return one retraining as far as it came."""
        found = self._get(f"retrains/{quote(identity, safe='')}")
        return wire.retrain_of(cast("wire.RetrainObject", found))

    def retrainings(self, *, model: str | None = None, open_only: bool = False) -> list[Retrain]:
        """Return retrainings, the latest first."""
        asked = ({} if model is None else {"model": model}) | ({"open": "true"} if open_only else {})
        found = cast("list[wire.RetrainObject]", self._get("retrains", asked))
        return [wire.retrain_of(each) for each in found]


def _again(model: str, version: str) -> str:
    return f"models/{quote(model, safe='')}/versions/{quote(version, safe='')}/reproduction"
