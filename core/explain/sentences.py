"""Explanations in plain sentences, one for each reason. Pure."""

from math import floor, log10

from core.explain.values import (
    Behind,
    Change,
    Counterfactual,
    Explained,
    GlobalExplanation,
    LocalExplanation,
    Reason,
    Surrogate,
    Value,
)

NOT_LEGAL_ADVICE = (
    "It says what the model computed, not whether the decision was right or lawful; it is not legal advice."
)
_NEGLIGIBLE = 5e-4
_SURE = 5e-3
"""Share of a contribution under which its standard error is not worth a word."""
_POOR, _FAIR = 0.5, 0.8
_WORSE = {
    "roc_auc": "the AUC falls by",
    "accuracy": "the accuracy falls by",
    "log_loss": "the log loss grows by",
    "mae": "the mean absolute error grows by",
    "output": "the answer moves by",
}


def number(value: float) -> str:
    """Return a number as people write it, to three places or four digits; a small one to its first digit.

    Examples
    --------
    >>> number(0.12345), number(1234567.0), number(12.5), number(-3.0), number(0.00014), number(1e-12)
    ('0.123', '1,234,567', '12.5', '−3', '0.0001', '0')
    """
    size = abs(value)
    places = 1 if size >= 100 else 3 if size >= 1e-3 or size < 5e-7 else 1 - floor(log10(size)) - 1
    text = f"{size:,.0f}" if size >= 1000 else f"{size:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 and text != "0" else text


def shown(value: Value) -> str:
    """Return a value of a row.

    Examples
    --------
    >>> shown("web"), shown(3.0), shown(None)
    ('web', '3', 'not given')
    """
    if value is None:
        return "not given"
    return value if isinstance(value, str) else number(value)


def summary(local: LocalExplanation) -> str:
    """Say what was answered, and against what it is explained."""
    decided = "" if local.decision is None else f" and decided for {local.decision}"
    limit = "" if local.threshold is None else f" (the limit is {number(local.threshold)})"
    return (
        f"The {local.output_of} is {number(local.output)}{decided}{limit}; over {local.n_background:,} rows"
        f" of the reference it is {number(local.base)} on average."
    )


def reason(one: Reason, local: LocalExplanation) -> str:
    """Say what one column did.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> local = LocalExplanation(model="m", version="1", digest="", output_of="score of 1", output=0.3,
    ...     base=0.5, decision="0", reasons=(), method="", n_background=100, n_asked=1,
    ...     made_at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> reason(Reason(feature="income", value=1200.0, contribution=-0.2), local)
    'income (1,200) lowered the score of 1 by 0.2.'
    >>> reason(Reason(feature="channel", value="web", contribution=0.0), local)
    'channel (web) made no difference to the score of 1.'
    """
    what = f"{one.feature} ({shown(one.value)})"
    if abs(one.contribution) < _NEGLIGIBLE * max(abs(local.output), abs(local.base), 1e-12):
        return f"{what} made no difference to the {local.output_of}."
    verb = "raised" if one.contribution > 0 else "lowered"
    sure = "" if one.error < _SURE * abs(one.contribution) else f" (± {number(1.96 * one.error)})"
    return f"{what} {verb} the {local.output_of} by {number(abs(one.contribution))}{sure}."


def change(one: Change) -> str:
    """Return one change in words.

    Examples
    --------
    >>> change(Change(feature="income", before=1200.0, after=2500.0))
    'income were 2,500 instead of 1,200'
    """
    return f"{one.feature} were {shown(one.after)} instead of {shown(one.before)}"


def counterfactual(one: Counterfactual) -> str:
    """Say what would have had to be otherwise."""
    listed = " and ".join(change(each) for each in one.changes)
    like = "as like rows of the reference as those are" if one.plausible else "unlike rows of the reference"
    return f"If {listed}, it would be decided for {one.decision}; such a row is {like}."


def fit(surrogate: Surrogate) -> str:
    """Say how far a surrogate can be believed.

    Examples
    --------
    >>> fit(Surrogate(fit=0.93, n=500, weights=()))
    'Near this row a linear model follows the model well (R² 0.93 on neighbours it was not fitted on).'
    """
    how = (
        "well" if surrogate.fit >= _FAIR else "roughly" if surrogate.fit >= _POOR else "badly: do not use it"
    )
    shown_fit = number(round(surrogate.fit, 2))
    return (
        f"Near this row a linear model follows the model {how} (R² {shown_fit} on neighbours it was not"
        " fitted on)."
    )


def behind(one: Behind) -> str:
    """Say who put a version into production."""
    at = f"{one.at.day} {one.at:%b %Y %H:%M} UTC"
    if one.kind in ("initial", "external"):
        return f"Nobody approved it through Trimtab: {one.reason} ({at})."
    agreed = "; ".join(text.rstrip(".") for text in one.approvals) or "no approval was asked for"
    return f"{one.actor} asked to {one.kind.replace('_', ' ')} it on {at} (reason: {one.reason}): {agreed}."


def agreement(found: Explained) -> str:
    """Say whether the model still answers what was logged, empty where nothing comparable was."""
    if found.agrees is None:
        return ""
    if found.agrees:
        return "The model answers now what was logged then."
    return (
        "The model's answer now differs from what was logged then: the reasons are those of its answer now."
    )


def told(found: Explained) -> list[str]:
    """Tell one explanation: the answer, a sentence for each reason, what would turn it, who stands behind."""
    local = found.local
    lines = [summary(local), *(reason(one, local) for one in local.reasons)]
    if agrees := agreement(found):
        lines.append(agrees)
    lines += [counterfactual(one) for one in local.counterfactuals]
    if local.why_no_counterfactuals:
        lines.append(f"What would turn it is not told: {local.why_no_counterfactuals}.")
    lines.append(
        fit(local.surrogate) if local.surrogate else f"There is no surrogate: {local.why_no_surrogate}."
    )
    lines += [behind(one) for one in found.behind] or [
        f"Nothing on record says who put version {local.version} into production."
    ]
    return [*lines, NOT_LEGAL_ADVICE]


def important(found: GlobalExplanation) -> list[str]:
    """Tell what a version leans on, a sentence for each column, the most important first."""
    worse = _WORSE[found.measured_by]
    by_shap = {one.feature: one for one in found.shap}
    lines = []
    for one in found.permutation:
        moved = by_shap.get(one.feature)
        also = (
            "" if moved is None else f"; on average it moves the {found.output_of} by {number(moved.value)}"
        )
        interval = f"{number(one.low)} to {number(one.high)}"
        lines.append(
            f"{one.feature}: shuffled, {worse} {number(one.value)} (95 % interval {interval}){also}."
        )
    return lines
