"""What whole teams did: levels, changes, and what came of them."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tokenscan.detectors.common.collective import before_after, came_of, group_claims, mix_kept, mix_shared
from tokenscan.detectors.common.corroborate import CLEARED, CONFIRMED, UNKNOWN
from tokenscan.detectors.common.team_level import bounds, compared_teams
from tokenscan.detectors.common.team_windows import change_deltas, group_shift
from tokenscan.detectors.common.windows import DayGrid

MONDAY = date(2026, 1, 5)


def people(teams: dict[str, list[float]]) -> pl.DataFrame:
    rows = [
        {"team": team, "user": f"{team}{n}", "function": "sales", "channel": "chat", "volume": volume, "per_task": None,
         "used": 0.5, "person_days": 10, "first_seen": None, "last_seen": None}
        for team, volumes in teams.items() for n, volume in enumerate(volumes)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"per_task": pl.Float64})


TEAMS = {"a": [1.0, 2.0, 9.0], "b": [1.0, 1.0, 1.0], "c": [2.0, 2.0, 2.0], "d": [3.0, 3.0, 3.0], "e": [9.0]}


def test_teams_are_compared_by_medians() -> None:
    found = compared_teams(people(TEAMS), 3, 3).sort("team")
    assert found["team"].to_list() == ["a", "b", "c", "d"]  # e is too small
    assert found["volume"].to_list() == [2.0, 1.0, 2.0, 3.0]
    assert found["volume_others"].to_list() == [2.0, 2.0, 2.0, 2.0]
    assert found["per_task_others"].to_list() == [None] * 4
    assert compared_teams(people(TEAMS), 3, 4).is_empty()


def test_bounds_hold_the_difference() -> None:
    frame = people(TEAMS)
    low, high = bounds(frame, compared_teams(frame, 3, 3), "d", "volume", 300)
    assert low <= 1.0 <= high  # 3 less the median of 2, 1 and 2
    assert math.isnan(bounds(frame, compared_teams(frame, 3, 3), "d", "per_task", 300)[0])


def grid(rows: list[list[float]], first: date = MONDAY) -> DayGrid:
    table = np.array(rows, dtype=np.float64)
    last = first + timedelta(days=table.shape[1] - 1)
    return DayGrid(users=[str(n) for n in range(len(rows))], first=first, last=last, values=table)


def test_changes_are_looked_for_on_mondays_with_weeks_around() -> None:
    nan = math.nan
    seldom = [1.0] + [nan] * 27 + [1.0] * 28
    mondays, deltas = change_deltas(grid([[1.0] * 28 + [3.0] * 28, seldom]))
    assert mondays == [MONDAY + timedelta(weeks=n) for n in (3, 4, 5)]
    assert deltas[0] == pytest.approx([3 - 1 - 2 * 7 / 35, 2.0, 3 - (28 + 21) / 35])
    # Too few days before, until a week of the regular ones is among them.
    assert np.isnan(deltas[1]).tolist() == [True, True, False]


def test_a_short_log_holds_no_change() -> None:
    mondays, deltas = change_deltas(grid([[1.0] * 41]))
    assert (mondays, deltas.shape) == ([], (1, 0))


def test_a_group_is_held_against_everybody_else() -> None:
    deltas = np.array([1.0, 1.0, math.nan, 0.25, 0.25])
    inside = np.array([True, True, True, False, False])
    found = group_shift(deltas, inside, 100, adjusted=True)
    assert (found.delta, found.low, found.high, found.people) == (0.75, 0.75, 0.75, 2)
    assert group_shift(deltas, inside, 100, adjusted=False).delta == 1.0
    assert math.isnan(group_shift(deltas, np.ones(5, dtype=np.bool_), 100, adjusted=True).delta)


def test_what_came_of_it() -> None:
    unused = came_of(3.0, 0.5, 2.5, (0.2, 0.4), 0.6)
    assert (unused.unwanted, unused.against, unused.factor) == (True, (), CONFIRMED)  # tasks do not help then
    worked = came_of(3.0, 0.5, 2.0, None, math.inf)
    assert (worked.against, worked.factor) == (("2.0 times the tasks",), CLEARED)
    wanted = came_of(3.0, 0.5, 1.0, (0.38, 0.4), 1.0)
    assert wanted.against == ("38% of answers used, as against 40%",)
    open_question = came_of(3.0, 0.5, 1.0, (0.32, 0.4), 0.85)
    assert (open_question.factor, open_question.known) == (UNKNOWN, True)
    assert not came_of(3.0, 0.5, None, None, math.inf).known


def days(tasks: list[float | None], known: int, true: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"day": [MONDAY + timedelta(days=n) for n in range(len(tasks))], "tasks": tasks,
         "used_known": [known] * len(tasks), "used_true": true},
        schema_overrides={"tasks": pl.Float64},
    )  # fmt: skip


def test_before_and_after() -> None:
    later = pl.col("day") >= MONDAY + timedelta(days=1)
    found = before_after(days([1.0, 2.0], 200, [100, 50]), later, 3.0, 0.5)
    assert found.tasks_ratio == pytest.approx(2.1 / 1.1)
    assert (found.used_ratio, found.unwanted) == (0.5, True)
    few = before_after(days([None, 2.0], 99, [50, 10]), later, 3.0, 0.5)
    assert (few.tasks_ratio, few.used_ratio, few.known) == (None, None, False)
    assert not before_after(days([1.0], 200, [100]), later, 3.0, 0.5).known


def test_the_same_tools_as_before() -> None:
    calls = pl.DataFrame(
        {"app": ["chat", "chat", "cli", None], "model": ["m", "m", "n", None], "fresh": [10, 30, 60, 10],
         "day": [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1), MONDAY]}
    )  # fmt: skip
    # Half of what was before was chat, a third of what is now.
    assert mix_kept(calls, MONDAY + timedelta(days=1)) == pytest.approx(1 / 3)
    assert mix_kept(calls, MONDAY + timedelta(days=9)) == 0.0


def test_tools_that_others_use_too() -> None:
    own = pl.DataFrame({"app": ["chat", "cli", None], "model": ["m", "n", None], "fresh": [30, 60, 10]})
    others = pl.DataFrame({"app": ["chat", "chat", "cli", None], "model": ["m", "m", "m", None], "fresh": [1, 1, 1, 1]})
    # 30 of 100 in the chat with model m, 10 where neither is known; nobody else has n in the cli.
    assert mix_shared(own, others) == pytest.approx(0.4)
    assert mix_shared(own.clear(), others) == 0.0


def test_only_answers_known_as_unused_are_claimed() -> None:
    calls = pl.DataFrame({"row_id": [1, 2, 3, 4], "ok": [True, True, True, False], "used": [False, True, None, False]})
    assert group_claims(calls, "k", 4.0).rows() == [("k", 1, "window", 0.75)]
