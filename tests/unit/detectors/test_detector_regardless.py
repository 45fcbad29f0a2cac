from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from tokenscan.detectors.common.regardless import exponents, prompts_and_tasks, regardless_distances

START = date(2026, 1, 5)


def found(prompts: Sequence[int], tasks: Sequence[float | None]) -> list[tuple[float, float]]:
    """Return excess and variance of somebody with these prompts and tasks, day by day."""
    days = [START + timedelta(days=n) for n in range(len(prompts))]
    typed = pl.DataFrame(
        [("ann", day) for day, count in zip(days, prompts, strict=True) for _ in range(count)],
        schema={"user": pl.String, "day": pl.Date},
        orient="row",
    )
    done = pl.DataFrame({"user": "ann", "day": days, "tasks": pl.Series(tasks, dtype=pl.Float64)})
    return exponents(prompts_and_tasks(typed, done)).select("excess", "excess_variance").rows()


def test_the_exponent_and_its_variance_by_hand() -> None:
    # ln n weighted by n: (4 ln 2 + 24 ln 2) / 12 = 7/3 ln 2, from which the days lie -4/3, -4/3 and 2/3 ln 2. With
    # 4 tasks for 12 prompts U = 4 * 2/3 ln 2 and I = (2 * 2 * 16/9 + 8 * 4/9) / 3 ln^2 2 = 32/9 ln^2 2. Expected are
    # 2/3, 2/3 and 8/3 tasks: Pearson's sum is 2/3 + 2/3 + 2/3, over one degree of freedom 2.
    assert found([2, 2, 8], [0, 0, 4]) == [
        (pytest.approx(0.75 / math.log(2)), pytest.approx(0.5625 / math.log(2) ** 2))
    ]


@pytest.mark.parametrize("scale", [1, 3])
def test_tasks_in_proportion_exceed_nothing(scale: int) -> None:
    [(excess, variance)] = found([2, 4, 6, 8], [scale * n for n in (1, 2, 3, 4)])
    assert excess == pytest.approx(0.0, abs=1e-12)
    assert variance > 0


def test_prompts_on_top_of_each_day_lift_the_exponent_and_on_some_days_only_lower_it() -> None:
    work = [2, 4, 6, 8] * 5
    assert found([n + 4 for n in work], work)[0][0] > 0.5
    assert found([n + 20 * (day % 5 == 0) for day, n in enumerate(work)], work)[0][0] < -0.3


def test_tasks_booked_the_day_after_show_from_week_to_week() -> None:
    """Quiet and busy weeks in turn, each task booked a day late; ann sends three prompts more on every day."""
    users = ["ann", "bob", "cat", "dan", "eve", "fay"]
    needed = [busy * n for busy in (1, 2) * 5 for n in (2, 6, 2, 6, 4)]
    days = [START + timedelta(days=7 * (n // 5) + n % 5) for n in range(len(needed))]
    sent = [(user, day, n + 3 * (user == "ann")) for user in users for day, n in zip(days, needed, strict=True)]
    typed = pl.DataFrame([(user, day) for user, day, n in sent for _ in range(n)], schema=["user", "day"], orient="row")
    booked = [0, *needed[:-1]]
    done = pl.DataFrame([(user, day, float(k)) for user in users for day, k in zip(days, booked, strict=True)],
                        schema=["user", "day", "tasks"], orient="row")  # fmt: skip
    people = pl.DataFrame({"user": users, "team": None, "function": "sales", "channel": "chat"},
                          schema_overrides={"team": pl.String})  # fmt: skip
    daily = exponents(prompts_and_tasks(typed, done))
    assert daily.filter(user="ann")["excess"].item() < 0.1
    found = dict(regardless_distances(people, typed, done, 5).iter_rows())
    assert found["ann"] > 1.2
    assert found["bob"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("prompts", "tasks"),
    [([4, 4, 4], [1, 2, 3]), ([2, 4, 8], [0, 0, 0]), ([2, 4, 8], [None, None, None]), ([2, 8], [1, 4]), ([5], [1])],
    ids=["days alike", "no task", "not counted", "two days", "one day"],
)
def test_where_nothing_can_be_told_nobody_is_listed(prompts: list[int], tasks: list[float | None]) -> None:
    assert found(prompts, tasks) == []
