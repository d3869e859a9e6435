"""Two versions side by side as JSON, and back."""

from typing_extensions import TypedDict

from core.action import Contrast, Contrasts


class ContrastObject(TypedDict):
    """One thing in which two versions differ; null where one of them does not have it."""

    kind: str
    name: str
    before: str | None
    after: str | None


class ContrastsObject(TypedDict):
    """Two versions side by side: only what differs, and how much does not."""

    model: str
    before: str | None
    after: str
    differing: list[ContrastObject]
    n_equal: int


def contrasts_object(found: Contrasts) -> ContrastsObject:
    """Return two versions side by side as JSON."""
    return {
        "model": found.model,
        "before": found.before,
        "after": found.after,
        "differing": [
            {"kind": one.kind, "name": one.name, "before": one.before, "after": one.after}
            for one in found.differing
        ],
        "n_equal": found.n_equal,
    }


def contrasts_of(document: ContrastsObject) -> Contrasts:
    """Read two versions side by side."""
    return Contrasts(
        model=document["model"],
        before=document["before"],
        after=document["after"],
        differing=tuple(
            Contrast(kind=one["kind"], name=one["name"], before=one["before"], after=one["after"])
            for one in document["differing"]
        ),
        n_equal=document["n_equal"],
    )
