"""Canonical JSON as RFC 8785 has it, in both programs that write it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chain.canonical import LARGEST, canonical
from core.errors import InvalidInput
from core.ledger.standalone import verify_ledger

WRITERS: dict[str, Callable[[Any], bytes]] = {
    "core": canonical,
    "second": lambda value: verify_ledger.write(value).encode(),
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(params=WRITERS)
def write(request: pytest.FixtureRequest) -> Callable[[Any], bytes]:
    return WRITERS[request.param]


def test_names_are_sorted_by_utf_16_code_units(write: Callable[[Any], bytes]) -> None:
    """RFC 8785, section 3.2.3: the example of sorting."""
    given = json.loads(
        r"""{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
        }"""
    )
    assert list(json.loads(write(given)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_texts_are_escaped_as_little_as_can_be(write: Callable[[Any], bytes]) -> None:
    """RFC 8785, sections 3.2.2 and 3.2.4: the example's string and literals, and the string's bytes."""
    given = json.loads(
        r"""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    )
    string = bytes.fromhex("e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f")
    assert write(given) == b'{"literals":[null,true,false],"string":"' + string + b'"}'


def test_control_characters_have_their_short_forms(write: Callable[[Any], bytes]) -> None:
    """RFC 8785, section 3.2.2.2: the five short escapes, the rest as four lower-case digits."""
    assert write("\b\t\n\f\r\x00\x1f\x7f\u2028") == '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\u2028"'.encode()


@given(value=values)
def test_both_write_the_same_which_reads_back_and_is_stable(value: Any) -> None:
    first, second = (one(value) for one in WRITERS.values())
    assert first == second
    assert json.loads(first) == value
    assert canonical(json.loads(first)) == first


@pytest.mark.parametrize(
    "refused", [1.5, 1.0, float("nan"), Decimal("0.1"), 2**53, -(2**53), b"x", {1: 2}, "\ud800"]
)
def test_what_two_programs_might_write_differently_is_refused(refused: Any) -> None:
    with pytest.raises(InvalidInput, match=r"deep\.list\[1\]"):
        canonical({"deep": {"list": [1, refused]}})
    if not isinstance(refused, dict):
        with pytest.raises(verify_ledger.Unusable):
            verify_ledger.write({"deep": {"list": [1, refused]}})


def test_numbers_as_large_as_can_be_kept_are_written(write: Callable[[Any], bytes]) -> None:
    assert write([2**53 - 1, -(2**53 - 1), 0]) == b"[9007199254740991,-9007199254740991,0]"


def test_half_a_surrogate_pair_is_refused_in_names_too() -> None:
    with pytest.raises(InvalidInput, match="surrogate"):
        canonical({"\udc00": 1})
