"""Numbers, times and names as pages write them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app import formats

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9601, "", "0.960"),
        (-0.0456, "", "−0.046"),
        (-0.00001, "", "−1.0e-05"),
        (0.0, "", "0.000"),
        (None, "", "–"),
        (0.064, "share", "6.4\u2009%"),
        (12_345.6, "", "12,346"),
        (212.4, "ms", "212\u2009ms"),
        (0.2489, "ms", "0.2\u2009ms"),
        (960.0, "rows", "960"),
        (8.075, "EUR", "8.075\u2009EUR"),
    ],
)
def test_a_number_carries_its_unit(value: float | None, unit: str, text: str) -> None:
    assert formats.number(value, unit) == text


def test_a_difference_shows_its_sign_and_shares_differ_by_points() -> None:
    assert formats.signed(0.1) == "+0.100"
    assert formats.signed(-0.25, "share") == "−25.0\u2009pp"


def test_limits_say_which_side_they_bound() -> None:
    assert formats.limits(0.8, 1.25) == "limits 0.800 to 1.250"
    assert formats.limits(0.8, None) == "lower limit 0.800"
    assert formats.bounds(None, 0.2) == "at most 0.200"
    assert formats.bounds(None, None) == formats.NONE


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=1), "18 Nov 2026"),
        (NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=7), "18 Nov 2026 to 24 Nov 2026"),
        (NOW, NOW + timedelta(hours=1), "18 Nov 2026 09:00 to 10:00 UTC"),
        (NOW, NOW + timedelta(hours=20), "18 Nov 2026 09:00 to 19 Nov 2026 05:00 UTC"),
        (NOW, NOW + timedelta(days=30), "18 Nov 2026 to 18 Dec 2026"),
        (NOW, NOW, "18 Nov 2026 09:00 to 09:00 UTC"),
    ],
)
def test_a_window_is_named_by_its_days_or_its_moments(start: datetime, end: datetime, text: str) -> None:
    assert formats.window(start, end) == text


def test_a_window_without_times_is_named_by_its_number() -> None:
    assert formats.window(None, None, 7) == "window 7"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(30, "just now"), (360, "6 minutes ago"), (7200, "2 hours ago"), (86_400, "1 day ago")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, text: str) -> None:
    assert formats.ago(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    "name", ["**b**", "[a](http://x)", ":red[x]", "$x^2$", "<b>", "a|b", "# h", "`c`", "-> x"]
)
def test_a_name_from_outside_keeps_no_power(name: str) -> None:
    shown = formats.plain(name)
    assert shown.replace("\\", "").replace("\u2060", "") == name
    assert all(shown[i - 1] == "\\" for i, char in enumerate(shown) if char in "*[]()$<>|#`:")


def test_a_shortcode_in_a_name_is_broken_up() -> None:
    assert ":material/x:" not in formats.plain(":material/x:").replace("\\", "")


@pytest.mark.parametrize(
    "text", ["ann@example.com", "see https://evil.example", "HTTP://x.example", "www.x.example"]
)
def test_what_looks_like_an_address_becomes_no_link(text: str) -> None:
    shown = formats.plain(text).replace("\\", "")
    assert shown != text
    assert shown.replace("\u2060", "") == text
    assert not re.search(r"https?://|www\.|\w@", shown, re.IGNORECASE)
