"""Evidence as one page of HTML that prints well and needs nothing else. Pure."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from core.action import shown_version
from core.views.governance import EvidenceItem, EvidenceView, FleetEvidence, ItemState, PackNote, summed_up

_MARKS = {
    ItemState.ACCEPTED: "● accepted",
    ItemState.DRAFT: "◐ draft",
    ItemState.STALE: "▲ stale",
    ItemState.MISSING: "○ missing",
}
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#0a121c;"
    "background:#fff}h1{font-size:1.7rem;margin-bottom:.2rem}h2{font-size:1.25rem;margin-top:2rem}"
    "h3{font-size:1.02rem;margin:1.4rem 0 .3rem}p{margin:.3rem 0}.about{color:#566172;font-size:.9rem}"
    "table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;vertical-align:top;"
    "border-top:1px solid #dce2ea;padding:.4rem .5rem}th{color:#566172;font-weight:600}"
    "td:first-child{white-space:nowrap}.accepted{color:#0b5f5f}.stale{color:#7a4f00}.draft{color:#1f5fa8}"
    ".missing{color:#566172}code{font-size:.82rem;word-break:break-all}blockquote{margin:.3rem 0;"
    "padding:.2rem .8rem;border-left:3px solid #dce2ea;white-space:pre-wrap}"
    "@media print{body{margin:0;max-width:none;font-size:10.5pt}tr,blockquote{break-inside:avoid}"
    "h2,h3{break-after:avoid}thead{display:table-header-group}@page{margin:16mm}}"
)


def evidence_page(view: EvidenceView) -> str:
    """Return the evidence of a model as a page."""
    title = f"Evidence of {view.model} {shown_version(view.version)}"
    return _page(title, [_when(view), *(_pack(one, view.of_pack(one.name)) for one in view.packs)])


def fleet_page(fleet: FleetEvidence) -> str:
    """Return the evidence of every model that a pack concerns as a page."""
    title = f"{fleet.pack.title}: the fleet"
    body = [f"<p><strong>{escape(fleet.summary)}</strong></p>", _about(fleet.pack)]
    for view in fleet.models:
        body.append(f"<h2>{escape(view.model)} {escape(shown_version(view.version))}</h2>")
        body.append(f"<p>{escape(summed_up(view.items))}</p>{_table(view.items)}")
    if fleet.inventory:
        rows = "".join(
            f"<tr><td>{escape(one.name)}</td><td>{escape(one.kind)}</td><td>{escape(one.risk)}</td>"
            f"<td>{escape(one.owner)}</td><td>{escape(one.note)}</td></tr>"
            for one in fleet.inventory
        )
        heads = "".join(f"<th>{one}</th>" for one in ("Model", "Kind", "Risk", "Owner", "Note"))
        body.append(
            "<h2>Models that no registry holds</h2><p>Inventoried, without evidence here.</p>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
    return _page(title, body)


def _page(title: str, body: Sequence[str]) -> str:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{''.join(body)}</body></html>\n"
    )


def _when(view: EvidenceView) -> str:
    name = escape(f"{view.registry}/{view.model}")
    return f"<p class=about>As of {view.as_of:%Y-%m-%d %H:%M} UTC, {name}.</p>"


def _about(pack: PackNote) -> str:
    dates = "".join(f"<br>{escape(one)}" for one in pack.milestones)
    which = escape(f"{pack.rules}; pack {pack.name} {pack.version} of {pack.dated}.")
    check = escape(f"Not legal advice: articles and dates are to be checked against the {pack.check}.")
    return f"<p class=about>{which} {check}{dates}</p>"


def _pack(pack: PackNote, items: tuple[EvidenceItem, ...]) -> str:
    counts, _, names = summed_up(items).partition(": ")
    said = f"<p><strong>{escape(counts)}</strong></p><p class=about>{escape(names)}</p>"
    body = [f"<h2>{escape(pack.title)}</h2>{said}", _about(pack)]
    places = {group: place for place, group in reversed(list(enumerate(one.group for one in items)))}
    ordered = sorted(items, key=lambda one: places[one.group])
    for group, members in groupby(ordered, key=lambda one: one.group):
        body.append(f"<h3>{escape(group)}</h3>{_table(list(members))}")
    return "".join(body)


def _table(items: Sequence[EvidenceItem]) -> str:
    heads = "".join(f"<th>{one}</th>" for one in ("State", "Item", "Source", "Owner", "Good until"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, items))}</tbody></table>"


def _row(one: EvidenceItem) -> str:
    digest = f"<br><code>{one.digest}</code>" if one.digest else ""
    text = f"<blockquote>{escape(one.text)}</blockquote>" if one.text else ""
    accepted = ""
    if one.accepted_by and one.accepted_at and one.state is not ItemState.MISSING:
        accepted = (
            f"<br><span class=about>Accepted {one.accepted_at:%Y-%m-%d} by {escape(one.accepted_by)}</span>"
        )
    until = "" if one.valid_until is None else f"{one.valid_until:%Y-%m-%d}"
    return (
        f"<tr><td class={one.state.value}>{_MARKS[one.state]}</td>"
        f"<td><strong>{escape(one.title)}</strong> <span class=about>{escape(one.article)}</span><br>"
        f"{escape(one.asks)}<br>{escape(one.why)}{text}{accepted}</td>"
        f"<td>{escape(one.source)}{digest}</td><td>{escape(one.owner)}</td><td>{until}</td></tr>"
    )
