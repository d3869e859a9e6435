"""Opens a file in any format for one pass over its rows."""

import codecs
import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from core.errors import InvalidInput, Problem
from core.logs.relation import Source, columnar_source, json_source, refused
from core.logs.upload import Upload
from core.store import Cursor
from core.store.files import reading_file

_BLOCK = 16 << 20
_LARGEST_JSON = 512 << 20
_DELIMITERS = (",", ";", "\t", "|")
# A control character that no JSON text may contain: it splits no valid line.
_NO_DELIMITER = "\x1e"
# What pyarrow raises over damaged files: names that are not UTF-8 come as a ValueError.
_UNREADABLE = (pa.ArrowException, OSError, ValueError)


@contextmanager
def open_source(cursor: Cursor, upload: Upload, wanted: Sequence[str]) -> Iterator[Source]:
    """Open a file for one pass over its rows.

    Parameters
    ----------
    cursor
        The cursor that will read it.
    upload
        The file.
    wanted
        The columns that the caller knows; JSON gives no others.

    Raises
    ------
    InvalidInput
        The file cannot be read at all, or two of its columns have one name. Also raised later, while
        the relation is read.
    """
    match upload.format:
        case "parquet":
            yield _parquet(cursor, upload)
        case "arrow":
            with _arrow(cursor, upload) as source:
                yield source
        case "csv":
            with _csv(cursor, upload) as source:
                yield source
        case "jsonl":
            with _json_lines(cursor, upload, wanted) as source:
                yield source
        case "json":
            rows = _json_rows(cursor, upload)
            yield json_source(upload.name, "SELECT unnest($rows::VARCHAR[]) AS line", wanted, {"rows": rows})


def _parquet(cursor: Cursor, upload: Upload) -> Source:
    try:
        schema = pyarrow.parquet.read_schema(upload.path)
    except _UNREADABLE as error:
        raise _unreadable(upload, error) from error
    problems = [
        Problem(
            field=column.name,
            message=f"is {column.type}, too wide to be read exactly",
            remedy="write doubles",
        )
        for column in schema
        if pa.types.is_decimal256(column.type)
    ]
    if problems:
        raise InvalidInput(upload.name, problems)
    relation = "read_parquet($path, hive_partitioning = false)"
    return columnar_source(cursor, upload.name, relation, schema.names, {"path": str(upload.path)})


@contextmanager
def _arrow(cursor: Cursor, upload: Upload) -> Iterator[Source]:
    with upload.path.open("rb") as file:
        try:
            batches = _batches(file)
            names = batches.schema.names
        except _UNREADABLE as error:
            raise _unreadable(upload, error) from error
        # Two names that differ only in case are two columns here and would be one in DuckDB.
        schema = pa.schema([(f"x{i}", _known(column.type)) for i, column in enumerate(batches.schema)])

        def checked() -> Iterator[pa.RecordBatch]:
            # DuckDB trusts Arrow's text to be UTF-8 and its offsets to be in bounds.
            for batch in batches:
                batch.validate(full=True)
                columns = zip(batch.columns, schema.types, strict=True)
                arrays = [array if array.type == kind else array.cast(kind) for array, kind in columns]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

        with reading_file(upload.name, str(upload.path)):
            cursor.register("sent", pa.RecordBatchReader.from_batches(schema, checked()))
        try:
            yield columnar_source(cursor, upload.name, "sent", names, {})
        finally:
            cursor.unregister("sent")


def _known(kind: pa.DataType) -> pa.DataType:
    """Return the type as which DuckDB can read an Arrow type."""
    if pa.types.is_float16(kind):
        return pa.float32()
    return pa.float64() if pa.types.is_decimal256(kind) else kind


def _batches(file: io.BufferedReader) -> pa.RecordBatchReader:
    if file.peek(6).startswith(b"ARROW1"):
        reader = pa.ipc.open_file(file)
        stored = (reader.get_batch(i) for i in range(reader.num_record_batches))
        return pa.RecordBatchReader.from_batches(reader.schema, stored)
    return pa.ipc.open_stream(file)


# ---------------------------------------------------------------------- text


@contextmanager
def _csv(cursor: Cursor, upload: Upload) -> Iterator[Source]:
    with _readable_text(upload) as (path, repaired), path.open("rb") as file:
        header = _first_record(file)
        delimiter, names = _columns(upload, header)
        malformed: list[tuple[str, str]] = []

        def keep(row: pyarrow.csv.InvalidRow) -> str:
            malformed.append(
                (row.text, f"has {row.actual_columns} values for {row.expected_columns} columns")
            )
            return "skip"

        parsing = pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep
        )
        with _text_columns(cursor, upload, file, parsing, len(names)):
            yield columnar_source(
                cursor, upload.name, "sent", names, {}, repaired=repaired, malformed=malformed
            )


@contextmanager
def _json_lines(cursor: Cursor, upload: Upload, wanted: Sequence[str]) -> Iterator[Source]:
    with _readable_text(upload) as (path, repaired), path.open("rb") as file:
        malformed: list[tuple[str, str]] = []

        def keep(row: pyarrow.csv.InvalidRow) -> str:
            malformed.append((row.text, "is not a JSON object"))
            return "skip"

        parsing = pyarrow.csv.ParseOptions(
            delimiter=_NO_DELIMITER, quote_char=False, double_quote=False, invalid_row_handler=keep
        )
        with _text_columns(cursor, upload, file, parsing, 1):
            relation = "SELECT line FROM sent AS source(line) WHERE trim(line) <> ''"
            yield json_source(upload.name, relation, wanted, repaired=repaired, malformed=malformed)


@contextmanager
def _text_columns(
    cursor: Cursor, upload: Upload, file: BinaryIO, parsing: pyarrow.csv.ParseOptions, n_columns: int
) -> Iterator[None]:
    """Register what follows in a file as ``sent``: so many columns, all of them text."""
    texts = {f"f{i}": pa.string() for i in range(n_columns)}
    reader: object = pa.table({name: pa.array([], kind) for name, kind in texts.items()})
    if _has_more(file):
        try:
            reader = pyarrow.csv.open_csv(
                file,
                read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK, column_names=list(texts)),
                parse_options=parsing,
                convert_options=pyarrow.csv.ConvertOptions(column_types=texts),
            )
        except pa.ArrowException as error:
            raise _unreadable(upload, error) from error
    cursor.register("sent", reader)
    try:
        yield
    finally:
        cursor.unregister("sent")


def _has_more(file: BinaryIO) -> bool:
    """Say whether anything but blank lines follows; the file stays where it is."""
    place = file.tell()
    blank = True
    while blank and (line := file.readline(_BLOCK)):
        blank = not line.strip()
    file.seek(place)
    return not blank


def _first_record(file: BinaryIO) -> bytes:
    """Read the first line that is not blank, and those over which its quoted names go on."""
    record = b""
    while line := file.readline(_BLOCK):
        record += line
        if record.strip() and record.count(b'"') % 2 == 0:
            break
    # A file from an old Macintosh ends its lines with a bare carriage return.
    end = record.strip(b"\r\n").find(b"\r")
    if b"\n" not in record.strip(b"\r\n") and end >= 0:
        end += len(record) - len(record.lstrip(b"\r\n")) + 1
        file.seek(end - len(record), io.SEEK_CUR)
        record = record[:end]
    return record


def _columns(upload: Upload, header: bytes) -> tuple[str, list[str]]:
    """Return a CSV header's delimiter, the one that comes most often, and its names."""
    text = header.decode("utf-8-sig").strip("\r\n")
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        names = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise refused(upload.name, f"has no readable header: {error}", "begin with column names") from error
    return delimiter, [name.strip() for name in names]


@contextmanager
def _readable_text(upload: Upload) -> Iterator[tuple[Path, bool]]:
    """Give a path to UTF-8 text: the file itself, or a copy in which all other bytes are replaced."""
    valid, n_quotes = _scan(upload.path)
    if upload.format == "csv" and n_quotes % 2:
        message = "has an odd number of quotation marks: some quoted value never ends"
        raise refused(upload.name, message, "close it, or write a quotation mark inside a value twice")
    if valid:
        yield upload.path, False
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "repaired"
        with (
            upload.path.open("r", encoding="utf-8", errors="replace", newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            while text := source.read(_BLOCK):
                target.write(text)
        yield copy, True


def _scan(path: Path) -> tuple[bool, int]:
    """Say whether a file is UTF-8, and count its quotation marks."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    n_quotes, valid = 0, True
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            n_quotes += block.count(b'"')
            valid = valid and _decodes(decoder, block)
    return valid and _decodes(decoder, b"", final=True), n_quotes


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


# ---------------------------------------------------------------------- one JSON document


def _json_rows(cursor: Cursor, upload: Upload) -> list[str]:
    if upload.path.stat().st_size > _LARGEST_JSON:
        raise refused(upload.name, "is too large for one JSON document", "send JSON Lines or Parquet")
    try:
        text = upload.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(upload.name, f"is not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    (valid,) = cursor.execute("SELECT json_valid(?)", [text]).fetchone() or (False,)
    if not valid:
        raise refused(upload.name, "is not JSON", "send an array of objects, or one object a line")
    several = "json_extract(j, '$[*]')"
    wrapped = "CASE json_type(j, '/rows') WHEN 'ARRAY' THEN json_extract(j, '$.rows[*]') ELSE [j] END"
    query = f"SELECT (CASE json_type(j) WHEN 'ARRAY' THEN {several} ELSE {wrapped} END)::VARCHAR[]"
    (rows,) = cursor.execute(f"{query} FROM (SELECT ?::JSON AS j)", [text]).fetchone() or ([],)
    return list(rows)


def _unreadable(upload: Upload, error: BaseException) -> BaseException:
    sentence = str(error).splitlines()[0].replace(str(upload.path), upload.name)
    return refused(upload.name, f"cannot be read: {sentence}", "write the file again and send all of it")
