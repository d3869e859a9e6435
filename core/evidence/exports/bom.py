"""A CycloneDX 1.6 bill of materials of a model: what it is made of, how good it is, for what. Pure."""

import json
from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from core.domain import Task
from core.evidence.exports.dossier import Dossier
from core.views.governance import ItemState

_TASKS = {
    Task.BINARY: "binary classification",
    Task.MULTICLASS: "classification",
    Task.REGRESSION: "regression",
}
_LIMITS = ("purpose-and-limits", "known-risks")


def ml_bom(dossier: Dossier, *, tool_version: str) -> str:
    """Return the document as JSON.

    Its serial number is made of its content: the same facts give the same document.
    """
    model = _model(dossier)
    body = {
        "components": [model, *_data(dossier)],
        "dependencies": [
            {"ref": model["bom-ref"], "dependsOn": [one["bom-ref"] for one in _data(dossier)]},
            *({"ref": one["bom-ref"]} for one in _data(dossier)),
        ],
    }
    serial = uuid5(NAMESPACE_URL, json.dumps(body, sort_keys=True, default=str))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": dossier.facts.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "tools": {"components": [{"type": "application", "name": "trimtab", "version": tool_version}]},
            "component": {
                "type": "application",
                "bom-ref": f"use:{dossier.facts.model}",
                "name": dossier.name,
                "version": dossier.version,
            },
        },
        **body,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _model(dossier: Dossier) -> dict[str, object]:
    facts, spec = dossier.facts, dossier.facts.spec
    properties = [("trimtab:model", facts.model), ("trimtab:evidence", dossier.evidence.summary)]
    if facts.validation is not None and facts.validation.version == dossier.evidence.version:
        properties.append(("trimtab:version-digest", facts.validation.version_digest))
    if facts.champion is not None and facts.champion.run_id is not None:
        properties.append(("trimtab:run", facts.champion.run_id))
    model: dict[str, object] = {
        "type": "machine-learning-model",
        "bom-ref": _ref(dossier),
        "name": dossier.name,
        "version": dossier.version,
        "modelCard": _card(dossier),
        "properties": [{"name": name, "value": value} for name, value in properties],
    }
    if spec is not None and spec.owner:
        model["supplier"] = {"name": spec.owner}
    return model


def _ref(dossier: Dossier) -> str:
    return f"model:{dossier.facts.model}@{dossier.version}"


def _card(dossier: Dossier) -> dict[str, object]:
    spec = dossier.facts.spec
    parameters: dict[str, object] = {"approach": {"type": "supervised"}}
    if spec is not None:
        parameters["task"] = _TASKS[spec.task]
        parameters["outputs"] = [{"format": "number" if spec.task is Task.REGRESSION else "class"}]
    if spec is not None and spec.features is not None:
        parameters["inputs"] = [{"format": "table"}]
    if data := _data(dossier):
        parameters["datasets"] = [{"ref": one["bom-ref"]} for one in data]
    card: dict[str, object] = {"modelParameters": parameters}
    if dossier.numbers:
        card["quantitativeAnalysis"] = {"performanceMetrics": list(_metrics(dossier))}
    considerations = _considerations(dossier)
    if considerations:
        card["considerations"] = considerations
    return card


def _metrics(dossier: Dossier) -> Iterator[dict[str, object]]:
    for one in dossier.numbers:
        metric: dict[str, object] = {"type": one.name, "value": repr(one.value)}
        metric["slice"] = f"production, window {one.window}, n = {one.n}"
        if one.low is not None and one.high is not None:
            metric["confidenceInterval"] = {"lowerBound": repr(one.low), "upperBound": repr(one.high)}
        yield metric


def _considerations(dossier: Dossier) -> dict[str, object]:
    facts, spec = dossier.facts, dossier.facts.spec
    found: dict[str, object] = {}
    if spec is not None:
        found |= {"users": [spec.unit]} if spec.unit else {}
        found |= {"useCases": [spec.use_case]} if spec.use_case else {}
    limits = [one.text for _, one in dossier.said(dict.fromkeys(_LIMITS, ""))]
    if limits:
        found["technicalLimitations"] = limits
    fair = [one for one in dossier.evidence.items if one.source.startswith("fairness ")]
    if spec is not None and spec.sensitive and fair and fair[0].state is not ItemState.MISSING:
        found["fairnessAssessments"] = [
            {"groupAtRisk": f"groups of {column}", "harms": fair[0].why} for column in spec.sensitive
        ]
    incomplete = [one for one in dossier.evidence.items if one.state is not ItemState.ACCEPTED]
    found |= (
        {
            "ethicalConsiderations": [
                {"name": f"Evidence {one.state.value}: {one.title}"} for one in incomplete
            ]
        }
        if incomplete
        else {}
    )
    return found if facts.model else {}


def _data(dossier: Dossier) -> list[dict[str, object]]:
    trained = dossier.facts.trained
    if trained is None:
        return []
    return [
        {
            "type": "data",
            "bom-ref": f"data:{name}:{digest}",
            "name": name,
            "data": [{"type": "dataset", "name": name}],
            "properties": [{"name": "trimtab:digest", "value": digest}],
        }
        for name, digest in sorted(trained.data.items())
    ]
