"""Feature views of a Feast registry as OpenLineage events: so they enter lineage like all else. Pure.

Source: the JSON that ``feast registry-dump`` prints.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from core.errors import InvalidInput, Problem

_PRODUCER = "urn:trimtab:feast"
_SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
_VIEWS = ("featureViews", "onDemandFeatureViews", "streamFeatureViews")
_Object = Mapping[str, object]


def events_of(dump: object, *, now: datetime) -> list[_Object]:
    """Return one job event a feature view: what it is made of, its features, owner and description.

    Parameters
    ----------
    dump
        The registry, as parsed from JSON.
    now
        The time of a view that does not say when it was last changed.

    Raises
    ------
    InvalidInput
        It holds no feature views.
    """
    if not isinstance(dump, dict) or not any(isinstance(dump.get(key), list) for key in _VIEWS):
        remedy = "write it with: feast registry-dump > registry.json"
        raise InvalidInput(
            "The Feast registry", [Problem(field="featureViews", message="is missing", remedy=remedy)]
        )
    project = dump.get("project")
    namespace = f"feast://{project if isinstance(project, str) and project else 'default'}"
    return [
        _event(namespace, view, now)
        for key in _VIEWS
        for view in _objects(dump.get(key))
        if _text(_object(view, "spec"), "name")
    ]


def _event(namespace: str, view: _Object, now: datetime) -> _Object:
    spec = _object(view, "spec")
    name = _text(spec, "name")
    project = _text(spec, "project")
    if project:
        namespace = f"feast://{project}"
    features = [
        (_text(one, "name"), _text(one, "valueType").lower()) for one in _objects(spec.get("features"))
    ]
    source = _source(namespace, spec)
    fields = {
        feature: {"inputFields": [{**source, "field": feature}]}
        for feature, _ in features
        if source and feature
    }
    facets: dict[str, object] = {
        "schema": _facet(fields=[{"name": feature, "type": kind} for feature, kind in features if feature]),
        "columnLineage": _facet(fields=fields),
    }
    if _text(spec, "description"):
        facets["documentation"] = _facet(description=_text(spec, "description"))
    if _text(spec, "owner"):
        facets["ownership"] = _facet(owners=[{"name": _text(spec, "owner")}])
    return {
        "eventTime": _text(_object(view, "meta"), "lastUpdatedTimestamp") or now.isoformat(),
        "producer": _PRODUCER,
        "schemaURL": f"{_SPEC}/JobEvent",
        "job": {"namespace": namespace, "name": name, "facets": {}},
        "inputs": [source] if source else [],
        "outputs": [{"namespace": namespace, "name": name, "facets": facets}],
    }


def _source(namespace: str, spec: _Object) -> dict[str, str]:
    """Return the table or file that a view reads, empty where it says none."""
    batch = _object(spec, "batchSource")
    for key, options in batch.items():
        if not key.endswith("Options") or not isinstance(options, dict):
            continue
        uri = _text(options, "uri")
        parts = urlsplit(uri)
        if parts.netloc:
            return {"namespace": f"{parts.scheme}://{parts.netloc}", "name": parts.path.lstrip("/")}
        if uri:
            return {"namespace": "file", "name": uri}
        table = ".".join(part for part in (_text(options, "schema"), _text(options, "table")) if part)
        if table:
            return {"namespace": namespace, "name": table}
    return {"namespace": namespace, "name": _text(batch, "name")} if _text(batch, "name") else {}


def _facet(**content: object) -> dict[str, object]:
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/DatasetFacet", **content}


def _object(holder: _Object, key: str) -> _Object:
    found = holder.get(key)
    return found if isinstance(found, dict) else {}


def _objects(found: object) -> Iterator[_Object]:
    yield from (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _text(holder: _Object, key: str) -> str:
    found = holder.get(key)
    return found if isinstance(found, str) else ""
