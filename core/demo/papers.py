"""What the demo's people wrote about lending: some of it accepted, some still a draft, most not there yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.client import Client
from core.views.governance import EvidenceItem, ItemState

MODEL = "local/lending"
OUTSIDE = "bureau-score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One form: the item it is for, what it says, who stands for it, and whether somebody accepted it."""

    item: str
    text: str
    owner: str
    accepted: bool


PAPERS: Sequence[Paper] = (
    Paper(
        item="eu-ai-act/intended-purpose",
        text="Ranks applications for consumer credit by the chance of repayment, for officers who decide. "
        "Not for limits on existing accounts, not for employees, not without an officer.",
        owner="credit-risk",
        accepted=True,
    ),
    Paper(
        item="eu-ai-act/human-oversight",
        text="Officers see the score with its reasons and may decide otherwise; refusals near the threshold "
        "are read by a second officer. The duty officer can roll back.",
        owner="credit-risk",
        accepted=True,
    ),
    Paper(
        item="eu-ai-act/data-governance",
        text="Applications of the last three years. Labels: repaid after 30 days. Open: how refused "
        "applicants are missing from the labels.",
        owner="credit-risk",
        accepted=False,
    ),
    Paper(
        item="model-risk/purpose-and-limits",
        text="As in the intended purpose. Not to be trusted for channels that it was not trained on.",
        owner="credit-risk",
        accepted=True,
    ),
)
"""In the order in which they were written."""
READ = ("eu-ai-act/test-limits", "eu-ai-act/inputs-described")
"""What filled itself and a person read and accepted."""


def tell(client: Client) -> None:
    """Fill forms, accept what is to be accepted, list a model of no registry; told again, nothing changes."""
    for paper in PAPERS:
        if _of(client, paper.item).state is ItemState.MISSING:
            client.fill_form(MODEL, paper.item, text=paper.text, owner=paper.owner)
        if paper.accepted:
            _accept(client, paper.item)
    for item in READ:
        _accept(client, item)
    if not client.inventory():
        client.add_to_inventory(
            OUTSIDE,
            kind="vendor's score",
            owner="credit-risk",
            risk="high",
            unit="lending",
            use_case="credit",
            note="Comes with every application; its documents lie with the vendor.",
        )


def _of(client: Client, item: str) -> EvidenceItem:
    view = client.evidence(MODEL, pack=item.partition("/")[0])
    return next(one for one in view.items if one.id == item)


def _accept(client: Client, item: str) -> None:
    if not _of(client, item).bar:
        client.accept_evidence(MODEL, item)
