"""The founding documents' thresholds on events made by hand: each fires on the person made for it alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from bench.founding_thresholds import NAMES, fired

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
NO_TASKS = pl.DataFrame(schema={"user": pl.String, "tasks": pl.Float64})


def call(user: str, day: float, tokens: int = 1000, **changes: Any) -> dict[str, Any]:
    """Return a call so many days (and parts of them) after the start, with a prompt of its own."""
    base = {
        "user": user,
        "team": None,
        "timestamp": START + timedelta(days=day),
        "input_tokens": tokens - 1,
        "output_tokens": 1,
        "n_requests": 1,
        "prompt_id": int.from_bytes(f"{user} {day} {tokens}".encode(), "big") % (2**61 - 1),
    }
    return base | changes


def rules(
    calls: list[dict[str, Any]], tasks: pl.DataFrame = NO_TASKS, reviews: tuple[date, ...] = ()
) -> dict[str, list[str]]:
    """Return which thresholds fired for whom."""
    schema = {
        "user": pl.String, "team": pl.String, "timestamp": pl.Datetime("us", "UTC"), "input_tokens": pl.Int64,
        "output_tokens": pl.Int64, "n_requests": pl.Int64, "prompt_id": pl.UInt64,
    }  # fmt: skip
    found = fired(pl.DataFrame(calls, schema=schema), tasks, reviews)
    assert found["rules"].to_list() == found.select(pl.sum_horizontal(*NAMES)).to_series().to_list()
    return {row["user"]: [name for name in NAMES if row[name]] for row in found.iter_rows(named=True)}


@pytest.mark.parametrize(("peak", "fires"), [(14_400, True), (12_500, False)])
def test_a_day_above_ten_times_the_own_average(peak: int, fires: bool) -> None:
    # 24 days of 100 and one of 14,400: the mean is 672. 9 days of 100 and one of 12,500: the mean is 1,340.
    days = [call("ann", day, 100) for day in range(24 if fires else 9)] + [call("ann", 30, peak)]
    assert rules(days) == {"ann": ["ten_times_own_day"] if fires else []}


def test_three_times_the_team_counts_the_person_in() -> None:
    # 6 people of 1,000 and one of 5,000: the mean is 11,000 / 7 = 1,571, three times it 4,714.
    team = [call(f"p{n}", 0, 1000, team="t") for n in range(6)]
    assert rules([*team, call("ann", 0, 5000, team="t")])["ann"] == ["three_times_team"]
    assert rules([*team, call("ann", 0, 4000, team="t")])["ann"] == []  # mean 10,000 / 7, three times it 4,286
    assert rules([*team, call("ann", 0, 5000)])["ann"] == []


def test_more_than_fifteen_percent_of_prompts_sent_before() -> None:
    calls = [call("ann", n, prompt_id=n) for n in range(17)]
    assert rules([*calls, *(call("ann", 20 + n, prompt_id=0) for n in range(3))])["ann"] == []  # 3 of 20
    assert rules([*calls, *(call("ann", 20 + n, prompt_id=0) for n in range(4))])["ann"] == ["duplicate_share"]


def test_more_than_five_users_with_one_prompt_on_one_day() -> None:
    five = [call(f"p{n}", n / 24, prompt_id=7) for n in range(5)]
    assert not any(rules([*five, call("late", 1, prompt_id=7)]).values())
    six = rules([*five, call("ann", 0.3, prompt_id=7), call("late", 1, prompt_id=7)])
    assert six == {name: ["same_prompt_many_users"] for name in ("ann", "p0", "p1", "p2", "p3", "p4")} | {"late": []}


@pytest.mark.parametrize(("tasks", "fires"), [(1.0, True), (2.0, False), (0.0, True), (None, False)])
def test_twenty_prompts_for_a_task(tasks: float | None, fires: bool) -> None:
    known = NO_TASKS if tasks is None else pl.DataFrame({"user": ["ann"], "tasks": [tasks]})
    assert rules([call("ann", n) for n in range(20)], known) == {"ann": ["prompts_per_task"] if fires else []}


@pytest.mark.parametrize(("tokens", "fires"), [(1400, True), (1390, False)])
def test_forty_percent_more_before_a_review(tokens: int, fires: bool) -> None:
    # A review on day 28: days 14 to 27 lie before it. 14 days in, 28 days out, all of them active.
    calls = [call("ann", day, tokens if 14 <= day < 28 else 1000) for day in range(42)]
    review = (START + timedelta(days=28)).date()
    assert rules(calls, reviews=(review,)) == {"ann": ["rise_before_review"] if fires else []}
    assert rules(calls) == {"ann": []}
    assert rules(calls, reviews=(date(2020, 1, 1),)) == {"ann": []}


def test_half_a_million_tokens_on_one_day() -> None:
    assert rules([call("ann", 0, 300_000), call("ann", 0.2, 200_000)])["ann"] == ["daily_volume"]
    assert rules([call("ann", 0, 300_000), call("ann", 1, 200_000)])["ann"] == []


def test_one_prompt_three_times_in_a_minute_with_thousands_of_tokens() -> None:
    second = 1 / 86_400
    loop = [call("ann", n * 10 * second, 700, prompt_id=1) for n in range(3)]
    assert "scripted_loop" in rules(loop)["ann"]
    assert "scripted_loop" not in rules([row | {"input_tokens": 599} for row in loop])["ann"]
    assert "scripted_loop" not in rules(loop[:2])["ann"]


def test_two_weeks_just_above_the_quota() -> None:
    weeks = [call("ann", 7 * n, tokens) for n, tokens in enumerate((50_000, 55_000, 60_000))]
    assert rules(weeks)["ann"] == ["just_above_quota"]
    assert rules(weeks[1:])["ann"] == []


def test_a_log_without_text_teams_or_anything_fires_nothing_for_want_of_it() -> None:
    assert rules([call("ann", n, prompt_id=None, input_tokens=None, output_tokens=None) for n in range(3)]) == {
        "ann": []
    }
    assert rules([]) == {}
    assert rules([call("ann", 0) | {"user": None}]) == {}
