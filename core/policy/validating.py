"""The ``validation`` of a policy document: what is checked, how soon findings close, how long it holds."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from core.domain import Risk
from core.finding import Severity
from core.policy.gate_file import read_gate
from core.policy.gate_rules import GateRule
from core.policy.reading import Fields
from core.policy.rules import ValidationRule
from core.retention import parse_span

_SECTION = "validation"
UNSAID_EVERY: Mapping[Risk, timedelta] = {
    Risk.HIGH: timedelta(days=180),
    Risk.MEDIUM: timedelta(days=365),
    Risk.LOW: timedelta(days=730),
}
"""How long a validation holds under a policy that does not say."""

UNSAID_CLOSING: Mapping[str, timedelta] = MappingProxyType(
    {
        Severity.HIGH.value: timedelta(days=30),
        Severity.MEDIUM.value: timedelta(days=90),
        Severity.LOW.value: timedelta(days=180),
    }
)


def validation_rules(fields: Fields) -> Mapping[Risk, ValidationRule]:
    """Read the section; what is wrong is added to the problems of ``fields``."""
    section = fields.inside(_SECTION) if fields.has(_SECTION) else Fields({}, _SECTION, fields.problems)
    every = _spans(section, "every", {risk.value: UNSAID_EVERY[risk] for risk in Risk})
    closing = _spans(section, "close_within", UNSAID_CLOSING)
    checks, severities = _checks(section)
    section.finish()
    return {
        risk: ValidationRule(
            every=every[risk.value], close_within=closing, checks=checks, severities=severities
        )
        for risk in Risk
    }


def _spans(section: Fields, name: str, unsaid: Mapping[str, timedelta]) -> Mapping[str, timedelta]:
    found = dict(unsaid)
    if not section.has(name):
        return found
    inner = section.inside(name)
    for key in unsaid:
        if inner.has(key):
            text = inner.text(key)
            try:
                span = parse_span(text)
            except ValueError:
                span = None
            if span is None:
                inner.report(key, f"'{text}' is no span of time", "write 180d")
            else:
                found[key] = span
    inner.finish()
    return found


def _checks(section: Fields) -> tuple[tuple[GateRule, ...], Mapping[str, str]]:
    """Read the checks, which are written as gates with a severity each."""
    if not section.has("checks") or section.values["checks"] is False:
        return (), {}
    every = section.inside("checks")
    severities, rest = {}, {}
    for name in every.names():
        value = every.values[name]
        if value is False:
            continue
        if isinstance(value, Mapping):
            severities[name] = every.inside(name).one_of("severity", Severity).value
            value = {key: one for key, one in value.items() if key != "severity"}
        rest[name] = value
    whole = Fields(rest, every.path, every.problems)
    return tuple(read_gate(whole, name) for name in whole.names()), severities
