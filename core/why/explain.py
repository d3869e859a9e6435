"""Two sets of rows of a model → why its number differs between them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from core.change import ChangeExplained, ColumnEffect, Level, Side
from core.errors import InvalidInput
from core.metrics.catalogue import BY_NAME
from core.metrics.decomposition import decompose, level
from core.metrics.leading import leading_metric
from core.metrics.segment_gaps import moved
from core.metrics.segment_search import Cut, search
from core.metrics.slices import Ranks, Slices, Sums
from core.policy.sentences import title as metric_title
from core.profiles.codings import Coding, codings
from core.profiles.losses import MEAN_PREDICTION, MEAN_SCORE, Loss
from core.profiles.relation import watched
from core.profiles.segmented import Counted, Segmented
from core.store import Cursor
from core.why import questions
from core.why.clocks import shifts_anyway, tells_time
from core.why.questions import Asked, Ground, Question
from core.why.sentence import sentence
from core.why.story import tell

TITLES = {MEAN_SCORE: "Mean score", MEAN_PREDICTION: "Mean prediction"}
METHOD = (
    "mix and within: straight path from before to after (for means Kitagawa's formula, midpoint weights); "
    "segments: t test of the gap to the remaining rows, Benjamini-Yekutieli at 5 %"
)
_FULL = 0.995


def explain(
    cursor: Cursor,
    ground: Ground,
    before: Asked,
    after: Asked,
    *,
    metric: str | None = None,
    estimated: bool | None = None,
    by: Sequence[str] = (),
) -> ChangeExplained:
    """Explain how a metric differs between two windows, or between the reference and a window.

    Parameters
    ----------
    cursor
        Reading or writing; coded rows stand in a temporary table of it meanwhile.
    ground
        The model.
    before, after
        The two sides.
    metric
        None for the model's leading one; where no label is known its estimate, and without scores to
        estimate from the mean of what went out.
    estimated
        True for the estimate alone, False for labels alone; None for labels, else the estimate.
    by
        Columns to split by; the most telling ones unless given. A column that merely tells the time is
        searched only when it is named here.

    Returns
    -------
    ChangeExplained
        With a ``reason`` instead of an explanation where a side has no value.

    Raises
    ------
    InvalidInput
        The metric cannot be traced back to rows, or a column of ``by`` is no feature or sensitive column.

    Notes
    -----
    100,000 rows with 30 features take about half a second: rows are coded once, every single column is
    counted in one statement, and at most 15 pairs of columns one by one.
    """
    ground = replace(ground, layout=watched(ground.layout, ground.spec))
    questions.check_columns(ground, by)
    sides = (questions.rows_of(ground, before, 0), questions.rows_of(ground, after, 1))
    asked = questions.questions(cursor, ground, sides, metric, estimated)
    codes, left_out = _worth_searching(codings(cursor, ground.layout, ground.reference, sides), ground, by)
    found: ChangeExplained | None = None
    for question in asked:
        ranked, binned = question.loss.ranked, question.loss.ranked or question.estimated
        rows = Segmented(
            cursor,
            sides,
            question.loss,
            codes,
            score_edges=questions.score_edges(ground) if binned else (),
            coarse=questions.coarse_bins(ground) if ranked else (),
            chances=question.chances,
        )
        with closing(rows):
            found = _explained(ground, question, rows, before, after, tuple(by))
        if found.reason is None:
            return replace(found, left_out=left_out)
    if found is None:
        raise InvalidInput("The question", [questions.untraceable(metric or leading_metric(ground.spec))])
    return found


def _worth_searching(
    codes: Sequence[Coding], ground: Ground, by: Sequence[str]
) -> tuple[tuple[Coding, ...], tuple[str, ...]]:
    """Leave out columns that merely tell the time, unless they are asked for or nothing else is left."""
    clocks = set(tells_time(ground.reference)) - set(by)
    kept = tuple(one for one in codes if one.column not in clocks)
    left_out = tuple(one.column for one in codes if one.column in clocks)
    return (kept, left_out) if kept else (tuple(codes), ())


def _explained(
    ground: Ground, question: Question, rows: Segmented, before: Asked, after: Asked, by: tuple[str, ...]
) -> ChangeExplained:
    whole = _slices(rows.joint((), fine=True), question.loss)
    nothing = _nothing(ground, question, whole, (before, after))
    if nothing.reason is not None:
        return nothing
    cut = _cut(rows, question.loss)
    singles = [_slices(one, question.loss) for one in rows.singles()]
    columns = _column_effects(singles)
    change = moved(whole.before.levels(), whole.after.levels())
    harm = nothing.harm
    searched = search(singles, cut, harm=harm or (1 if change.value > 0 else -1))
    usual = set(shifts_anyway(ground.reference)) - set(by)
    causes = [one for one in columns if one.column not in usual]
    told = tell(searched, causes, _cut(rows, question.loss, fine=True), change=change.value)
    split_by = by or told.by
    split = decompose(_cut(rows, question.loss, fine=True)(split_by)) if split_by else None
    return replace(
        nothing,
        change=change,
        story=told.shares,
        split=split,
        columns=tuple(sorted(columns, key=lambda one: (-abs(one.mix.value), one.column))),
        found=searched.found,
        shown=searched.shown,
        n_tested=searched.n_tested,
        shifting=tuple(one.column for one in columns if one.column in usual),
        sentence=sentence(
            nothing.title, nothing.before, nothing.after, change, told.shares, n_tested=searched.n_tested
        ),
        notes=(*question.notes, *_coverage(rows, whole, (before, after))),
    )


def _nothing(
    ground: Ground, question: Question, whole: Slices, asked: tuple[Asked, Asked]
) -> ChangeExplained:
    """Return the explanation without its findings; with a reason where a side has no value."""
    info = BY_NAME.get(question.metric)
    title = TITLES.get(question.metric) or metric_title(question.metric)
    if question.estimated:
        title = f"Estimated {title if title[1:2].isupper() else title[0].lower() + title[1:]}"
    sides = [
        Side(
            name=one.name,
            level=level(material.levels(), 0, material.rows[0]) if whole.segments else Level(value=None, n=0),
            window=one.window,
            version=one.version,
            is_reference=one.window is None,
        )
        for one, material in zip(asked, (whole.before, whole.after), strict=True)
    ]
    empty = next((side for side in sides if side.level.value is None), None)
    reason = None if empty is None else f"{title} has no value in {empty.name}"
    return ChangeExplained(
        model=ground.spec.model,
        metric=question.metric,
        title=title,
        unit="" if info is None else info.unit,
        estimated=question.estimated,
        method=METHOD,
        before=sides[0],
        after=sides[1],
        change=None,
        harm=0 if info is None else {"better": -1, "worse": 1}.get(info.higher_is, 0),
        story=(),
        split=None,
        columns=(),
        found=(),
        shown=(),
        n_tested=0,
        sentence="" if reason is None else f"Nothing can be explained: {reason}.",
        reason=reason,
    )


def _cut(rows: Segmented, loss: Loss, *, fine: bool = False) -> Cut:
    known: dict[tuple[str, ...], Slices] = {}

    def cut(columns: tuple[str, ...]) -> Slices:
        if columns not in known:
            known[columns] = _slices(rows.joint(columns, fine=fine), loss)
        return known[columns]

    return cut


def _slices(counted: Counted, loss: Loss) -> Slices:
    sides: list[Sums | Ranks] = [
        Ranks(positives=values[:, 0], negatives=values[:, 1])
        if loss.ranked
        else Sums(*(values[:, i] for i in range(6)))
        for values in counted.values
    ]
    return Slices(counted.columns, counted.segments, sides[0], sides[1])


def _column_effects(singles: Sequence[Slices]) -> list[ColumnEffect]:
    found = []
    for one in singles:
        split = decompose(one)
        if split is not None:
            sign = 1 if split.mix.value >= 0 else -1
            # What grew is easier to act on than what shrank to make room for it.
            grown = [part for part in split.parts if part.share_after > part.share_before]
            most = max(split.parts, key=lambda part: part.mix * sign)
            told = max(grown or split.parts, key=lambda part: part.mix * sign)
            moved_part = told if told.mix * sign >= 0.3 * most.mix * sign else most
            found.append(
                ColumnEffect(
                    column=one.columns[0], mix=split.mix, within=split.within.value, moved=moved_part
                )
            )
    return found


def _coverage(rows: Segmented, whole: Slices, asked: tuple[Asked, Asked]) -> list[str]:
    """Say which rows a number leaves out, and whether it rests on a part of them."""
    notes = []
    if rows.is_sample:
        notes.append("Of more than a million rows a fixed part was used.")
    for one, material, n in zip(asked, (whole.before, whole.after), rows.n_rows, strict=True):
        used = float(material.rows[0])
        if n and used < _FULL * n and not rows.is_sample:
            notes.append(
                f"{used:,.0f} of {n:,} rows of {one.name} count; the others lack a label or a value."
            )
    return notes
