"""Evidence: what rules ask of a model, what is on record for it, and what a person still has to say."""

from core.evidence.desk import EvidenceDesk

__all__ = ["EvidenceDesk"]
