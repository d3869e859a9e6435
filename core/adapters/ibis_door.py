"""The one way into Ibis and the engines behind it: connect, name a table, fetch a small result."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import Unavailable
from core.sources import SourceSettings

_FAILURES = (
    ("pyspark.errors", "PySparkException"),
    ("py4j.protocol", "Py4JError"),
    ("duckdb", "Error"),
    ("sqlalchemy.exc", "SQLAlchemyError"),
)
_SPARK = {
    # Windows are told apart in UTC, whatever the cluster's own zone.
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def connect(settings: SourceSettings, environment: Mapping[str, str]) -> Any:
    """Open a connection and register the files under its ``tables``.

    Raises
    ------
    Unavailable
        Ibis or the engine's client is not installed, or a variable that an option names is not set.
    """
    options = settings.filled(environment)
    try:
        ibis = _ibis()
        if settings.backend == "spark":
            connection = ibis.pyspark.connect(_spark_session(options))
        else:
            connection = getattr(ibis, settings.backend).connect(**options)
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"The source '{settings.name}'",
            f"{error.name} is not installed",
            hint="Install Trimtab with its extra: pip install -c constraints.txt -e '.[spark]'",
        ) from error
    for name, path in settings.tables.items():
        connection.read_parquet(str(path), table_name=name)
    return connection


def _spark_session(options: Mapping[str, object]) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("trimtab")
    for name, value in {**_SPARK, **options}.items():
        builder = builder.config(name, str(value))
    return builder.getOrCreate()


def table(connection: Any, settings: SourceSettings, name: str) -> Any:
    """Return a table of a connection; ``database.name`` names one of another database."""
    if name in settings.tables or "." not in name:
        return connection.table(name)
    database, _, bare = name.rpartition(".")
    return connection.table(bare, database=tuple(database.split(".")))


def fetch(connection: Any, expression: Any) -> Any:
    """Run an expression and return its rows as an Arrow table."""
    if connection.name == "pyspark":
        # Ibis goes through pandas here, which costs time and whole numbers; Spark itself need not.
        return _spark_session({}).sql(connection.compile(expression)).toArrow()
    return connection.to_pyarrow(expression)


def failures() -> tuple[type[Exception], ...]:
    """Return the errors of Ibis, which share no base, and of whatever engine is loaded."""
    own = vars(sys.modules.get("ibis.common.exceptions", object))
    of_ibis = (kind for kind in own.values() if isinstance(kind, type) and issubclass(kind, Exception))
    loaded = (getattr(sys.modules.get(module), name, None) for module, name in _FAILURES)
    return (OSError, *of_ibis, *(kind for kind in loaded if kind is not None))


def null(kind: str) -> Any:
    """Return the null of a type."""
    return _ibis().null(kind)


def whole(number: int) -> Any:
    """Return a whole number as a literal."""
    return _ibis().literal(number, type="int32")


def double(number: float) -> Any:
    """Return a number as a literal that no engine rounds."""
    # A text keeps all digits: bare ones are read as a decimal, of as many digits as the engine likes.
    return _ibis().literal(repr(number)).cast("float64")


def moment(text: str) -> Any:
    """Return a time, given as ISO text, as a literal."""
    return _ibis().timestamp(text)


def choose(condition: Any, chosen: Any, other: Any) -> Any:
    """Return ``chosen`` where a condition holds, else ``other``; unknown counts as not holding."""
    return _ibis().ifelse(condition, chosen, other)


def union(parts: Sequence[Any]) -> Any:
    """Return the rows of all parts."""
    return parts[0] if len(parts) == 1 else _ibis().union(*parts)


def _ibis() -> Any:
    import ibis  # late: takes a second, and only models with a source need it

    return ibis
