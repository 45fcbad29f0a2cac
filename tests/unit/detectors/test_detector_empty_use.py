from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared, weekdays
from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.empty_use import PROMPTS, TOKENS, Amount, empty_use, typed_people
from tokenscan.detectors.common.exchanges import exchanges, with_exchange

DAYS = weekdays("2026-01-05", 15)
OTHERS = ["bob", "cat", "dan", "eve", "fay"]


def calls(user: str, count: int, every: int, tokens: int = 800, hour: int = 8) -> list[dict[str, Any]]:
    """Return prompts a day, of which each ``every``-th is used."""
    return [
        call(user, at(f"{day} {hour:02}:00").replace(minute=n % 60, hour=hour + n // 60, second=n * 7 % 60),
             used=n % every == 0, input_tokens=tokens, session=f"{user} {day} {hour}")
        for day in DAYS
        for n in range(count)
    ]  # fmt: skip


def tables(ann: list[dict[str, Any]], tasks: float | None = 1.0, teams: dict[str, str] | None = None) -> Tables:
    """Ann and five colleagues with ten prompts a day, two tasks, and half of the answers used."""
    rows = ann + [row for user in OTHERS for row in calls(user, 10, 2)]
    done = [{"date": day, "user": user, "tasks_completed": 2.0} for user in OTHERS for day in DAYS]
    done += [{"date": day, "user": "ann", "tasks_completed": tasks} for day in DAYS if tasks is not None]
    people = [{"user": user, "function": "support", "team": (teams or {}).get(user)} for user in ["ann", *OTHERS]]
    return prepared(rows, context(people, done)).tables


def judged(found: Tables, amount: Amount = PROMPTS, min_peers: int = 4) -> dict[str, Any]:
    typed = exchanges(with_exchange(found.calls))
    people = empty_use(typed_people(found, typed, 15), typed, amount, 100, min_peers)
    return people.row(by_predicate=pl.col("user") == "ann", named=True)


def test_each_sign_against_colleagues() -> None:
    found = judged(tables(calls("ann", 20, 10)))
    # 300 prompts for 15 (+ 2) tasks against 150 for 30 (+ 2).
    assert (found["per_task"], found["per_task_peers"]) == (pytest.approx(300 / 17), pytest.approx(150 / 32))
    spread = 1 + math.pi / 10
    assert found["more"] == pytest.approx(math.log((300 / 17) / (150 / 32)) / math.sqrt(0.0225 * spread + 1 / 17))
    assert found["busy"] == pytest.approx(math.log(2) / (0.3 * math.sqrt(spread)))
    assert (found["used_share"], found["used_peers"]) == (0.1, pytest.approx(0.5, abs=0.002))
    assert found["least"] == min(found["more"], found["unused"])
    assert found["score"] == min(found["least"], 3) + min(max(found["busy"], found["uneven"]), 3)


def test_one_sign_alone_never_adds_up() -> None:
    for ann, tasks in ((calls("ann", 10, 2), 0.0), (calls("ann", 10, 10), 2.0), (calls("ann", 40, 2), 8.0)):
        found = judged(tables(ann, tasks))
        assert found["least"] < 0.5


def test_tokens_count_where_prompts_do_not() -> None:
    # Every other of six small prompts is used, none of the four large ones in the afternoon.
    ann = calls("ann", 6, 2)
    ann += [row | {"used": False} for row in calls("ann", 4, 2, tokens=40_000, hour=14)]
    found = tables(ann, 2.0)
    by_prompts, by_tokens = judged(found), judged(found, TOKENS)
    assert by_prompts["more"] == pytest.approx(0.0, abs=1e-9)
    assert by_tokens["more"] > 3
    assert by_tokens["used_share"] == pytest.approx(3 * 1000 / (6 * 1000 + 4 * 40_200))
    assert by_tokens["score"] > 5


def test_without_tasks_prompts_a_day_stand_in() -> None:
    found = judged(tables(calls("ann", 20, 10), tasks=None))
    assert (found["counted"], found["per_task"], found["more"]) == (False, None, None)
    assert found["least"] == found["busy"]
    assert found["second"] == found["uneven"]


def test_a_team_of_large_tasks_is_held_against_itself() -> None:
    teams = dict.fromkeys(["ann", "bob", "cat"], "t1") | dict.fromkeys(["dan", "eve", "fay"], "t2")
    found = tables(calls("ann", 10, 2), 0.5, teams)
    # Bob and Cat book as little as ann; the others four times as much.
    done = found.people.with_columns(
        pl.when(pl.col("user").is_in(["ann", "bob", "cat"])).then(7.5).otherwise(30.0).alias("tasks")
    )
    rows = exchanges(with_exchange(found.calls))
    people = typed_people(found, rows, 15).drop("tasks").join(done.select("user", "tasks"), on="user")
    judged_people = empty_use(people, rows, PROMPTS, 100, 2)
    ann = judged_people.row(by_predicate=pl.col("user") == "ann", named=True)
    assert (ann["large_tasks"], ann["more"]) == (True, pytest.approx(0.0, abs=1e-9))
    assert (ann["per_task_peers"], ann["per_task_others"]) == (pytest.approx(150 / 9.5), pytest.approx(150 / 32))
    # Unless the team's answers lie unused.
    unused = people.with_columns(pl.when(pl.col("tasks") < 10).then(5).otherwise("true").alias("true"))
    ann = empty_use(unused, rows, PROMPTS, 100, 2).row(by_predicate=pl.col("user") == "ann", named=True)
    assert (ann["large_tasks"], ann["per_task_peers"]) == (False, pytest.approx(150 / 32))
    assert ann["more"] > 2


def test_few_marks_or_colleagues_say_nothing() -> None:
    assert judged(tables(calls("ann", 6, 2)))["score"] is None
    assert judged(tables(calls("ann", 20, 10)), min_peers=6)["score"] is None


def test_unmarked_answers_say_nothing() -> None:
    unmarked = [row | {"used": None} for row in calls("ann", 20, 10)]
    found = judged(tables(unmarked))
    assert (found["score"], found["used_share"]) == (None, None)
    assert found["more"] > 3
