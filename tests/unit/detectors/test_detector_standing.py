from __future__ import annotations

import math
from typing import Any

import pytest

from tests.unit.calls_factory import at, call, context, prepared, weekdays
from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.standing import standings

DAYS = weekdays("2026-01-05", 15)
OTHERS = ["bob", "cat", "dan", "eve", "fay"]


def calls(user: str, count: int, every: int) -> list[dict[str, Any]]:
    """Return ``count`` prompts a day, of which each ``every``-th is used (0: nothing is known of use)."""
    return [
        call(user, at(f"{day} 08:00").replace(minute=n % 60, second=n * 7 % 60),
             used=n % every == 0 if every else None, session=f"{user} {day}")
        for day in DAYS
        for n in range(count)
    ]  # fmt: skip


def tables(ann: list[dict[str, Any]], tasks: float, others: list[str] = OTHERS, every: int = 2) -> Tables:
    rows = ann + [row for user in others for row in calls(user, 10, every)]
    done = [{"date": day, "user": user, "tasks_completed": 2.0} for user in others for day in DAYS]
    done += [{"date": day, "user": "ann", "tasks_completed": tasks} for day in DAYS]
    people = [{"user": user, "function": "support"} for user in ["ann", *others]]
    return prepared(rows, context(people, done)).tables


def standing_of(found: Tables, user: str = "ann") -> dict[str, Any] | None:
    rows = [row for row in standings(found).iter_rows(named=True) if row["user"] == user]
    return rows[0] if rows else None


def test_more_prompts_for_each_task_than_colleagues_is_a_high_standing() -> None:
    found = standing_of(tables(calls("ann", 15, 0), 1.0, every=0))
    # 225 prompts for 15 (+ 2) tasks against 150 for 30 (+ 2): ln(13.24 / 4.69), in standard deviations of
    # sqrt(0.15^2 (1 + pi / 10) + 1 / 17) = 0.297.
    more = math.log((225 / 17) / (150 / 32)) / math.sqrt(0.0225 * (1 + math.pi / 10) + 1 / 17)
    assert more > 3  # of which three count, less what is usual
    assert found == {"user": "ann", "more": pytest.approx(more), "unused": None, "uneven": None, "regardless": None,
                     "team_mean": None, "standing": pytest.approx(2.25)}  # fmt: skip


def test_whoever_is_like_colleagues_has_none() -> None:
    found = standing_of(tables(calls("ann", 10, 2), 2.0))
    assert found is not None
    assert (found["more"], found["standing"]) == (pytest.approx(0.0, abs=1e-9), 0.0)


def test_answers_that_are_used_speak_for_a_person_in_full_and_unused_ones_against_by_half() -> None:
    wanted, unwanted = (standing_of(tables(calls("ann", 12, every), 2.0)) for every in (1, 12))
    assert wanted is not None
    assert unwanted is not None
    assert wanted["more"] == unwanted["more"] > 0
    assert (wanted["unused"] < 0 < unwanted["unused"], wanted["standing"]) == (True, 0.0)
    against = min(unwanted["unused"], 3) / 2 + unwanted["uneven"]
    assert unwanted["standing"] == pytest.approx(unwanted["more"] + against - 0.75)


def test_the_rest_of_a_team_counts_too_for_whoever_has_three_such_colleagues() -> None:
    red = ["ann", "ben", "cid", "dov"]
    rows = [row for user in red for row in calls(user, 15, 0)] + [row for user in OTHERS for row in calls(user, 10, 0)]
    done = [{"date": day, "user": user, "tasks_completed": 2.0 if user in OTHERS else 1.0}
            for user in [*red, *OTHERS] for day in DAYS]  # fmt: skip
    blue = [{"user": user, "function": "support", "team": "blue"} for user in OTHERS]
    people = [{"user": user, "function": "support", "team": "red"} for user in red]
    found = standing_of(prepared(rows, context(people + blue, done)).tables)
    assert found is not None
    # All four do the same, so what the other three add up to on average is what ann does.
    assert 1 < found["more"] < 3
    assert found["team_mean"] == pytest.approx(found["more"])
    assert found["standing"] == pytest.approx(2 * found["more"] - 0.75)
    people[3]["team"] = "green"
    fewer = standing_of(prepared(rows, context(people + blue, done)).tables)
    assert fewer is not None
    assert (fewer["team_mean"], fewer["standing"]) == (None, pytest.approx(fewer["more"] - 0.75))


def test_use_that_parts_by_conversation_counts_against_a_person() -> None:
    """Two of four conversations a day used throughout, two not at all; colleagues use every other answer."""
    ann = calls("ann", 12, 2)
    parted = [row | {"used": n % 12 < 6, "session_id": f"ann {n // 3}"} for n, row in enumerate(ann)]
    even, uneven = (standing_of(tables(rows, 2.0)) for rows in (ann, parted))
    assert even is not None
    assert uneven is not None
    assert (even["more"], even["unused"]) == (uneven["more"], uneven["unused"])
    assert uneven["uneven"] > 1.4 > even["uneven"]
    assert uneven["standing"] == pytest.approx(uneven["more"] + uneven["uneven"] - 0.75)


def changing(user: str, fixed: int, done: tuple[int, int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return calls and tasks of somebody with 4 and 12 prompts in turn, ``fixed`` more each day, ``done`` tasks."""
    rows = [call(user, at(f"{day} 08:00").replace(minute=n)) for turn, day in enumerate(DAYS)
            for n in range(fixed + (4, 12)[turn % 2])]  # fmt: skip
    tasks = [{"date": day, "user": user, "tasks_completed": float(done[turn % 2])} for turn, day in enumerate(DAYS)]
    return rows, tasks


def test_prompts_sent_regardless_of_the_work_count_against_a_person_and_their_opposite_not_for_one() -> None:
    people = [{"user": user, "function": "support"} for user in ["ann", *OTHERS]]

    def stands(fixed: int, done: tuple[int, int]) -> dict[str, Any]:
        lives = [changing("ann", fixed, done), *(changing(user, 0, (1, 3)) for user in OTHERS)]
        known = context(people, [task for _, tasks in lives for task in tasks])
        found = standing_of(prepared([row for rows, _ in lives for row in rows], known).tables)
        assert found is not None
        return found

    alike, padded, bursting = stands(0, (1, 3)), stands(4, (1, 3)), stands(0, (2, 2))
    assert (alike["regardless"], alike["standing"]) == (pytest.approx(0.0, abs=1e-9), 0.0)
    assert padded["regardless"] > 0.9
    assert padded["standing"] == pytest.approx(padded["more"] + padded["regardless"] - 0.75)
    assert bursting["regardless"] < -0.5
    assert bursting["standing"] == pytest.approx(max(bursting["more"] - 0.75, 0))


def test_without_enough_colleagues_nobody_stands_anywhere() -> None:
    assert standing_of(tables(calls("ann", 40, 0), 0.0, others=OTHERS[:3])) is None
    assert standings(tables([], 0.0, others=[])).is_empty()
