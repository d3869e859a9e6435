"""Why a number changed."""

import click

from core import wire
from core.change import ChangeExplained, FoundSegment, segment_text
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, number, table


@command
@click.argument("model")
@click.option(
    "--from", "before", default="reference", metavar="W", help="A window's number.  [default: reference]"
)
@click.option(
    "--to", "after", default="latest", metavar="W", help="A window's number.  [default: the last one judged]"
)
@click.option("--metric", metavar="M", help="The metric.  [default: the model's leading one]")
@click.option(
    "--by",
    default="",
    metavar="COLUMN[,COLUMN]",
    help="Columns to split by.  [default: those that tell most]",
)
def change(call: Call, model: str, before: str, after: str, metric: str | None, by: str) -> None:
    """Explain why a metric of MODEL differs between two windows, or between the reference and a window.

    The change is split into mix (segments grew or shrank) and within (segments changed), and the segments
    of one and two columns that moved otherwise than the remaining rows are listed, worst first.
    """
    columns = tuple(column.strip() for column in by.split(",") if column.strip())
    with call.client() as client:
        found = client.change(model, before=before, after=after, metric=metric, by=columns)
    call.show(wire.change_object(found), lambda: _text(found))


def _text(found: ChangeExplained) -> str:
    parts = [found.sentence, *found.notes, found.time_note]
    if found.split is not None:
        rows = [
            [
                segment_text(part.segment),
                number(part.before.value),
                number(part.after.value),
                f"{part.after.n:,}",
                _share(part.share_before),
                _share(part.share_after),
                number(part.mix),
                number(part.within),
            ]
            for part in sorted(found.split.parts, key=lambda part: -abs(part.mix + part.within))
        ]
        mix, within = found.split.mix, found.split.within
        total = ["all", number(found.before.level.value), number(found.after.level.value)]
        rows.append([*total, f"{found.after.level.n:,}", "", "", number(mix.value), number(within.value)])
        heads = ["segment", "before", "after", "n", "share before", "after", "mix", "within"]
        parts.append(f"Split by {' and '.join(found.split.by)}:\n{table(heads, rows)}")
    if found.found:
        parts.append(f"Segments that stand out of {found.n_tested:,} searched:\n{_segments(found.found)}")
    return "\n\n".join(part for part in parts if part)


def _segments(found: tuple[FoundSegment, ...]) -> str:
    rows = [
        [
            segment_text(one.segment),
            "new" if one.is_new else number(one.before.value),
            f"{number(one.after.value)} [{number(one.after.low)}, {number(one.after.high)}]",
            f"{one.after.n:,}",
            EMPTY if one.change is None else number(one.change.value),
            f"{number(one.gap.value)} [{number(one.gap.low)}, {number(one.gap.high)}]",
            number(one.q_value),
        ]
        for one in found
    ]
    return table(["segment", "before", "after", "n", "change", "beyond the others", "adjusted p"], rows)


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"
