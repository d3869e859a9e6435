from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.logs.upload import sniff, spool
from tests.ingest_desk import FORMATS, file_of

ROWS = [{"id": 1, "x": 0.5}, {"id": 2, "x": 1.5}]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_known_by_its_ending(tmp_path: Path, kind: str) -> None:
    assert spool(tmp_path, [file_of(ROWS, kind)], name=f"rows.{kind}").format == kind


@pytest.mark.parametrize("kind", FORMATS)
def test_bytes_tell_the_format_without_a_name(tmp_path: Path, kind: str) -> None:
    assert spool(tmp_path, [file_of(ROWS, kind)]).format == kind


@pytest.mark.parametrize(
    ("content", "name", "content_type", "expected"),
    [
        (b'{"a": 1}\n{"a": 2}', "x.json", None, "jsonl"),
        (b'{"rows": [{"a": 1}]}\n', "x.json", None, "json"),
        (b'{"a": 1}', "x.jsonl", None, "jsonl"),
        (b'{\n "a": 1\n}', "x.json", None, "json"),
        (b'[{"a": 1}]', "x.jsonl", None, "json"),
        (b'\xef\xbb\xbf[{"a": 1}]', None, "application/json; charset=utf-8", "json"),
        (b"{broken\n", None, "application/x-ndjson", "jsonl"),
        (b"PAR1....", "x.csv", None, "parquet"),
        (b"a\tb\n1\t2\n", "x.tsv", None, "csv"),
        (b"a,b\n", None, None, "csv"),
        (b'{"a": "' + b"x" * 100_000 + b'"}\n', None, None, "jsonl"),
    ],
)
def test_content_goes_before_name(
    tmp_path: Path, content: bytes, name: str | None, content_type: str | None, expected: str
) -> None:
    assert spool(tmp_path, [content], name=name, content_type=content_type).format == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xff\xfea\x00", "UTF-16"),
    ],
)
def test_what_cannot_be_read_is_refused_and_removed(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        spool(tmp_path, [content], name="rows.csv")
    assert caught.value.problems[0].remedy
    assert not list(tmp_path.iterdir())


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        sniff(tmp_path / "absent.csv")


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    first, same, other = (
        spool(tmp_path, chunks, name="x.csv") for chunks in ([b"a,b\n", b"1,2"], [b"a,b\n1,2"], [b"a,b\n1,3"])
    )
    assert first.digest() == same.digest() != other.digest()
