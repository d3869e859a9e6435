"""What DuckDB says about a file that it cannot read, translated at the door."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from core.errors import InvalidInput, Problem

_KIND = re.compile(r"^[A-Z]\w*( \w+)* Error: ")
_UNREADABLE = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.SerializationException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
)


@contextmanager
def reading_file(name: str, path: str) -> Iterator[None]:
    """Turn DuckDB's complaints about a sender's file into :class:`core.errors.InvalidInput`.

    Parameters
    ----------
    name
        What the sender calls the file.
    path
        Where it lies on this machine: never shown, and the mark of an input error that is about it.
    """
    try:
        yield
    except _UNREADABLE as error:
        raise _invalid(name, path, str(error)) from error
    except duckdb.Error as error:
        # Damaged Parquet comes as an error of no kind; other kinds are about us, unless they name the file.
        if type(error) is not duckdb.Error and not (
            isinstance(error, duckdb.IOException) and path in str(error)
        ):
            raise
        raise _invalid(name, path, str(error)) from error


def _invalid(name: str, path: str, message: str) -> InvalidInput:
    sentence = _KIND.sub("", message.splitlines()[0]).replace(path, name)
    remedy = "write the file again, and check that it was sent completely"
    return InvalidInput(name, [Problem(field="file", message=f"cannot be read: {sentence}", remedy=remedy)])
