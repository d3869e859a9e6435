"""A model card: Markdown with the metadata that Hugging Face reads at its head. Pure."""

from collections.abc import Iterator

import yaml

from core.action import shown_version
from core.domain import Task
from core.evidence.exports.dossier import Dossier, Number
from core.views.governance import ItemState

_PIPELINES = {
    Task.BINARY: "tabular-classification",
    Task.MULTICLASS: "tabular-classification",
    Task.REGRESSION: "tabular-regression",
}
_USES = {
    "intended-purpose": "Intended use",
    "purpose-and-limits": "Assumptions and limits",
    "known-risks": "Known risks",
    "data-governance": "Data",
    "representativeness": "For whom the data fits",
    "human-oversight": "Human oversight",
    "instructions": "Instructions",
}
_NOT_SAID = "Nobody has written and accepted this yet."


def model_card(dossier: Dossier) -> str:
    """Return the card; names and texts from outside are escaped, what is not known is said to be so."""
    head = yaml.safe_dump(_metadata(dossier), sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{head}---\n\n" + "\n\n".join(_parts(dossier)) + "\n"


def _metadata(dossier: Dossier) -> dict[str, object]:
    spec = dossier.facts.spec
    metadata: dict[str, object] = {"license": "unknown", "model_name": dossier.name}
    tags = ["trimtab", "tabular"]
    if spec is not None:
        metadata["pipeline_tag"] = _PIPELINES[spec.task]
        tags += [spec.use_case] if spec.use_case else []
    metadata["tags"] = tags
    measured = [one for one in dossier.numbers if one.role == "performance"]
    if measured and spec is not None:
        metadata["metrics"] = sorted({one.metric for one in measured})
        metadata["model-index"] = [
            {
                "name": dossier.name,
                "results": [
                    {
                        "task": {"type": _PIPELINES[spec.task]},
                        "dataset": {"name": f"production, window {measured[0].window}", "type": "production"},
                        "metrics": [
                            {"type": one.metric, "value": one.value, "name": one.name} for one in measured
                        ],
                    }
                ],
            }
        ]
    return metadata


def _parts(dossier: Dossier) -> Iterator[str]:
    facts, spec = dossier.facts, dossier.facts.spec
    yield f"# {escaped(dossier.name)}, {escaped(shown_version(dossier.evidence.version))}"
    day = f"{facts.now.day} {facts.now:%b %Y}"
    yield f"Made by Trimtab on {day} from what is on record. {escaped(dossier.evidence.summary)}"
    if spec is None:
        yield "The model is not monitored: its owner, use and inputs are not on record."
    else:
        known = {
            "Owner": spec.owner,
            "Unit": spec.unit,
            "Region": spec.region,
            "Use": spec.use_case,
            "Risk": spec.risk.value,
            "Task": spec.task.value,
            "Sensitive columns": ", ".join(spec.sensitive),
        }
        yield "\n".join(f"- {name}: {escaped(text or 'not known')}" for name, text in known.items())
    said = dossier.said(_USES)
    if not any(one.item == "intended-purpose" for _, one in said):
        yield f"## Intended use\n\n{_NOT_SAID}"
    for heading, one in said:
        accepted = f"Accepted by {escaped(one.accepted_by or '')}."
        yield f"## {heading}\n\n{escaped(one.text)}\n\n{accepted}"
    yield "## Training"
    trained = facts.trained
    if trained is None or not trained.data:
        yield "No data set is logged with the version."
    else:
        yield "\n".join(f"- {escaped(name)}: digest `{digest}`" for name, digest in trained.data.items())
    yield from _numbers("Performance in production", "performance", dossier)
    yield from _numbers("Fairness in production", "fairness", dossier)
    open_items = [one for one in dossier.evidence.items if one.state is not ItemState.ACCEPTED]
    yield "## Evidence that is not complete"
    lines = (f"- {one.state.value}: {escaped(one.title)}. {escaped(one.why)}" for one in open_items)
    yield "\n".join(lines) or "None."


def _numbers(heading: str, role: str, dossier: Dossier) -> Iterator[str]:
    yield f"## {heading}"
    found = [one for one in dossier.numbers if one.role == role]
    if not found:
        yield "Not known: nothing of it was judged."
        return
    rows = ["| metric | value | 95 % interval | n | verdict | window |", "|---|---|---|---|---|---|"]
    rows += [f"| {' | '.join(escaped(cell) for cell in _cells(one))} |" for one in found]
    yield "\n".join(rows)


def _cells(one: Number) -> tuple[str, ...]:
    between = "" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"
    ends = f"{one.window}" if one.end is None else f"{one.window}, until {one.end:%Y-%m-%d}"
    return one.name, f"{one.value:.3f}", between, f"{one.n:,}", one.status, ends


def escaped(text: str) -> str:
    """Return a text that Markdown takes as it is."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>|#~" else one for one in text.replace("\n", " "))
