"""Where days, weeks and months are cut."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from tests.unit.calls_factory import call, context
from tests.unit.costs.costs_factory import costs, paid, report
from tokenscan.costing.model import Key
from tokenscan.costing.periods import label, local_day, midnight, midnights, next_start, previous_start, start_of


@pytest.mark.parametrize(
    ("day", "week"),
    [
        # ISO 8601: the week of the year's first Thursday is week 1, so New Year's days belong to either year.
        (date(2026, 1, 1), "2026-W01"),
        (date(2027, 1, 1), "2026-W53"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2026, 3, 1), "2026-W09"),  # a Sunday
        (date(2026, 3, 2), "2026-W10"),
    ],
)
def test_weeks_are_iso_weeks(day: date, week: str) -> None:
    assert label(start_of(day, Key.WEEK), Key.WEEK) == week


def test_periods_follow_one_another() -> None:
    for period in (Key.DAY, Key.WEEK, Key.MONTH):
        start = start_of(date(2024, 1, 31), period)
        for _ in range(40):
            after = next_start(start, period)
            assert after > start
            assert previous_start(after, period) == start
            assert start_of(after, period) == after
            start = after


def test_days_are_cut_in_one_zone_for_everybody_whatever_a_persons_own() -> None:
    people = context([{"user": "ann", "timezone": "Asia/Tokyo"}], timezone="America/New_York")
    # 03:30 UTC on 2 March is half past ten in the evening of the 1st in New York, and the 2nd in Tokyo.
    assert costs(report([call("ann", "2026-03-02 03:30", **paid(1))], "day", context=people)) == {"2026-03-01": 1}


def test_a_sum_of_a_day_stays_on_the_day_that_its_export_names() -> None:
    daily = call("ann", "2026-03-01", grain="day", **paid(1))
    single = call("bob", "2026-03-01", **paid(2))
    west = context(timezone="America/New_York")
    assert costs(report([daily, single], "month", context=west)) == {"2026-02": 2, "2026-03": 1}
    assert costs(report([daily, single], "month")) == {"2026-03": 3}


def test_a_day_has_23_or_25_hours_where_clocks_change() -> None:
    # Berlin goes to summer time on 29 March 2026 and back on 25 October.
    assert midnight(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert midnight(date(2026, 3, 30), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    calls = [call("ann", when, **paid(1)) for when in ("2026-03-29 21:59", "2026-03-29 22:00", "2026-10-25 22:59")]
    assert costs(report(calls, "day", context=context(timezone="Europe/Berlin"))) == {
        "2026-03-29": 1, "2026-03-30": 1, "2026-10-25": 1,
    }  # fmt: skip


def test_a_midnight_that_clocks_skip_is_an_hour_later() -> None:
    # Beirut's clocks went from 23:59 on 29 March 2025 to 01:00.
    assert midnight(date(2025, 3, 30), "Asia/Beirut") == datetime(2025, 3, 29, 22, tzinfo=UTC)
    # Samoa had no 30 December 2011.
    days = pl.Series([date(2011, 12, 29), date(2011, 12, 30), date(2011, 12, 31)])
    first, second, third = midnights(days, "Pacific/Apia")
    assert first < second == third


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_every_hour_lands_on_its_calendar_day(zone: str) -> None:
    start, end = datetime(2026, 2, 27, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    hours = pl.datetime_range(start, end, "37m", time_zone="UTC", eager=True)
    found = report([call("ann", hour, **paid(1)) for hour in hours], "day", context=context(timezone=zone))
    expected: dict[str, int] = {}
    for hour in hours:
        day = local_day(hour, zone).isoformat()
        expected[day] = expected.get(day, 0) + 1
    assert costs(found) == expected
