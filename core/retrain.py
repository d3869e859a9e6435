"""A retraining as a value: who asked for it and why, how far it is, what came of it.

It is done in steps, each on record before the next begins, so that whoever finds one running after a crash
knows what was certainly done::

    asked ──▶ snapshot ──▶ training ──▶ trained ──▶ registered ──▶ proposing ──▶ proposed
                                                                          validating ◀──┘
                                                                              └──▶ done
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.action import ActionStatus, ApprovalNote, Gate, Pointer
from core.chain.entries import Draft

CHALLENGER = "challenger"
"""The alias that says which version is meant to become champion."""
TAG = "trimtab.retrain"
"""Tag of a candidate that names its retraining: by it a candidate is found again after a crash."""


class RetrainKind(StrEnum):
    """What is done: fitted anew, fitted so that groups are treated more alike, or only scores put right."""

    RETRAIN = "retrain"
    MITIGATE = "mitigate"
    RECALIBRATE = "recalibrate"

    @property
    def verb(self) -> str:
        """The kind as a sentence's beginning."""
        return self.value.capitalize()


class RetrainStep(StrEnum):
    """How far a running retraining is.

    ``asked``: recorded, nothing made yet. ``snapshot``: the rows lie in a file of known digest. ``training``:
    a job was asked for, or an orchestrator was told. ``trained``: the candidate's files are complete.
    ``registered``: the registry has it as a version. ``proposing``: the challenger alias is moved to it.
    ``proposed``: the alias shows it. ``validating``: a job holds it beside the champion.
    """

    ASKED = "asked"
    SNAPSHOT = "snapshot"
    TRAINING = "training"
    TRAINED = "trained"
    REGISTERED = "registered"
    PROPOSING = "proposing"
    PROPOSED = "proposed"
    VALIDATING = "validating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrain:
    """One retraining, on record from the moment it is asked for.

    Parameters
    ----------
    from_version
        The champion whose pipeline is fitted anew.
    to_version
        The candidate, once the registry has it.
    generation
        The champion pointer's generation when it was asked for.
    trigger
        What asked: "person", "schedule" or "verdict".
    job_id
        The job that trains, once there is one; then the one that validates.
    gates
        Why it was refused; at its end, how the candidate stands before the gates of a promotion.
    attempt
        How often something did not answer since the last step.
    evidence
        What is known of rows and candidate (names → texts), and what the advisor said.
    ledger_seq
        The ledger entry that recorded the request.
    """

    id: str
    kind: RetrainKind = RetrainKind.RETRAIN
    registry: str
    model: str
    from_version: str | None
    to_version: str | None = None
    generation: int
    status: ActionStatus
    step: RetrainStep = RetrainStep.ASKED
    reason: str
    actor: str
    trigger: str = "person"
    asked_at: datetime
    ended_at: datetime | None = None
    sentence: str = ""
    gates: tuple[Gate, ...] = ()
    approvals: tuple[ApprovalNote, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    job_id: str | None = None
    attempt: int = 0
    ledger_seq: int | None = None

    @property
    def name(self) -> str:
        """The model's full name, registry first."""
        return f"{self.registry}/{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainChange:
    """One step of a retraining: what its rows were, what they become, and what the ledger is told.

    It is written whole or not at all, and only where the rows still are what they were. ``before`` is None
    where the retraining is new; ``pointer`` is None where no alias is concerned.
    """

    at: datetime
    draft: Draft | None
    before: Retrain | None
    after: Retrain
    pointer_before: Pointer | None = None
    pointer: Pointer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Whether retraining is worth asking for now, and why, as sentences.

    ``cause`` names what the evidence speaks for: drift, data fault, label shift, season or nothing.
    ``allowed`` is False where training on these rows would do harm; ``why_not`` says why. ``gain`` is what it
    may bring, None where no method can say so; ``n_fresh`` the labelled, mature rows since the reference.
    """

    model: str
    cause: str
    allowed: bool
    why_not: str
    sentences: tuple[str, ...]
    n_fresh: int
    n_enough: int
    gain: str | None
