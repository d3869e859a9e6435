"""Which columns a file has, of which type, and which of them are features."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.logs.relation import Source, family
from core.logs.source import open_source
from core.logs.upload import Upload
from core.spec import Features, MonitorSpec
from core.store import AnalyticsStore, Cursor
from core.store.files import reading_file

# Rows of a text format from which the types of its columns are guessed.
SAMPLE = 20_000
_FEATURE_KINDS = {
    "whole": "numeric",
    "real": "numeric",
    "decimal": "numeric",
    "text": "categorical",
    "flag": "categorical",
}


def columns_of(store: AnalyticsStore, upload: Upload) -> list[tuple[str, str]]:
    """Return a file's columns, in order, with their DuckDB types.

    Text formats tell no types: there a column is DOUBLE where its first 20,000 values are numbers or
    missing, BOOLEAN where they are true or false, else VARCHAR.

    Raises
    ------
    InvalidInput
        The file cannot be read.
    """
    with store.reading() as cursor:
        wanted = _json_keys(cursor, upload) if upload.format in ("json", "jsonl") else ()
        with open_source(cursor, upload, wanted) as source, reading_file(upload.name, str(upload.path)):
            if upload.format in ("parquet", "arrow"):
                return [(name, column.type) for name, column in source.columns.items()]
            return _guessed(cursor, source)


def names_in(cursor: Cursor, upload: Upload, *, at_most: int | None = None) -> list[str]:
    """Return the names of a file's columns; in JSON, every key of its rows, or of the first ``at_most``.

    Raises
    ------
    InvalidInput
        The file cannot be read.
    """
    if upload.format in ("json", "jsonl"):
        return _json_keys(cursor, upload, at_most)
    with open_source(cursor, upload, ()) as source:
        return list(source.columns)


def _json_keys(cursor: Cursor, upload: Upload, at_most: int | None = SAMPLE) -> list[str]:
    some = "" if at_most is None else f" LIMIT {at_most}"
    with open_source(cursor, upload, ()) as source, reading_file(upload.name, str(upload.path)):
        found = cursor.execute(
            f"SELECT key FROM (SELECT unnest(keys) AS key, generate_subscripts(keys, 1) AS place"
            f" FROM (SELECT json_keys(line) AS keys FROM {source.relation} WHERE is_object{some}))"
            f" GROUP BY key ORDER BY min(place), key",
            dict(source.parameters),
        ).fetchall()
    return [key for (key,) in found]


def _guessed(cursor: Cursor, source: Source) -> list[tuple[str, str]]:
    if not source.columns:
        return []
    tests = ", ".join(
        f"bool_and({x} IN ('', 'NA', 'N/A', 'NULL', 'null', 'None') OR TRY_CAST({x} AS DOUBLE) IS NOT NULL),"
        f" bool_and(lower({x}) IN ('', 'true', 'false'))"
        for x in (column.expression for column in source.columns.values())
    )
    found = cursor.execute(
        f"SELECT {tests} FROM (SELECT * FROM {source.relation} LIMIT {SAMPLE})", dict(source.parameters)
    ).fetchone()
    answers = found or (None,) * (2 * len(source.columns))
    kinds = (
        "VARCHAR" if number is False and flag is False else "DOUBLE" if number is not False else "BOOLEAN"
        for number, flag in zip(answers[::2], answers[1::2], strict=True)
    )
    return list(zip(source.columns, kinds, strict=True))


def infer_features(spec: MonitorSpec, columns: Iterable[tuple[str, str]]) -> MonitorSpec:
    """Return the spec with its features filled in from a file's columns, where it names none.

    Parameters
    ----------
    spec
        A spec; one that lists its features is given back unchanged.
    columns
        Name and DuckDB type, as from :func:`columns_of`.

    Returns
    -------
    MonitorSpec
        Every column without a role that is not sensitive and not part of the reference's ``where`` is
        a feature: numbers numeric, text and booleans categorical; times and nested values are none.

    Examples
    --------
    >>> from core.logs.spec_file import parse_spec
    >>> spec = parse_spec("{model: m, columns: {id: id}, sensitive: [sex], window: {rows: 10}}")
    >>> columns = [("id", "BIGINT"), ("age", "BIGINT"), ("sex", "VARCHAR"), ("plan", "VARCHAR")]
    >>> infer_features(spec, columns).features
    Features(numeric=('age',), categorical=('plan',))
    """
    if spec.features is not None:
        return spec
    roles = spec.columns
    taken = {roles.id, roles.timestamp, roles.version, roles.prediction, roles.label, roles.latency_ms}
    taken |= {roles.status, *roles.scores.values(), *spec.sensitive}
    taken |= {roles.labelled_at, *(condition.column for condition in spec.reference.where)}
    taken |= set(spec.attributions.values())
    listed = list(columns)
    if spec.attribution_pattern is not None:
        taken |= {spec.attribution_pattern.replace("*", name) for name, _ in listed}
    kinds = [(name, _FEATURE_KINDS.get(family(kind))) for name, kind in listed if name not in taken]
    return with_features(
        spec, Features(numeric=_of_kind(kinds, "numeric"), categorical=_of_kind(kinds, "categorical"))
    )


def with_features(spec: MonitorSpec, features: Features) -> MonitorSpec:
    """Return the spec with these features, and the columns of their attributions where it has a pattern.

    Examples
    --------
    >>> from core.logs.spec_file import parse_spec
    >>> spec = parse_spec("{model: m, attributions: shap_*, window: {rows: 10}}")
    >>> dict(with_features(spec, Features(numeric=("age",))).attributions)
    {'age': 'shap_age'}
    """
    if spec.attribution_pattern is None:
        return replace(spec, features=features)
    names = (*features.numeric, *features.categorical)
    found = {name: spec.attribution_pattern.replace("*", name) for name in names}
    return replace(spec, features=features, attributions=found)


def _of_kind(kinds: Sequence[tuple[str, str | None]], wanted: str) -> tuple[str, ...]:
    return tuple(name for name, kind in kinds if kind == wanted)
