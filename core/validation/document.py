"""A validation as a document to hand over: Markdown, or one page of HTML that needs nothing else. Pure."""

from collections.abc import Iterator
from datetime import datetime
from html import escape

from core.domain import Status
from core.finding import Finding
from core.views.validation import Line, ValidationView, Verdict

MARKS = {
    Status.PASS: "● passes",
    Status.WARN: "▲ watch",
    Status.FAIL: "■ fails",
    Status.UNKNOWN: "○ not known",
    Status.WAIVED: "◐ waived",
}
VERDICTS = {
    Verdict.PASSES: "● Passes",
    Verdict.OPEN_FINDINGS: "▲ Open findings",
    Verdict.FAILS: "■ Fails",
    Verdict.NOT_VALIDATED: "○ Not validated",
}
_HEADS = ("", "Value", "95 % interval", "n", "Limit", "What it says")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "code{font-size:.85em;overflow-wrap:anywhere}p.about{color:#555;margin:.2rem 0}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}th,td{border-color:#444}"
    "p.about{color:#aaa}}"
)


def markdown(view: ValidationView) -> str:
    """Return the validation as Markdown; names from models and rows are escaped."""
    parts = [f"# Validation of {_md(view.model)} {_md(view.version)}", _md_bold(view), *_md_facts(view)]
    for section in view.sections:
        parts.append(f"## {section.title}\n\n{section.about}")
        if section.lines:
            rows = ["| " + " | ".join(_HEADS) + " |", "|" + "---|" * len(_HEADS)]
            rows += ["| " + " | ".join(_md(cell) for cell in _cells(line)) + " |" for line in section.lines]
            parts.append("\n".join(rows))
        else:
            parts.append(_md(section.empty))
    parts.append("## Findings")
    parts.append("\n".join(f"- {_md(_told(one))}" for one in view.findings) or "None.")
    return "\n\n".join(parts) + "\n"


def html(view: ValidationView) -> str:
    """Return the validation as one HTML page without scripts, images or addresses."""
    title = escape(f"Validation of {view.model} {view.version}")
    body = [f"<h1>{title}</h1>", f"<p><strong>{VERDICTS[view.verdict]}</strong> {escape(view.sentence)}</p>"]
    body += [f"<p class=about>{escape(name)}: <code>{escape(text)}</code></p>" for name, text in _facts(view)]
    for section in view.sections:
        body.append(f"<h2>{escape(section.title)}</h2><p class=about>{escape(section.about)}</p>")
        body.append(_table(section.lines) if section.lines else f"<p>{escape(section.empty)}</p>")
    body.append("<h2>Findings</h2>")
    body.append(
        "<ul>" + "".join(f"<li>{escape(_told(one))}</li>" for one in view.findings) + "</ul>"
        if view.findings
        else "<p>None.</p>"
    )
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>"
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def _table(lines: tuple[Line, ...]) -> str:
    heads = "".join(f"<th>{escape(one)}</th>" for one in _HEADS)
    rows = []
    for line in lines:
        first, *numbers, said = _cells(line)
        cells = "".join(f"<td class=n>{escape(one)}</td>" for one in numbers)
        rows.append(f"<tr><td>{escape(first)}</td>{cells}<td>{escape(said)}</td></tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cells(line: Line) -> tuple[str, ...]:
    mark = "" if line.status is None else MARKS[line.status]
    between = "" if line.low is None or line.high is None else f"{line.low:.3f} to {line.high:.3f}"
    value = "" if line.value is None else f"{line.value:.3f}{line.unit}"
    return mark, value, between, f"{line.n:,}" if line.n else "", limit_text(line), line.sentence


def limit_text(line: Line) -> str:
    """Return what a number is held to, in short.

    Examples
    --------
    >>> limit_text(Line(name="size", sentence="", limit_high=2000.0)), limit_text(Line(name="a", sentence=""))
    ('≤ 2,000', '')
    """
    ends = (("≥", line.limit_low), ("≤", line.limit_high))
    return " ".join(f"{sign} {edge:,.3g}" if abs(edge) < 1000 else f"{sign} {edge:,.0f}"
                    for sign, edge in ends if edge is not None)  # fmt: skip


def _facts(view: ValidationView) -> Iterator[tuple[str, str]]:
    if view.made_at is not None:
        yield "Validated", f"{_day(view.made_at)}, asked for by {view.actor}"
    if view.due_at is not None:
        yield "To be validated anew", f"{_day(view.due_at)}{', overdue' if view.overdue else ''}"
    if view.digests is not None:
        for name in ("version", "policy", "rows", "findings"):
            yield f"SHA-256 of the {name}", getattr(view.digests, name) or "not kept"


def _md_facts(view: ValidationView) -> list[str]:
    return ["\n".join(f"- {name}: `{text}`" for name, text in _facts(view))] if view.made_at else []


def _md_bold(view: ValidationView) -> str:
    return f"**{VERDICTS[view.verdict]}.** {_md(view.sentence)}"


def _told(one: Finding) -> str:
    owner = one.owner or "nobody"
    said = f"{one.severity.value}: {one.title} (owner {owner}, due {one.due_at:%Y-%m-%d})"
    if one.closed_at is None:
        return said
    return f"{said}; closed {one.closed_at:%Y-%m-%d} by {one.closed_by}: {one.closed_why}"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _md(text: str) -> str:
    """Return a text that Markdown takes as it is."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>|#~" else one for one in text.replace("\n", " "))
