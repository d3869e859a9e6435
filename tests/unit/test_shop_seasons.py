"""A real shop's invoices: closed on Saturdays and at night, which is no lack of traffic."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from core.domain import Status, Verdict
from core.logs.upload import sniff
from core.trimtab import Trimtab
from tests.fakes import FixedClock

SPEC = """
model: orders
columns: {id: invoice_no, timestamp: timestamp}
features: {numeric: [n_lines, units, revenue_gbp, avg_unit_price]}
reference: {first: 84d}
"""
# Easter Monday and the two bank holidays of May; days run from the first invoice's time, 08:49.
HOLIDAYS = {date(2010, 4, 5), date(2010, 5, 3), date(2010, 5, 31)}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2012, 1, 1, tzinfo=UTC))


def silent(trimtab: Trimtab, file: Path, spec: str, until: str, folder: Path) -> list[Verdict]:
    """Judge the invoices from Monday 11 January 2010 on; return what failed for want of traffic."""
    part = folder / "invoices.parquet"
    duckdb.sql(
        f"COPY (SELECT invoice_no, timestamp, n_lines, units, revenue_gbp, avg_unit_price FROM '{file}'"
        f" WHERE timestamp >= '2010-01-11' AND timestamp < '{until}') TO '{part}' (FORMAT parquet)"
    )
    trimtab.watch(spec)
    trimtab.ingest("orders", sniff(part), kind="predictions")
    trimtab.monitor("orders")
    verdicts = trimtab.verdicts("orders")
    assert any(one.rule == "drift" for one in verdicts)
    return [one for one in verdicts if one.rule == "no_traffic" and one.status is Status.FAIL]


def test_with_a_season_only_bank_holidays_fail_not_saturdays(trimtab, shared_data, tmp_path):
    file = shared_data / "online_retail_invoices.parquet"
    daily = SPEC + "window: {every: 1d}\n"
    without = silent(trimtab, file, daily, "2010-11-01", tmp_path)
    saturdays = [one for one in without if one.measurement.window.start.weekday() == 5]
    assert (len(without), len(saturdays)) == (33, 30)
    seasonal = silent(trimtab, file, daily + "seasonality: weekday\n", "2010-11-01", tmp_path)
    assert {one.measurement.window.start.date() for one in seasonal} == HOLIDAYS
    quiet = [one for one in trimtab.verdicts("orders") if one.reason == "no traffic, as in the reference"]
    assert {one.measurement.window.start.weekday() for one in quiet} == {5}


def test_nights_are_quiet_by_the_hour_of_the_week(trimtab, shared_data, tmp_path):
    file = shared_data / "online_retail_invoices.parquet"
    spec = SPEC + "window: {every: 2h}\nseasonality: weekday_hour\n"
    failed = silent(trimtab, file, spec, "2010-06-01", tmp_path)
    assert len(failed) == 12  # of 412 that fail without a season
    at_holidays = [one for one in failed if one.measurement.window.start.date() in HOLIDAYS]
    assert len(at_holidays) >= 8
