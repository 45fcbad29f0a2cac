"""What a month will come to: by hand, and against simulated months."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from tokenscan.costing.forecast import forecast

MONDAY = date(2026, 3, 2)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def test_weekdays_are_told_apart() -> None:
    # $10 on workdays and nothing at weekends, for four weeks up to Sunday 1 March; 2 March is today.
    history = days(MONDAY - timedelta(days=28), 28)
    spent = {day: 10 if day.weekday() < 5 else 0 for day in history}
    found = forecast(spent, history, MONDAY, date(2026, 4, 1), used=0)
    # March 2026 from the 2nd on has 22 workdays.
    assert (found.expected, found.low, found.high, found.days) == (220, 220, 220, 28)


def test_of_today_only_what_its_weekday_usually_costs_beyond_is_to_come() -> None:
    history = days(MONDAY - timedelta(days=14), 14)
    spent = dict.fromkeys(history, 10)
    before = forecast(spent | {MONDAY: 4}, history, MONDAY, MONDAY + timedelta(days=3), used=104)
    assert before.expected == 104 + 6 + 2 * 10
    beyond = forecast(spent | {MONDAY: 50}, history, MONDAY, MONDAY + timedelta(days=3), used=150)
    assert beyond.expected == 150 + 0 + 2 * 10


def test_the_interval_by_hand() -> None:
    # Two weeks; each workday cost 90 and 110, each weekend day 0 and 20. Today is Monday and the month ends with it.
    history = days(MONDAY - timedelta(days=14), 14)
    spent = {}
    for number, day in enumerate(history):
        low, high = (90, 110) if day.weekday() < 5 else (0, 20)
        spent[day] = low if number < 7 else high
    found = forecast(spent, history, MONDAY, MONDAY + timedelta(days=1), used=1_000)
    # Workdays: 10 residuals of 10, 5 degrees of freedom: variance 1000 / 5 = 200. One Monday ahead, whose mean is of
    # two: 200 * (1 + 1/2) = 300. No weekend ahead, so Student's quantile has 5 degrees of freedom.
    margin = stats.t.ppf(0.9, 5) * 300**0.5
    assert found.expected == 1_100
    assert (found.low, found.high) == (round(1_100 - margin), round(1_100 + margin))


def test_what_is_spent_already_is_the_least() -> None:
    history = days(MONDAY - timedelta(days=14), 14)
    spent = {day: 1_000 if number == 3 else 0 for number, day in enumerate(history)}
    found = forecast(spent, history, MONDAY, MONDAY + timedelta(days=20), used=70)
    assert found.low == 70 < found.expected < found.high


@pytest.mark.parametrize("history_days", [14, 28, 56])
def test_four_of_five_simulated_months_lie_in_the_interval(history_days: int) -> None:
    # Independent days, workdays about 100 and weekends about 10 with spreads of 30 and 5, as the method supposes.
    random = np.random.default_rng(20260302)
    history = days(MONDAY - timedelta(days=history_days), history_days)
    ahead = days(MONDAY, 20)
    inside = 0
    for _ in range(400):
        spent, actual = (
            {day: round(random.normal(*((10**5, 30_000) if day.weekday() < 5 else (10**4, 5_000)))) for day in span}
            for span in (history, ahead)
        )
        found = forecast(spent, history, MONDAY, ahead[-1] + timedelta(days=1), used=0)
        inside += found.low <= sum(actual.values()) <= found.high
    # 320 of 400 are expected, with a standard deviation of 8.
    assert 295 <= inside <= 345
