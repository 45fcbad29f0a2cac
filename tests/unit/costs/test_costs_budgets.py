"""How budgets stand in a month: used, expected, alert levels, scopes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.calls_factory import at, call, context
from tests.unit.costs.costs_factory import USD, paid, report
from tokenscan.config import BudgetEntry
from tokenscan.context.model import Context
from tokenscan.costing.model import CostReport
from tokenscan.privacy.secret import Secret
from tokenscan.report.prices import BudgetStatus, Level


def standing(
    calls: list[dict[str, Any]], *budgets: BudgetEntry, as_of: str = "2026-03-20 12:00", **options: Any
) -> CostReport:
    return report(calls, "team", as_of=at(as_of), budgets=budgets, **options)


def one(
    calls: list[dict[str, Any]], as_of: str = "2026-03-20 12:00", context: Context | None = None, **budget: Any
) -> BudgetStatus:
    (status,) = standing(calls, BudgetEntry(**budget), as_of=as_of, context=context).budgets
    return status


def every_day(usd: float, first: str = "2026-01-20", last: str = "2026-03-20", **fields: Any) -> list[dict[str, Any]]:
    """Return a call at nine each day."""
    start, end = (date.fromisoformat(day).toordinal() for day in (first, last))
    return [call("ann", f"{date.fromordinal(n)} 09:00", **paid(usd), **fields) for n in range(start, end + 1)]


def test_used_is_the_calendar_month_up_to_now() -> None:
    status = one(every_day(2), monthly_usd=100)
    assert (status.month, status.used_nanousd, status.used_share) == (date(2026, 3, 1), 40 * USD, 0.4)
    assert status.days_left == 11
    assert one(every_day(2), as_of="2026-03-20 08:59", monthly_usd=100).used_nanousd == 38 * USD


def test_a_steady_month_is_forecast_exactly() -> None:
    status = one(every_day(2), monthly_usd=100)
    assert status.forecast is not None
    assert (status.forecast.expected, status.forecast.low, status.forecast.high) == (62 * USD, 62 * USD, 62 * USD)
    assert status.forecast.days == 56


@pytest.mark.parametrize(
    ("monthly", "alert_at", "level"),
    [
        (100, [0.8, 1.0], Level.OK),  # used 40, expected 62
        (63, [0.8, 1.0], Level.OK),
        (62, [0.8, 1.0], Level.WATCH),  # will be spent exactly
        (50, [0.8, 1.0], Level.WATCH),  # 80 % used
        (40, [0.8, 1.0], Level.OVER),
        (0, [0.8, 1.0], Level.OVER),
        (100, [0.4, 1.0], Level.WATCH),
        (100, [1.0, 0.4], Level.WATCH),
        (40, [1.0, 1.2], Level.WATCH),
        (33, [1.0, 1.2], Level.OVER),
        (100, [0.4], Level.OVER),
    ],
)
def test_alert_levels(monthly: float, alert_at: list[float], level: Level) -> None:
    assert one(every_day(2), monthly_usd=monthly, alert_at=alert_at).level is level


def test_too_little_history_is_no_forecast() -> None:
    status = one(every_day(2, first="2026-03-08"), monthly_usd=10)
    assert (status.forecast, status.reason) == (None, "too little data: 12 of at least 14 days")
    assert status.level is Level.OVER
    assert one(every_day(2, first="2026-03-06"), monthly_usd=100).forecast is not None


def test_a_log_that_ends_before_the_month_says_nothing_of_it() -> None:
    found = standing(every_day(2, last="2026-02-20"), BudgetEntry(monthly_usd=10))
    assert found.budgets[0].level is Level.NO_DATA
    assert found.budgets[0].reason == "the log has no call of this month"
    assert found.input.notes == ("the log ends on 2026-02-20, so budgets of 2026-03 are not complete; see --as-of",)


def test_days_after_the_last_call_are_still_to_come() -> None:
    # The export is of the 10th; of the 31 days of March, 10 are known and 21 are forecast.
    status = one(every_day(2, last="2026-03-10"), monthly_usd=100)
    assert status.forecast is not None
    assert (status.used_nanousd, status.forecast.expected) == (20 * USD, 62 * USD)


def test_scopes_by_team_person_app_and_model_together() -> None:
    people = context([{"user": "Ann Lee", "aliases": ["ann"], "team": "a"}])
    calls = [
        call("ann", "2026-03-10", app="web", model="gpt-5-mini", **paid(1)),
        call("ANN", "2026-03-11", app="batch", model="gpt-5", **paid(2)),
        call("bob", "2026-03-12", app="web", model="gpt-5", team="b", **paid(4)),
        call(None, "2026-03-13", **paid(8)),
    ]
    budgets = {
        "all": BudgetEntry(monthly_usd=100),
        "team": BudgetEntry(monthly_usd=100, team="a"),
        "person": BudgetEntry(monthly_usd=100, user="ann lee"),
        "family": BudgetEntry(monthly_usd=100, model="GPT-5*"),
        "model": BudgetEntry(monthly_usd=100, model="gpt-5"),
        "both": BudgetEntry(monthly_usd=100, team="a", app="web"),
    }
    found = standing(calls, *budgets.values(), context=people, as_of="2026-03-14")
    used = {name: status.used_nanousd / USD for name, status in zip(budgets, found.budgets, strict=True)}
    assert used == {"all": 15, "team": 3, "person": 3, "family": 7, "model": 6, "both": 1}
    assert [status.name for status in found.budgets][2:4] == ["user Ann Lee", "model GPT-5*"]
    assert not found.input.notes


def test_a_budget_for_nobody_is_a_note() -> None:
    people = context([{"user": "Ann", "team": "quiet"}])
    entries = [BudgetEntry(monthly_usd=1, team=team) for team in ("quiet", "b", "typo", "typo")]
    calls = [call("bob", "2026-01-12", team="b", **paid(1)), call("bob", "2026-03-19", team="b", **paid(1))]
    assert standing(calls, *entries, context=people).input.notes == ("budget for an unknown team: typo",)


def test_months_are_those_of_the_zone() -> None:
    # Half past three on 1 April in UTC is still March in New York.
    calls = [call("ann", "2026-04-01 03:30", **paid(5))]
    west = one(calls, as_of="2026-04-01 03:45", context=context(timezone="America/New_York"), monthly_usd=10)
    assert (west.month, west.used_nanousd, west.days_left) == (date(2026, 3, 1), 5 * USD, 0)
    assert one(calls, as_of="2026-04-01 03:45", monthly_usd=10).month == date(2026, 4, 1)


def test_the_window_of_the_report_does_not_cut_the_month() -> None:
    calls = every_day(2)
    (status,) = standing(calls, BudgetEntry(monthly_usd=100), since=at("2026-03-15"), until=at("2026-03-17")).budgets
    assert status == one(calls, monthly_usd=100)


def test_calls_without_a_price_are_counted_apart() -> None:
    calls = [call("ann", "2026-03-10 10:00"), call("ann", "2026-02-10 10:00"), call("ann", "2026-03-11", **paid(1))]
    status = one(calls, monthly_usd=10)
    assert (status.unpriced, status.used_nanousd) == (1, USD)


def test_nobody_is_named_where_nobody_may_be() -> None:
    calls = [call("ann@example.org", "2026-03-10", team="a", **paid(1))]
    entries = (BudgetEntry(monthly_usd=10, user="ann@example.org"), BudgetEntry(monthly_usd=10, user="zoe"),
               BudgetEntry(monthly_usd=10, team="a"))  # fmt: skip
    hidden = standing(calls, *entries, secret=Secret(digits="5a" * 32))
    names = [status.name for status in hidden.budgets]
    assert not any("ann" in name or "zoe" in name for name in (*names, *hidden.input.notes))
    assert names[0].startswith("user person-")
    assert [status.used_nanousd for status in hidden.budgets] == [USD, 0, USD]
    assert [status.name for status in standing(calls, *entries, level="team").budgets] == ["team a"]
