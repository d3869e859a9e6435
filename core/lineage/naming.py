"""Ids of nodes: a kind and what names the thing for good, so that two who tell of it tell of one node."""

_ALIASES = (
    ("s3a://", "s3://"),
    ("s3n://", "s3://"),
    ("abfs://", "abfss://"),
    ("wasb://", "wasbs://"),
    ("file://", ""),
    ("file:/", "/"),
)


def address(uri: str) -> str:
    """Return an address as it is compared: without what different clients write differently.

    Examples
    --------
    >>> address("s3a://lake/loans/"), address("file:///data/a.csv"), address("file:/data/a.csv")
    ('s3://lake/loans', '/data/a.csv', '/data/a.csv')
    """
    text = uri.strip()
    for prefix, instead in _ALIASES:
        if text.startswith(prefix):
            text = instead + text.removeprefix(prefix)
    return text.rstrip("/") or text


def address_of(namespace: str, name: str) -> str:
    """Return the address of an OpenLineage data set.

    Examples
    --------
    >>> address_of("s3://lake", "/loans/train.parquet"), address_of("file", "/data/a.csv")
    ('s3://lake/loans/train.parquet', '/data/a.csv')
    """
    if namespace in ("file", "file:", "file://"):
        return address(f"/{name.lstrip('/')}")
    return address(f"{namespace.rstrip('/')}/{name.lstrip('/')}")


def source_id(uri: str) -> str:
    """Return the id of a table, file or stream by its address (of an OpenLineage data set, namespace/name).

    Examples
    --------
    >>> source_id("postgres://warehouse:5432/core.payments")
    'source:postgres://warehouse:5432/core.payments'
    """
    return f"source:{address(uri)}"


def column_id(source: str, column: str) -> str:
    """Return the id of a column, by the id of its table.

    Examples
    --------
    >>> column_id(source_id("dbt/core.payments"), "amount")
    'column:dbt/core.payments#amount'
    """
    return f"column:{source.partition(':')[2]}#{column}"


def dataset_id(name: str, digest: str) -> str:
    """Return the id of a version of a data set: the same name with the same content."""
    return f"dataset:{name}@{digest}"


def run_id(registry: str, run: str) -> str:
    """Return the id of a run of a registry's tracking server."""
    return f"run:{registry}/{run}"


def version_id(registry: str, model: str, version: str) -> str:
    """Return the id of a model version."""
    return f"version:{registry}/{model}/{version}"


def alias_id(registry: str, model: str, alias: str) -> str:
    """Return the id of an alias of a model."""
    return f"alias:{registry}/{model}@{alias}"


def deployment_id(registry: str, model: str) -> str:
    """Return the id of what answers a model's requests."""
    return f"deployment:{registry}/{model}"


def monitor_id(registry: str, model: str) -> str:
    """Return the id of a model's monitor."""
    return f"monitor:{registry}/{model}"


def feature_id(registry: str, model: str, feature: str) -> str:
    """Return the id of a model's feature: two models' features of one name need not be one thing."""
    return f"feature:{registry}/{model}/{feature}"
