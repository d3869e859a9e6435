"""A change in one sentence that somebody on call can act on: how much, where, how sure."""

from core.change import Effect, Level, Share, Side, segment_text
from core.policy.sentences import number, places_for

NOBODY_STANDS_OUT = "no segment stands out among {n} that were searched: the change is spread over the rows"


def sentence(
    title: str, before: Side, after: Side, change: Effect, story: tuple[Share, ...], *, n_tested: int
) -> str:
    """Return the sentence of a change.

    Parameters
    ----------
    title
        The metric's name as it begins a sentence.
    story
        The pieces to tell; empty: nothing stands out.
    n_tested
        Segments that were searched.

    Examples
    --------
    >>> side = lambda name, value, n: Side(name=name, level=Level(value=value, n=n))
    >>> print(sentence("ROC AUC", side("the reference", 0.871, 50000), side("window 7", 0.85, 3204),
    ...     Effect(value=-0.021, low=-0.03, high=-0.012, p_value=0.0), (), n_tested=40))
    ROC AUC fell by 0.021 against the reference (0.871 → 0.850, n = 3,204, 95 % interval −0.030 to −0.012);
    no segment stands out among 40 that were searched: the change is spread over the rows.
    """
    places = places_for([one.level.value for one in (before, after) if one.level.value is not None])
    head = f"{title} {_moved(change.value, places)} against {before.name}"
    head += f" ({_levels(before.level, after.level, places)}, n = {after.level.n:,}"
    span = f"95 % interval {_signed(change.low, places)} to {_signed(change.high, places)}"
    if change.may_be_chance:
        return f"{head}, {span}): chance may explain it."
    told = [one for one in story if one.kind != "rest" and abs(one.value) >= 0.5 * 10**-places]
    if not told:
        return f"{head}, {span}); {NOBODY_STANDS_OUT.format(n=n_tested)}."
    pieces = [_piece(one, places, change.value) for one in told]
    rest = sum(one.value for one in story if one not in told)
    if abs(rest) >= max(0.1 * abs(change.value), 0.5 * 10**-places):
        how = "" if rest * change.value > 0 else " the other way"
        pieces.append(f"{number(abs(rest), places)}{how} in all other rows together")
    return f"{head}, {span}): {', '.join(pieces)}."


def _piece(one: Share, places: int, change: float) -> str:
    size = number(abs(one.value), places)
    if one.value * change < 0:
        size += " the other way"
    segment = "" if one.segment is None else segment_text(one.segment)
    if one.kind == "within":
        levels = _levels(one.before, one.after, places)
        n = 0 if one.after is None else one.after.n
        return f"{size} within {segment} ({levels}, n = {n:,})"
    grew = (one.share_after or 0.0) >= (one.share_before or 0.0)
    shares = f"{_percent(one.share_before)} → {_percent(one.share_after)} of rows"
    level = (
        "" if one.after is None or one.after.value is None else f", {number(one.after.value, places)} there"
    )
    return f"{size} because {'more' if grew else 'fewer'} rows come from {segment} ({shares}{level})"


def _levels(before: Level | None, after: Level | None, places: int) -> str:
    return " → ".join(
        "–" if one is None or one.value is None else number(one.value, places) for one in (before, after)
    )


def _moved(value: float, places: int) -> str:
    return f"{'fell' if value < 0 else 'rose'} by {number(abs(value), places)}"


def _signed(value: float, places: int) -> str:
    text = number(value, places)
    return text if value <= 0 else f"+{text}"


def _percent(share: float | None) -> str:
    return (
        "–"
        if share is None
        else f"{100 * share:.0f} %"
        if share >= 0.1 or share == 0
        else f"{100 * share:.1f} %"
    )
