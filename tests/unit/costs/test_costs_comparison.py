"""Like is compared with like: buckets, windows, halves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.calls_factory import at, call, context
from tests.unit.costs.costs_factory import USD, paid, report
from tokenscan.costing.model import Basis, CostReport, Span


def daily(first: str, days: int, usd: float = 1, **fields: Any) -> list[dict[str, Any]]:
    """Return a call at noon on each of these days."""
    start = date.fromisoformat(first).toordinal()
    return [
        call("ann", f"{date.fromordinal(start + n)} 12:00", **paid(usd), **fields) for n in range(days)
    ]  # fmt: skip


def changes(found: CostReport) -> dict[Any, tuple[float | None, float | None, bool]]:
    """Return what each line compares, in dollars, and whether it is partial."""

    def usd(amount: int | None) -> float | None:
        return None if amount is None else amount / USD

    return {
        line.keys if len(line.keys) > 1 else line.keys[0]: (usd(line.current), usd(line.previous), line.partial)
        for line in found.lines
    }


def test_a_month_is_compared_with_the_one_before() -> None:
    found = report([*daily("2026-01-01", 31), *daily("2026-02-01", 28, 2), *daily("2026-03-01", 31)], "month")
    assert found.comparison.basis is Basis.PREVIOUS_BUCKET
    assert changes(found) == {
        "2026-01": (None, None, False),
        "2026-02": (56, 31, False),
        "2026-03": (31, 56, False),
    }
    assert [line.change for line in found.lines] == [None, pytest.approx(25 / 31), pytest.approx(-25 / 56)]
    assert found.total.current is None


def test_a_month_that_is_not_over_is_compared_with_as_much_of_the_one_before() -> None:
    calls = [*daily("2026-02-01", 28, 2), *daily("2026-03-01", 10)]
    assert changes(report(calls, "month")) == {"2026-02": (None, None, False), "2026-03": (10, 20, True)}
    # At 11:00 on the 10th that day's call is not there yet, and February's is left out too.
    calls[-1] = call("ann", "2026-03-10 10:00", **paid(1))
    early = report(calls, "month", as_of=at("2026-03-10 11:00"))
    assert changes(early)["2026-03"] == (10, 18, True)


def test_nothing_is_compared_with_a_month_whose_beginning_the_log_lacks() -> None:
    calls = [*daily("2026-01-12", 20), *daily("2026-02-01", 28), *daily("2026-03-01", 31)]
    assert changes(report(calls, "month")) == {
        "2026-01": (None, None, True),
        "2026-02": (None, None, False),
        "2026-03": (31, 28, False),
    }


def test_weekends_and_holidays_at_its_edges_make_no_month_partial() -> None:
    # 1 and 2 January 2027 are a holiday (a Friday) and a Saturday; 31 January is a Sunday.
    calls = daily("2027-01-04", 26)
    assert report(calls, "month", as_of=at("2027-03-01")).lines[0].partial
    known = context(holidays=frozenset({date(2027, 1, 1)}))
    assert not report(calls, "month", as_of=at("2027-03-01"), context=known).lines[0].partial


def test_a_group_is_compared_with_itself_and_a_new_one_with_nothing() -> None:
    calls = [
        *daily("2026-02-01", 28, 2, team="a"),
        *daily("2026-03-01", 31, 1, team="a"),
        *daily("2026-03-01", 31, 3, team="b"),
    ]
    calls = [row | {"event_id": f"x{number}"} for number, row in enumerate(calls)]
    found = report(calls, "team", "month")
    assert changes(found)["a", "2026-03"] == (31, 56, False)
    assert changes(found)["b", "2026-03"] == (93, 0, False)
    assert {line.keys: line.change for line in found.lines}["b", "2026-03"] is None


def test_a_day_within_a_month_is_compared_with_the_day_before() -> None:
    found = report([*daily("2026-02-27", 2), *daily("2026-03-01", 2, 3)], "month", "day")
    assert changes(found)["2026-03", "2026-03-01"] == (3, 1, False)


def test_weeks_of_months_have_no_week_before_them() -> None:
    found = report(daily("2026-02-01", 60), "month", "week")
    assert found.comparison.basis is Basis.NONE
    assert "two months" in found.comparison.reason
    assert all(line.current is None for line in found.lines)


def test_without_a_period_the_second_half_is_compared_with_the_first_in_whole_weeks() -> None:
    # 30 days hold twice two weeks; the first two days are in neither.
    found = report([*daily("2026-03-01", 2, 50), *daily("2026-03-03", 14, 1), *daily("2026-03-17", 14, 2)], "user")
    assert found.comparison.basis is Basis.HALVES
    assert found.comparison.previous == Span(first=date(2026, 3, 3), last=date(2026, 3, 16))
    assert found.comparison.current == Span(first=date(2026, 3, 17), last=date(2026, 3, 30))
    assert changes(found) == {"ann": (28, 14, False)}
    assert (found.total.current, found.total.previous, found.total.change) == (28 * USD, 14 * USD, 1.0)
    assert found.total.nanousd == (100 + 14 + 28) * USD


def test_a_window_is_compared_with_the_equally_long_one_before_it() -> None:
    calls = [*daily("2026-02-01", 28, 2), *daily("2026-03-01", 28, 1)]
    found = report(calls, "user", since=at("2026-03-01"))
    assert found.comparison.basis is Basis.PREVIOUS_WINDOW
    assert found.comparison.previous == Span(first=date(2026, 2, 1), last=date(2026, 2, 28))
    assert changes(found) == {"ann": (28, 56, False)}
    assert found.total.nanousd == 28 * USD  # what came before is compared, not counted
    assert found.input.events == 28


def test_a_log_that_does_not_reach_back_so_far_is_halved() -> None:
    found = report([*daily("2026-02-20", 9, 2), *daily("2026-03-01", 28)], "user", since=at("2026-03-01"))
    assert found.comparison.basis is Basis.HALVES
    assert changes(found) == {"ann": (14, 14, False)}


def test_one_day_has_nothing_to_compare_with() -> None:
    found = report(daily("2026-03-02", 1), "user")
    assert (found.comparison.basis, found.comparison.reason) == (Basis.NONE, "the log holds a single day")


def test_costs_that_nobody_knows_are_not_compared() -> None:
    calls = [call("ann", f"2026-03-{day:02} 12:00") for day in range(1, 29)]
    (line,) = report(calls, "user").lines
    assert (line.known, line.current, line.previous, line.change) == (False, None, None, None)
