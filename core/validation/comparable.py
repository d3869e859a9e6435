"""Which comparisons of a validation still say something: those with what is champion. Pure."""

from dataclasses import replace

from core.candidate import Baseline, Fact, Findings


def comparable(findings: Findings, champion: str | None) -> tuple[Fact, ...]:
    """Return what was found; comparisons with another version than the champion are missing, and say so.

    Parameters
    ----------
    champion
        The champion at the time in question, None where there was none.
    """
    if champion in (findings.against, findings.version):
        return findings.facts
    now_is = "there is no champion" if champion is None else f"the champion is version {champion} now"
    beside = findings.against or "none"
    return without_comparisons(findings.facts, f"it was validated beside version {beside}, and {now_is}")


def without_comparisons(facts: tuple[Fact, ...], why: str) -> tuple[Fact, ...]:
    """Return facts of which every comparison with a champion is missing, for a reason."""
    return tuple(
        replace(fact, value=None, reason=why) if fact.baseline is Baseline.CHAMPION else fact
        for fact in facts
    )
