from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.report import numbers


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10k"),
        (12_345, "12.3k"),
        (99_949, "99.9k"),
        (99_950, "100k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_240_000, "1.24M"),
        (41_200_000_000, "41.2B"),
        (60 * 10**12, "60T"),
        (-12_345, "-12.3k"),
    ],
)
def test_tokens(count: int, shown: str) -> None:
    assert numbers.tokens(count) == shown


@pytest.mark.parametrize(
    ("nanousd", "shown"),
    [
        (None, "unknown"),
        (0, "$0.00"),
        (1, "<$0.01"),
        (9_999_999, "<$0.01"),
        (10_000_000, "$0.01"),
        (14_999_999, "$0.01"),
        (15_000_000, "$0.02"),
        (1_234_560_000_000, "$1,234.56"),
        (999_995_000_000, "$1,000.00"),
        (-1_500_000_000, "-$1.50"),
    ],
)
def test_money(nanousd: int | None, shown: str) -> None:
    assert numbers.money(nanousd) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "unknown"),
        (math.nan, "unknown"),
        (0.0, "0%"),
        (0.0004, "<0.1%"),
        (0.0944, "9.4%"),
        (0.09, "9%"),
        (0.0999, "10%"),
        (0.1235, "12%"),
        (0.9999, ">99%"),
        (1.0, "100%"),
        (12.5, "1,250%"),
        (-0.05, "-5%"),
    ],
)
def test_percent(share: float | None, shown: str) -> None:
    assert numbers.percent(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (4211.0, "4,211"),
        (12.04, "12"),
        (34.26, "34.3"),
        (0.3125, "0.312"),
        (0.00004, "4.0e-05"),
        (1234.5, "1,234"),
        (2_500_000.0, "2.5M"),
        (-3.0, "-3"),
        (math.nan, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_number(value: float, shown: str) -> None:
    assert numbers.number(value) == shown


def test_quantities_with_a_share_as_unit_are_percentages() -> None:
    assert numbers.quantity(0.34, "share of prompts") == "34% of prompts"
    assert numbers.quantity(0.34, "share") == "34%"
    assert numbers.quantity(12.0, "calls") == "12 calls"
    assert numbers.quantity(12.0, "") == "12"


def test_plural_and_mass() -> None:
    assert numbers.plural(1, "person", "people") == "1 person"
    assert numbers.plural(1_200, "person", "people") == "1,200 people"
    assert numbers.plural(0, "call") == "0 calls"
    assert [numbers.mass(grams) for grams in (12, 3_400, 2_260_500)] == ["12 g", "3.4 kg", "2.26 t"]


def test_days_are_cut_in_the_time_zone_of_the_report() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert numbers.day(late) == "2026-03-01"
    assert numbers.day(late, ZoneInfo("Europe/Berlin")) == "2026-03-02"
    assert numbers.period(late, late + timedelta(minutes=10)) == "2026-03-01"
    assert numbers.period(late, late + timedelta(hours=1)) == "2026-03-01 to 2026-03-02"


def test_timestamps_are_utc_with_a_z() -> None:
    assert numbers.timestamp(datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-01T10:00:00Z"
    assert numbers.timestamp(datetime(2026, 3, 1, 12, 0, 0, 5000)) == "2026-03-01T12:00:00.005000Z"  # noqa: DTZ001


def test_the_ends_of_the_calendar_do_not_overflow() -> None:
    zone = timezone(timedelta(hours=14))
    assert numbers.day(datetime.max.replace(tzinfo=UTC), zone) == "9999-12-31"
    assert numbers.timestamp(datetime.min.replace(tzinfo=zone)) == "0001-01-01T00:00:00Z"


def test_floats_keep_six_digits_and_no_nan() -> None:
    assert numbers.significant(0.1 + 0.2) == 0.3
    assert numbers.significant(1_234_567.0) == 1_234_570.0
    assert str(numbers.significant(-0.0)) == "0.0"
    assert numbers.significant(math.nan) is None
    assert numbers.significant(-math.inf) is None
    assert numbers.dollars(1_234_567_890) == 1.234568
    assert numbers.dollars(None) is None


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_figures_never_fail_and_stay_short(count: int) -> None:
    assert len(numbers.tokens(count)) <= 7
    assert numbers.money(count)
    assert numbers.number(float(count))
