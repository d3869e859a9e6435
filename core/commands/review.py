"""The review meeting on the command line: its agenda and its minutes as one file."""

import json
from pathlib import Path

import click

from core import wire
from core.commands.files import write_text
from core.commands.frame import Call, command
from core.views.review import Item, Review


@command
@click.option(
    "--since",
    metavar="T",
    help="Gather changes since an ISO date or time, or a span such as 30d.  [default: since the last closed"
    " review]",
)
@click.option("--review", "review_id", metavar="ID", help="Write the page of this review; open none.")
@click.option("--attendee", "attendees", multiple=True, metavar="NAME", help="Who is there; may be repeated.")
@click.option("--close", "closing", is_flag=True, help="Close it: its minutes are frozen.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write the page, as HTML.",
)
def review(
    call: Call,
    since: str | None,
    review_id: str | None,
    attendees: tuple[str, ...],
    closing: bool,
    out: Path,
) -> None:
    """Open a review of what changed, and write its page: the pre-read, and once it is closed the minutes."""
    with call.client() as client:
        if review_id is None:
            found = client.open_review(since=since, attendees=attendees)
        else:
            found = client.attend(review_id, attendees) if attendees else client.review(review_id)
        if closing:
            found = client.close_review(found.id)
        page = client.minutes(found.id)
    write_text(out, page)
    call.show(json.loads(wire.value_json(found)), lambda: _told(found, out))


def _told(found: Review, out: Path) -> str:
    state = "open" if found.open else "closed"
    head = f"{found.title} ({found.id}, {state}): {found.n_decided} of {len(found.items)} items decided."
    return "\n".join([head, *(_line(item) for item in found.items), f"Written to {out}."])


def _line(item: Item) -> str:
    return f"  {item.status.value:<8}  {item.model}: {item.sentence}"
