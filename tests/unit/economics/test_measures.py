from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from economics_factory import basis

from tests.unit.calls_factory import call, context
from tokenscan.context.model import Context
from tokenscan.detectors.base import Tables
from tokenscan.economics.measures import measures
from tokenscan.report.economics import Measure

MONDAY = date(2026, 1, 5)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def calls(users: int, days: int, **changes: Any) -> list[dict[str, Any]]:
    """One call a person and day, of 1 cent, everybody in team t1."""
    given = {"team": "t1", "cost_nanousd": 10**7} | changes
    return [call(f"u{u}", f"{day(d)} 09:00", **given) for u in range(users) for d in range(days)]


def outcome(user: str | None, number: int, **changes: Any) -> dict[str, Any]:
    return {"date": day(number), "user": user, "tasks_completed": 4.0} | changes


def found(rows: list[dict[str, Any]], outcomes: list[dict[str, Any]], **given: Any) -> dict[str, Measure]:
    known = context(outcomes=outcomes, **({"min_group_size": 2} | given))
    return of(basis(rows, given=known).tables)


def of(tables: Tables, *teams: str) -> dict[str, Measure]:
    return {measure.id: measure for measure in measures(tables, frozenset(teams))}


def test_tasks_per_ai_hour_by_hand() -> None:
    # Ann's days: 4 tasks in 2 hours; bob's: 4 tasks in 1; days without hours do not count.
    outcomes = [outcome("u0", n, hours_ai=2.0) for n in range(10)] + [outcome("u1", n, hours_ai=1.0) for n in range(10)]
    outcomes += [outcome("u0", n, hours_ai=0.0) for n in range(10, 12)] + [outcome("u1", 10)]
    measure = found(calls(2, 12), outcomes)["tasks_per_ai_hour"]
    assert measure.value is not None
    assert measure.value.value == pytest.approx(80 / 30)
    assert (measure.people, measure.days) == (2, 20)


def test_cost_per_success_by_hand() -> None:
    # 4 tasks a day, of which the larger of errors and reopened ones failed: 4, 4 - 2, 4 - 3 and 0 (not below).
    kinds = [{}, {"errors": 2.0, "reopened": 1.0}, {"reopened": 3.0}, {"errors": 9.0}]
    outcomes = [outcome(f"u{u}", n, **kinds[n % 4]) for u in range(2) for n in range(12)]
    measure = found(calls(2, 12), outcomes)["cost_per_success"]
    # 24 calls of 1 cent for 6 times 4 + 2 + 1 + 0.
    assert measure.value is not None
    assert measure.value.value == pytest.approx(0.24 / 42)
    assert (measure.people, measure.days) == (2, 24)


def test_cost_counts_on_days_of_the_outcomes_only_and_unpriced_calls_are_said() -> None:
    outcomes = [outcome(f"u{u}", n) for u in range(2) for n in range(10)]
    rows = [*calls(2, 20), call("u0", f"{day(3)} 10:00", cost_nanousd=None)]
    measure = found(rows, outcomes)["cost_per_success"]
    assert measure.value is not None
    assert measure.value.value == pytest.approx(0.20 / 80)
    assert "1 of 21 calls have no known price" in measure.definition
    assert found(calls(2, 12, cost_nanousd=None), outcomes)["cost_per_success"].reason == "no call has a known price"


def test_days_with_and_without_ai_by_hand() -> None:
    # u0: 10 days with (a call) at 1 error in 4 tasks, 10 without at 2 in 4. u1: 10 with at 0, 2 without at 4 in 4.
    rows = [call(f"u{u}", f"{day(n)} 09:00", team="t1") for u in range(2) for n in range(10)] + [
        call("u9", f"{day(40)} 09:00")
    ]
    outcomes = [outcome("u0", n, errors=1.0) for n in range(10)] + [outcome("u0", n, errors=2.0) for n in range(10, 20)]
    outcomes += [outcome("u1", n, errors=0.0) for n in range(10)] + [
        outcome("u1", n, errors=4.0) for n in range(10, 20)
    ]
    outcomes += [outcome("u9", n, errors=4.0) for n in range(10)]  # has days of one kind only
    measure = found(rows, outcomes)["error_rate"]
    assert (measure.value, measure.without, measure.difference) != (None, None, None)
    assert measure.value is not None
    assert measure.without is not None
    assert measure.difference is not None
    # Both weigh 40 * 40 / 80 = 20: with (.25 + 0) / 2, without (.5 + 1) / 2.
    assert measure.value.value == pytest.approx(0.125)
    assert measure.without.value == pytest.approx(0.75)
    assert measure.difference.value == pytest.approx(-0.625)
    assert (measure.people, measure.days, measure.days_without) == (2, 20, 20)


def test_weights_are_those_of_mantel_and_haenszel() -> None:
    # u0: 40 tasks with AI at rate 0, 120 without at .1; u1: 120 with at .5, 40 without at .5. Pooled over people AI
    # would look bad (60 of 160 against 32 of 160), held against themselves nobody does worse with it.
    rows = [call("u0", f"{day(n)} 09:00", team="t1") for n in range(10)]
    rows += [call("u1", f"{day(n)} 09:00", team="t1") for n in range(30)] + [call("u9", f"{day(50)} 09:00")]
    outcomes = [outcome("u0", n, errors=0.0 if n < 10 else 0.4) for n in range(40)]
    outcomes += [outcome("u1", n, errors=2.0) for n in range(40)]
    measure = found(rows, outcomes)["error_rate"]
    assert measure.difference is not None
    # Weights 40 * 120 / 160 = 30 for both: (0 - .1 + .5 - .5) / 2.
    assert measure.difference.value == pytest.approx(-0.05)


def test_hours_with_ai_make_a_day_with_ai_without_a_call() -> None:
    rows = [*calls(2, 1), call("u9", f"{day(60)} 09:00")]
    outcomes = [outcome(f"u{u}", n, errors=1.0, hours_ai=float(n < 15)) for u in range(2) for n in range(30)]
    measure = found(rows, outcomes)["error_rate"]
    assert (measure.days, measure.days_without) == (30, 30)


def test_lead_times_are_weighed_by_tasks() -> None:
    rows = [call(f"u{u}", f"{day(n)} 09:00", team="t1") for u in range(2) for n in range(20)] + [
        call("u9", f"{day(60)} 09:00")
    ]
    outcomes = []
    for user in ("u0", "u1"):
        outcomes += [outcome(user, n, tasks_completed=1.0 if n % 2 else 3.0, lead_time_hours=10.0 if n % 2 else 2.0)
                     for n in range(20)]  # fmt: skip
        outcomes += [outcome(user, n, lead_time_hours=8.0) for n in range(20, 40)]
    measure = found(rows, outcomes)["lead_time"]
    assert measure.value is not None
    assert measure.without is not None
    assert measure.value.value == pytest.approx((3 * 2 + 1 * 10) / 4)
    assert measure.without.value == pytest.approx(8.0)
    # Nothing varies from person to person: there is no interval to give.
    assert (measure.value.low, measure.value.high) == (None, None)


def test_without_days_of_both_kinds_there_is_no_comparison_but_a_figure() -> None:
    outcomes = [outcome(f"u{u}", n, errors=float(u)) for u in range(3) for n in range(10)]
    measure = found(calls(3, 10), outcomes)["error_rate"]
    assert measure.value is not None
    assert measure.value.value == pytest.approx(0.25)
    assert (measure.without, measure.difference) == (None, None)
    assert measure.reason == "no comparison: 0 people with days of both kinds, needs 2"


def test_acted_on_by_hand() -> None:
    # Of an answer at 7 o'clock it is not known whether u0 used it, and u1 did; at 8 both did, at 9 neither.
    marks = {("u0", 7): None, ("u1", 7): True, ("u0", 8): True, ("u1", 8): True, ("u0", 9): False, ("u1", 9): False}
    rows = [call(user, f"{day(n)} 0{hour}:00", used=used) for (user, hour), used in marks.items() for n in range(10)]
    measure = found(rows, [])["acted_on"]
    assert measure.value is not None
    assert measure.value.value == pytest.approx((10 + 20) / (20 + 30))
    assert (measure.people, measure.days) == (2, 20)


def test_too_few_people_or_days_are_said() -> None:
    two = [outcome(f"u{u}", n, hours_ai=1.0) for u in range(2) for n in range(9)]
    assert found(calls(2, 10), two)["tasks_per_ai_hour"].reason == "18 days of people with such data, needs 20"
    rows = found(calls(2, 10), two, min_group_size=3)
    assert rows["tasks_per_ai_hour"].reason == "2 people with such data, needs 3"
    assert rows["acted_on"].reason == "the log does not say which answers were used"


def test_without_outcomes_every_measure_of_them_says_so() -> None:
    for given in (Context(), context(outcomes=[outcome("stranger", 3)])):
        known = of(basis(calls(2, 10), given=given).tables)
        assert all(measure.value is None and measure.reason for measure in known.values())
    assert of(basis(calls(1, 1)).tables)["error_rate"].reason == "needs an outcomes file"
    assert of(basis([], given=context(outcomes=[outcome("u0", 1)])).tables)["error_rate"].value is None


def test_outcomes_of_teams_count_by_team_and_week() -> None:
    # No row names a person of t1; a team's row beside rows of its people (t2) is not counted twice.
    people = [{"user": f"u{u}", "team": "t1" if u < 3 else "t2"} for u in range(5)]
    rows = calls(5, 28, team=None)
    outcomes = [{"date": day(n), "team": "t1", "tasks_completed": 10.0, "hours_ai": 5.0} for n in range(28)]
    outcomes += [{"date": day(n), "team": "t2", "tasks_completed": 99.0, "hours_ai": 1.0} for n in range(28)]
    outcomes += [outcome("u3", n, hours_ai=4.0) for n in range(28)]
    measure = found(rows, outcomes, people=people)["tasks_per_ai_hour"]
    assert measure.value is not None
    # t1: 280 tasks in 140 hours, u3: 112 in 112.
    assert measure.value.value == pytest.approx(392 / 252)
    assert (measure.people, measure.days) == (4, 56)
    cost = found(rows, outcomes, people=people)["cost_per_success"]
    assert cost.value is not None
    assert cost.value.value == pytest.approx((3 * 28 + 28) * 0.01 / 392)


def test_outcomes_outside_the_log_and_of_services_do_not_count() -> None:
    people = [{"user": "svc", "kind": "service"}]
    outcomes = [outcome(f"u{u}", n, hours_ai=1.0) for u in range(2) for n in range(-5, 15)]
    outcomes += [outcome("svc", n, hours_ai=1.0, tasks_completed=500.0) for n in range(10)]
    rows = [*calls(2, 10), *(call("svc", f"{day(n)} 09:00") for n in range(10))]
    measure = found(rows, outcomes, people=people)["tasks_per_ai_hour"]
    assert measure.value is not None
    assert (measure.value.value, measure.people, measure.days) == (pytest.approx(4.0), 2, 20)


def test_teams_stand_in_bands_and_small_ones_in_none() -> None:
    # Six teams of 6: five close 4 tasks in an hour, give or take; the last one closes 12. A seventh of 3 is too small.
    names = {f"u{u}": f"t{u // 6}" for u in range(39)}
    rows = [call(user, f"{day(n)} 09:00", team=team) for user, team in names.items() for n in range(5)]
    outcomes = [
        outcome(user, n, hours_ai=1.0, tasks_completed=(12.0 if team == "t5" else 4.0) + (int(user[1:]) % 3 - 1) / 2)
        for user, team in names.items() for n in range(5)
    ]  # fmt: skip
    base = basis(rows, given=context(outcomes=outcomes, min_group_size=5))
    measure = of(base.tables, *(f"t{n}" for n in range(6)))["tasks_per_ai_hour"]
    assert {band.team: band.standing.value for band in measure.teams} == {
        "t0": "about", "t1": "about", "t2": "about", "t3": "about", "t4": "about", "t5": "above",
    }  # fmt: skip
    assert [band.people for band in measure.teams] == [6] * 6
    few = of(base.tables, "t0", "t1", "t2")["tasks_per_ai_hour"]
    assert (few.teams, few.teams_reason) == ((), "3 teams with at least 5 people and 20 days, needs 4")


def test_the_same_log_gives_the_same_figures_in_any_order() -> None:
    outcomes = [outcome(f"u{u}", n, errors=0.1 * u * n, hours_ai=0.3 + u) for u in range(6) for n in range(20)]
    rows = calls(6, 12, used=True)
    assert found(rows, outcomes) == found(rows[::-1], outcomes[::-1])


def test_absurd_outcomes_neither_fail_nor_warn() -> None:
    for big in (1e308, 1e-308, 0.0):
        outcomes = [
            outcome(f"u{u}", n, tasks_completed=big, errors=big, reopened=0.0, hours_ai=big, lead_time_hours=big)
            for u in range(20) for n in range(12)
        ]  # fmt: skip
        rows = [
            call(f"u{u}", f"{day(n)} 09:00", team=f"t{u // 4}", cost_nanousd=2**62)
            for u in range(20)
            for n in range(0, 12, 2)
        ]
        base = basis(rows, given=context(outcomes=outcomes, min_group_size=2))
        known = of(base.tables, *(f"t{n}" for n in range(5)))
        assert len(known) == 5
