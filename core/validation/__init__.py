"""Validating a candidate: it is scored beside the champion, on rows that neither was trained on."""

from core.validation.desk import Validations
from core.validation.gatekeeper import Gatekeeper
from core.validation.manifests import Manifests
from core.validation.suite import Suite

__all__ = ["Gatekeeper", "Manifests", "Suite", "Validations"]
