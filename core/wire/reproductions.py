"""What came of training a version again, as JSON."""

from typing_extensions import TypedDict

from core.reproduction import Compared, Reproduction


class ComparedObject(TypedDict):
    """One metric: as recorded, as found anew, and whether they agree within the tolerance."""

    metric: str
    recorded: float
    found: float
    tolerance: float
    equal: bool
    beside: str


class ReproductionObject(TypedDict):
    """``reproduced`` is null while it is under way; the lists are sentences."""

    model: str
    version: str
    reproduced: bool | None
    sentence: str
    compared: list[ComparedObject]
    missing: list[str]
    differs: list[str]
    notes: list[str]
    job: str | None


def reproduction_object(found: Reproduction) -> ReproductionObject:
    """Return a reproduction as JSON."""
    return {
        "model": found.model,
        "version": found.version,
        "reproduced": found.reproduced,
        "sentence": found.sentence,
        "compared": [
            {
                "metric": one.metric,
                "recorded": one.recorded,
                "found": one.found,
                "tolerance": one.tolerance,
                "equal": one.equal,
                "beside": one.beside,
            }
            for one in found.compared
        ],
        "missing": list(found.missing),
        "differs": list(found.differs),
        "notes": list(found.notes),
        "job": found.job,
    }


def reproduction_of(document: ReproductionObject) -> Reproduction:
    """Return the reproduction that was sent."""
    return Reproduction(
        model=document["model"],
        version=document["version"],
        reproduced=document["reproduced"],
        sentence=document["sentence"],
        compared=tuple(
            Compared(
                metric=one["metric"],
                recorded=one["recorded"],
                found=one["found"],
                tolerance=one["tolerance"],
                beside=one["beside"],
            )
            for one in document["compared"]
        ),
        missing=tuple(document["missing"]),
        differs=tuple(document["differs"]),
        notes=tuple(document["notes"]),
        job=document["job"],
    )
