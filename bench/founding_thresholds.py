"""The founding documents' nine thresholds read literally: the plain reading that tokenscan is held against.

Each is computed from the event table as it stands: failed calls, retries, agents' steps, cached tokens, two-word
prompts and service accounts all count, days are cut in UTC, and nobody asks what came of the calls. A prompt is the
same if it is the same after normalising. Where a document describes a signal without a number, the number here is the
lowest that its words allow, and said beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

PERSONAL = 10.0  # times one's own average day, that day included
TEAM = 3.0  # times the team's average, oneself included
DUPLICATES = 0.15  # share of prompts sent before
SENDERS = 5  # users who sent the same prompt on one day
PER_TASK = 20.0  # prompts per completed task, where "gaming" begins
REVIEW, REVIEW_DAYS = 1.4, 14  # rise in the two weeks before a review
DAILY = 500_000  # tokens on a day, where "gaming" begins
LOOP_TIMES, LOOP_TOKENS = 3, 2_000  # "again and again", "thousands of tokens a minute"
QUOTA, QUOTA_ABOVE, QUOTA_WEEKS = 50_000, 0.1, 2  # tokens a week; "only just meets it", more than once

NAMES = (
    "ten_times_own_day",
    "three_times_team",
    "duplicate_share",
    "same_prompt_many_users",
    "prompts_per_task",
    "rise_before_review",
    "daily_volume",
    "scripted_loop",
    "just_above_quota",
)


def fired(events: pl.DataFrame, tasks: pl.DataFrame, reviews: Sequence[date], quota: float = QUOTA) -> pl.DataFrame:
    """Return one row a user, sorted: user, tokens, whether each of ``NAMES`` fired, and ``rules``, how many did.

    ``events`` needs user, team, timestamp, input_tokens, output_tokens, n_requests and prompt_id (null without text);
    ``tasks`` user and tasks (completed in all). A threshold whose data is missing does not fire.
    """
    calls = _calls(events)
    days = calls.group_by("user", "team", "day").agg(pl.col("tokens").sum()).sort("user", "day")
    users = calls.group_by("user").agg(pl.col("tokens").sum(), pl.col("requests").sum()).sort("user")
    parts = (
        _ten_times_own_day(days),
        _three_times_team(days),
        _duplicate_share(calls),
        _same_prompt_many_users(calls),
        _prompts_per_task(users, tasks),
        _rise_before_review(days, reviews),
        _daily_volume(days),
        _scripted_loop(calls),
        _just_above_quota(days, quota),
    )
    found = users
    for name, part in zip(NAMES, parts, strict=True):
        found = found.with_columns(pl.col("user").is_in(part.implode()).alias(name))
    return found.select("user", "tokens", *NAMES, pl.sum_horizontal(*NAMES).cast(pl.Int64).alias("rules"))


def _calls(events: pl.DataFrame) -> pl.DataFrame:
    named = events.filter(pl.col("user").is_not_null())
    return named.select(
        "user",
        "team",
        "prompt_id",
        pl.col("timestamp").dt.truncate("1m").alias("minute"),
        pl.col("timestamp").dt.date().alias("day"),
        (pl.col("input_tokens").fill_null(0) + pl.col("output_tokens").fill_null(0)).alias("tokens"),
        pl.col("n_requests").fill_null(1).alias("requests"),
    )


def _ten_times_own_day(days: pl.DataFrame) -> pl.Series:
    by_user = days.group_by("user").agg(pl.col("tokens").max().alias("most"), pl.col("tokens").mean().alias("mean"))
    return by_user.filter(pl.col("most") > PERSONAL * pl.col("mean"))["user"]


def _three_times_team(days: pl.DataFrame) -> pl.Series:
    totals = days.filter(pl.col("team").is_not_null()).group_by("user", "team").agg(pl.col("tokens").sum())
    return totals.filter(pl.col("tokens") > TEAM * pl.col("tokens").mean().over("team"))["user"]


def _duplicate_share(calls: pl.DataFrame) -> pl.Series:
    prompts = calls.filter(pl.col("prompt_id").is_not_null())
    share = prompts.group_by("user").agg(((pl.len() - pl.col("prompt_id").n_unique()) / pl.len()).alias("share"))
    return share.filter(pl.col("share") > DUPLICATES)["user"]


def _same_prompt_many_users(calls: pl.DataFrame) -> pl.Series:
    prompts = calls.filter(pl.col("prompt_id").is_not_null())
    senders = prompts.group_by("day", "prompt_id").agg(pl.col("user").unique())
    return senders.filter(pl.col("user").list.len() > SENDERS)["user"].explode().unique().drop_nulls()


def _prompts_per_task(users: pl.DataFrame, tasks: pl.DataFrame) -> pl.Series:
    """Return people of whom the outcomes tell; prompts without any task are more than any number of prompts a task."""
    known = users.join(tasks, on="user").filter(pl.col("requests") > 0)
    return known.filter(pl.col("requests") >= PER_TASK * pl.col("tasks").clip(1))["user"]


def _rise_before_review(days: pl.DataFrame, reviews: Sequence[date]) -> pl.Series:
    """Compare the average calendar day in the windows with that of all other days, before and after."""
    if days.is_empty() or not reviews:
        return pl.Series([], dtype=pl.String)
    first, last = days.select(pl.col("day").min().alias("first"), pl.col("day").max().alias("last")).row(0)
    calendar = pl.Series("day", [first + timedelta(days=n) for n in range((last - first).days + 1)])
    windows = [calendar.is_between(day - timedelta(days=REVIEW_DAYS), day - timedelta(days=1)) for day in reviews]
    inside = pl.select(pl.any_horizontal(windows)).to_series()
    before = days.filter(pl.col("day").is_in(calendar.filter(inside).implode()))
    count, others = inside.sum(), len(calendar) - inside.sum()
    if not count or not others:
        return pl.Series([], dtype=pl.String)
    sums = days.group_by("user").agg(pl.col("tokens").sum().alias("all"))
    both = before.group_by("user").agg(pl.col("tokens").sum().alias("before")).join(sums, on="user")
    usual = (pl.col("all") - pl.col("before")) / others
    return both.filter((usual > 0) & (pl.col("before") / count >= REVIEW * usual))["user"]


def _daily_volume(days: pl.DataFrame) -> pl.Series:
    return days.filter(pl.col("tokens") >= DAILY)["user"].unique()


def _scripted_loop(calls: pl.DataFrame) -> pl.Series:
    prompts = calls.filter(pl.col("prompt_id").is_not_null())
    minutes = prompts.group_by("user", "minute", "prompt_id").agg(pl.len().alias("times"), pl.col("tokens").sum())
    return minutes.filter((pl.col("times") >= LOOP_TIMES) & (pl.col("tokens") >= LOOP_TOKENS))["user"].unique()


def _just_above_quota(days: pl.DataFrame, quota: float) -> pl.Series:
    weeks = days.group_by("user", pl.col("day").dt.truncate("1w").alias("week")).agg(pl.col("tokens").sum())
    just = weeks.filter(pl.col("tokens").is_between(quota, quota * (1 + QUOTA_ABOVE)))
    return just.group_by("user").len().filter(pl.col("len") >= QUOTA_WEEKS)["user"]
