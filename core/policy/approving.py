"""The ``approvals`` of a policy document: how many must agree to a change, by risk tier."""

from collections.abc import Mapping

from core.domain import Risk
from core.policy.reading import Fields
from core.policy.rules import ApprovalRule

_SECTION = "approvals"
UNSAID: Mapping[Risk, ApprovalRule] = {
    Risk.HIGH: ApprovalRule(promote=1),
    Risk.MEDIUM: ApprovalRule(),
    Risk.LOW: ApprovalRule(),
}
"""What holds under a policy that says nothing of approvals: silence must not switch four eyes off."""


def approval_rules(fields: Fields) -> Mapping[Risk, ApprovalRule]:
    """Read the section; what is wrong is added to the problems of ``fields``.

    A tier that is not named has the rule of :data:`UNSAID`.
    """
    if not fields.has(_SECTION):
        return UNSAID
    section = fields.inside(_SECTION)
    hours = section.number("expire_after_h", 1, 24 * 365) if section.has("expire_after_h") else None
    found = {}
    for risk in Risk:
        unsaid = UNSAID[risk]
        promote = unsaid.promote
        if section.has(risk.value):
            tier = section.inside(risk.value)
            promote = tier.integer("promote", 0)
            tier.finish()
        found[risk] = ApprovalRule(promote=promote, expire_after_h=hours or unsaid.expire_after_h)
    section.finish()
    return found
