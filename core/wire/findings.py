"""Findings of validations as JSON, and back."""

import json
from typing import cast

from typing_extensions import TypedDict

from core.finding import Finding
from core.wire.moments import moment, moment_text
from core.wire.values import dumps, value_json, value_of


class FindingObject(TypedDict):
    """What is wrong with a version, how bad, who sees to it until when, and its end."""

    id: str
    registry: str
    model: str
    version: str
    check: str
    severity: str
    title: str
    owner: str | None
    opened_at: str
    opened_by: str
    due_at: str
    closed_at: str | None
    closed_by: str | None
    closed_why: str | None


def finding_object(finding: Finding) -> FindingObject:
    """Return a finding as JSON."""
    times = {
        "opened_at": moment(finding.opened_at),
        "due_at": moment(finding.due_at),
        "closed_at": moment_text(finding.closed_at),
    }
    return cast("FindingObject", json.loads(value_json(finding)) | times)


def finding_of(document: FindingObject) -> Finding:
    """Read a finding."""
    return value_of(Finding, dumps(document))
