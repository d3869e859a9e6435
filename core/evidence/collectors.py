"""Where automatic evidence comes from: one small question each to what is on record of a model. Pure.

A collector never answers for want of data: without its source it says so, and the item is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import TypeAlias

from core.chain.canonical import Json, canonical
from core.evidence import about_changes, about_runs, about_versions
from core.evidence.facts import ModelFacts
from core.evidence.found import Found, Nothing

Answer: TypeAlias = Found | Nothing


class From(StrEnum):
    """What a collector reads, in a word for people."""

    REGISTRY = "registry"
    SPEC = "spec"
    POLICY = "policy"
    VERDICTS = "verdicts"
    VALIDATIONS = "validations"
    LEDGER = "ledger"
    JOBS = "jobs"
    SETTINGS = "settings"
    INCIDENTS = "incidents"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """A source of evidence: what it answers, from where.

    ``steady`` ones change only when somebody changes something, so that a person can accept what they found.
    """

    question: str
    reads: From
    ask: Callable[[ModelFacts], Answer]
    steady: bool = False


_C = Collector
COLLECTORS: Mapping[str, Collector] = MappingProxyType(
    {
        "inventory": _C(
            question="Who owns the model, for which use, at which risk?",
            reads=From.SPEC, ask=about_versions.inventory, steady=True,
        ),
        "inputs": _C(
            question="Which columns does it take, and which of them are sensitive?",
            reads=From.SPEC, ask=about_versions.inputs, steady=True,
        ),
        "contacts": _C(
            question="Whom to call, and what to do then?",
            reads=From.SPEC, ask=about_versions.contacts, steady=True,
        ),
        "champion": _C(
            question="Which version does production run, since when, from which run?",
            reads=From.REGISTRY, ask=about_versions.champion, steady=True,
        ),
        "training-data": _C(
            question="On which data, by digest, was the champion trained?",
            reads=From.REGISTRY, ask=about_versions.training_data, steady=True,
        ),
        "training-record": _C(
            question="With which parameters, and what was measured then?",
            reads=From.REGISTRY, ask=about_versions.training_record, steady=True,
        ),
        "reference": _C(
            question="What does no change look like, by digest?",
            reads=From.VERDICTS, ask=about_runs.reference, steady=True,
        ),
        "policy": _C(
            question="By which rules and limits is it judged?",
            reads=From.POLICY, ask=about_runs.policy, steady=True,
        ),
        "gates": _C(
            question="What must a version pass before it goes into production?",
            reads=From.POLICY, ask=about_runs.gates, steady=True,
        ),
        "logging": _C(
            question="Are its predictions recorded and counted?", reads=From.VERDICTS, ask=about_runs.logging
        ),
        "outcomes": _C(
            question="Do true outcomes come back?", reads=From.VERDICTS, ask=about_runs.outcomes
        ),
        "monitoring": _C(
            question="Was anything about it judged lately?", reads=From.VERDICTS, ask=about_runs.monitoring
        ),
        "data-quality": _C(
            question="Are its inputs whole?", reads=From.VERDICTS, ask=about_runs.aspect("quality")
        ),
        "drift": _C(
            question="Are its inputs and outputs as they were?",
            reads=From.VERDICTS, ask=about_runs.aspect("drift"),
        ),
        "performance": _C(
            question="How good is it against what came true?",
            reads=From.VERDICTS, ask=about_runs.aspect("performance"),
        ),
        "fairness": _C(
            question="Are groups of people treated alike?", reads=From.VERDICTS, ask=about_runs.fairness
        ),
        "operations": _C(
            question="Does it answer, and in time?", reads=From.VERDICTS, ask=about_runs.aspect("operations")
        ),
        "validation": _C(
            question="Was the champion validated, and is that still good?",
            reads=From.VALIDATIONS, ask=about_versions.validation,
        ),
        "findings": _C(
            question="Is every finding of validations closed in time?",
            reads=From.VALIDATIONS, ask=about_versions.findings,
        ),
        "explanations": _C(
            question="What do its outputs hang on?", reads=From.JOBS, ask=about_versions.explanations
        ),
        "reasons": _C(
            question="Are reasons kept with decisions about persons?",
            reads=From.LEDGER, ask=about_changes.reasons,
        ),
        "change-control": _C(
            question="Did the champion come there by a decision on record?",
            reads=From.LEDGER, ask=about_changes.change_control,
        ),
        "approval": _C(
            question="Did somebody else agree to the last promotion?",
            reads=From.LEDGER, ask=about_changes.approval,
        ),
        "waivers": _C(
            question="Which gates of the champion did somebody stand for?",
            reads=From.LEDGER, ask=about_changes.waivers,
        ),
        "fallback": _C(
            question="Is there an earlier champion to go back to?",
            reads=From.LEDGER, ask=about_changes.fallback,
        ),
        "retraining": _C(
            question="Was it trained anew on record?", reads=From.LEDGER, ask=about_changes.retraining
        ),
        "incidents": _C(
            question="Are incidents seen, looked after and closed with a cause?",
            reads=From.INCIDENTS, ask=about_changes.incidents,
        ),
        "alerts": _C(
            question="Are people told of incidents?", reads=From.ALERTS, ask=about_changes.alerts
        ),
        "ledger": _C(
            question="Are decisions on record so that a change of the record shows?",
            reads=From.LEDGER, ask=about_changes.ledger,
        ),
        "retention": _C(
            question="How long is what kept, and is it let go of?",
            reads=From.SETTINGS, ask=about_changes.retention,
        ),
        "erasure": _C(
            question="Were persons erased who asked for it?", reads=From.LEDGER, ask=about_changes.erasure
        ),
        "backup": _C(
            question="Can the record be had back?", reads=From.LEDGER, ask=about_changes.backup
        ),
        "access": _C(
            question="Do people sign in, with roles?", reads=From.SETTINGS, ask=about_changes.access,
            steady=True,
        ),
    }
)  # fmt: skip
"""Name → collector; packs name them, docs/evidence.md lists them."""


def digest(content: Mapping[str, Json]) -> str:
    """Return the SHA-256 of what a collector found, in its canonical form."""
    return sha256(canonical(content)).hexdigest()


def expired(found: Found, fresh_for_s: float | None, now: datetime) -> bool:
    """Tell whether what was found is too old for an item; what has no age never is."""
    return fresh_for_s is not None and found.at is not None and (now - found.at).total_seconds() > fresh_for_s
