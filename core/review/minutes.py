"""The minutes of a review: one page of HTML with its charts in it, which prints from any browser. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from core.domain import Health
from core.review.svg import chart
from core.views.review import Choice, Decision, Earlier, Item, Review
from core.views.words import count, day, when

_MARKS = {
    Health.CRITICAL: ("■ Critical", "critical"),
    Health.WATCH: ("▲ Watch", "watch"),
    Health.HEALTHY: ("● Healthy", "healthy"),
    Health.UNKNOWN: ("○ Unknown", "unknown"),
}
_STYLE = (
    ":root{color-scheme:light}*{box-sizing:border-box}"
    "body{font:15px/1.5 Inter,system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1.25rem;"
    "color:#0A121C;background:#fff}h1{font-size:1.75rem;margin:0 0 .25rem}h2{font-size:1.3rem;"
    "margin:2rem 0 .5rem}h3{font-size:1.05rem;margin:0}p{margin:.35rem 0}.soft,.none{color:#5A6675}"
    "article{border:1px solid #DCE2EA;border-radius:8px;padding:1rem 1.25rem;margin:0 0 1rem}"
    "article header{display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}"
    ".mark{font-size:.875rem;font-weight:600;border-radius:5px;padding:.05rem .45rem}"
    ".critical{color:#9B2612;background:#FBE4DE}.watch{color:#7A4F00;background:#FDF1D3}"
    ".healthy{color:#0B5F5F;background:#DDF1EF}.unknown{color:#4B5563;background:#F4F6F9}"
    ".happened{font-size:1.05rem;font-weight:600}.decision{border-left:3px solid #1F5FA8;padding-left:.75rem;"
    "margin:.6rem 0}svg{display:block;width:100%;max-width:640px;height:auto;margin:.6rem 0}"
    "svg text{font-family:Inter,system-ui,sans-serif}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #DCE2EA;padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}"
    "code{font-size:.85em;overflow-wrap:anywhere}footer{margin-top:2rem;border-top:1px solid #DCE2EA;"
    "padding-top:.75rem}"
    "@media print{@page{margin:16mm 14mm}body{max-width:none;margin:0;padding:0;font-size:11pt}"
    "article,tr,svg,footer{break-inside:avoid}article svg{height:48mm}h2,h3,article header{break-after:avoid}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The ledger's newest entry when the page was made, and when that was."""

    seq: int
    head: str
    at: datetime


def html(review: Review, stamp: Stamp) -> str:
    """Return the minutes, or before the review is closed its pre-read, as one page.

    Every text that people or models wrote is escaped; the page has no script and no address in it.
    """
    title = escape(review.title)
    parts = [
        f"<h1>{title}</h1>",
        _head(review),
        _earlier(review.earlier),
        *_chapters(review),
    ]
    if not review.items:
        parts.append("<p>Nothing changed in this time, and nothing is open: there is nothing to decide.</p>")
    if review.n_more:
        parts.append(f"<p class=soft>{count(review.n_more, 'more item')} of less consequence not listed.</p>")
    parts.append(_foot(review, stamp))
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _chapters(review: Review) -> list[str]:
    """Return the items under their headings, numbered as in the agenda; once closed, decided ones first."""
    placed = list(enumerate(review.items, start=1))
    if review.open:
        return ["<h2>Agenda</h2>", *(_article(review, item, place) for place, item in placed)]
    parts: dict[bool, list[str]] = {True: [], False: []}
    for place, item in placed:
        parts[review.decided(item) is not None].append(_article(review, item, place))
    nothing = ["<p>Nothing was decided.</p>"] if placed and not parts[True] else []
    open_ones = ["<h2>Not decided</h2>", *parts[False]] if parts[False] else []
    return ["<h2>What was decided</h2>", *nothing, *parts[True], *open_ones]


def _head(review: Review) -> str:
    what = "Pre-read: nothing is final yet" if review.open else f"Minutes, closed {when(review.closed_at)}"
    by = "" if review.closed_by is None else f" by {escape(review.closed_by)}"
    there = ", ".join(escape(name) for name in review.attendees) or "nobody named"
    return (
        f"<p>{what}{by}. {review.n_decided} of {count(len(review.items), 'item')} decided.</p>"
        f"<p>There: {there}.</p>"
        f"<p class=soft>Agenda of {when(review.opened_at)}, opened by {escape(review.opened_by)}: what"
        f" changed since {day(review.since)} and what is still open, the gravest first. Its numbers"
        " are frozen.</p>"
    )


def _earlier(found: Sequence[Earlier]) -> str:
    if not found:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one.state.value.capitalize())}</td><td>{escape(one.item_title)}</td>"
        f"<td>{escape(one.decision.choice.words)}, {escape(one.decision.owner or 'nobody')}"
        f"{'' if one.decision.due_at is None else f', due {day(one.decision.due_at)}'}</td>"
        f"<td>{escape(one.sentence)}</td></tr>"
        for one in found
    )
    heads = "<tr><th>State</th><th>Item</th><th>Decision</th><th>What became of it</th></tr>"
    return (
        f"<h2>What became of earlier decisions</h2><table><thead>{heads}</thead><tbody>{rows}</tbody></table>"
    )


def _article(review: Review, item: Item, place: int) -> str:
    words, kind = _MARKS[item.status]
    owner = item.owner or "no owner"
    about = ", ".join(item.models) if len(item.models) > 1 else item.model
    drawn = "" if item.series is None else chart(item.series, since=review.since)
    told = "".join(_decision(one) for one in review.about(item))
    return (
        f"<article><header><span class='mark {kind}'>{words}</span><h3>{escape(about)}</h3>"
        f"<span class=soft>Item {place} of {len(review.items)} · {escape(item.title)} ·"
        f" {escape(owner)}</span></header><p class=happened>{escape(item.sentence)}</p>"
        f"{f'<p>{escape(item.detail)}</p>' if item.detail else ''}"
        f"<p><strong>Proposed:</strong> {escape(item.proposed)}</p>{drawn}{told}</article>"
    )


def _decision(one: Decision) -> str:
    facts = [
        f"{escape(one.actor)}, {when(one.at)}",
        "" if one.choice is Choice.NOTE else f"owner {escape(one.owner or 'nobody')}",
        "" if one.due_at is None else f"due {day(one.due_at)}",
        "" if one.until is None or one.tells_end else f"until {day(one.until)}",
        "" if one.ledger_seq is None else f"ledger entry {one.ledger_seq}",
    ]
    came = (
        "" if not one.sentence else f"<p>{escape(one.outcome.value.capitalize())}: {escape(one.sentence)}</p>"
    )
    return (
        f"<div class=decision><p><strong>{escape(one.choice.words)}.</strong> {escape(one.reason)}</p>{came}"
        f"<p class=soft>{' · '.join(fact for fact in facts if fact)}</p></div>"
    )


def _foot(review: Review, stamp: Stamp) -> str:
    frozen = f"<code>{escape(review.head_hash)}</code>"
    return (
        f"<footer class=soft><p>Agenda frozen at ledger entry {review.head_seq}, {frozen}.</p>"
        f"<p>This page rests on ledger entry {stamp.seq}, <code>{escape(stamp.head)}</code>,"
        f" {when(stamp.at)}. Check it: trimtab ledger verify.</p></footer>"
    )
