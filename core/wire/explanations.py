"""Explanations as JSON, with their sentences, and back."""

import json
from typing import cast

from typing_extensions import TypedDict

from core.explain import Explained, GlobalExplanation
from core.explain.sentences import NOT_LEGAL_ADVICE, important, told
from core.wire.values import dumps, value_json, value_of


class ExplainedObject(TypedDict):
    """One prediction, explained: inputs, what was logged and answered, reasons, version, who stands behind.

    ``sentences`` tells all of it; ``output`` and ``base`` are the answer and the reference's average, between
    which the ``reasons``' contributions lie exactly; ``about`` says how it was computed.
    """

    model: str
    version: str
    row: str
    predicted_at: str | None
    inputs: dict[str, float | str | None]
    logged: dict[str, float | str | None]
    agrees: bool | None
    output_of: str
    output: float
    base: float
    decision: str | None
    reasons: list[dict[str, object]]
    counterfactuals: list[dict[str, object]]
    surrogate: dict[str, object] | None
    approvals: list[dict[str, object]]
    about: dict[str, object]
    kept_at: str | None
    job: str
    sentences: list[str]
    note: str


class ImportanceObject(TypedDict):
    """What a version leans on; ``permutation`` and ``shap`` have the most important column first."""

    model: str
    version: str
    made_at: str
    output_of: str
    measured_by: str
    baseline: float
    permutation: list[dict[str, object]]
    shap: list[dict[str, object]]
    about: dict[str, object]
    sentences: list[str]


_ANSWER = ("output_of", "output", "base", "decision", "reasons", "counterfactuals", "surrogate")


def explained_object(found: Explained) -> ExplainedObject:
    """Return an explanation as JSON."""
    whole = json.loads(value_json(found))
    local = whole.pop("local")
    answer = {name: local.pop(name) for name in _ANSWER}
    return cast(
        "ExplainedObject",
        {
            "model": local.pop("model"),
            "version": local.pop("version"),
            **{name: whole[name] for name in ("row", "predicted_at", "inputs", "logged", "agrees")},
            **answer,
            "approvals": whole["behind"],
            "about": local,
            "kept_at": whole["kept_at"],
            "job": whole["job"],
            "sentences": told(found),
            "note": NOT_LEGAL_ADVICE,
        },
    )


def explained_of(document: ExplainedObject) -> Explained:
    """Read an explanation."""
    local = {
        **document["about"],
        **{name: document[name] for name in ("model", "version", *_ANSWER)},  # type: ignore[literal-required]
    }
    whole = {
        **{
            name: document[name]
            for name in ("row", "predicted_at", "inputs", "logged", "agrees", "kept_at", "job")
        },
        "local": local,
        "behind": document["approvals"],
    }
    return value_of(Explained, dumps(whole))


_HEAD = ("model", "version", "made_at", "output_of", "measured_by", "baseline", "permutation", "shap")


def importance_object(found: GlobalExplanation) -> ImportanceObject:
    """Return what a version leans on as JSON."""
    whole = json.loads(value_json(found))
    head = {name: whole.pop(name) for name in _HEAD}
    return cast("ImportanceObject", {**head, "about": whole, "sentences": important(found)})


def importance_of(document: ImportanceObject) -> GlobalExplanation:
    """Read what a version leans on."""
    head = {name: document[name] for name in _HEAD}  # type: ignore[literal-required]
    return value_of(GlobalExplanation, dumps({**document["about"], **head}))
