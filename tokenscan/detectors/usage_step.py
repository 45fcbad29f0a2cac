"""V06: when somebody's level of usage changed for good, and what happened around then. Context only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tokenscan.context.model import Context
from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import false_discovery, strength

STAYED = 0.5  # of the change, on a log scale: the latest days must still show this much of it
NEW, MAIN = 0.05, 0.3  # share of calls before and after: a model or app that somebody took up
TASKS_FOLLOWED = 0.4  # of the change in volume
METRICS = ["direction", "change", "step_day", "tokens_before", "tokens_after", "days_before", "days_after", "q",
           "tasks_ratio", "event", "event_day", "event_days_before"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/usage-step.toml``."""

    change: float
    top: float
    false_discovery: float
    min_days: int
    near_days: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find each person's largest lasting change of level with Pettitt's rank test, and the nearest known event.

    Pettitt (1979): the day t that maximises ``|U|``, ``U_t = 2 * (sum of the first t ranks) - t * (n + 1)``, with
    ``p = 2 * exp(-6 * K^2 / (n^3 + n^2))`` for ``K = max |U_t|``. Days are compared without the weekday effect and
    the common mode; planned events are left out. The level must differ by ``change``, and half of the difference must
    still be there at the end.
    """
    days = tables.days.filter(~pl.col("planned") & pl.col("own").is_not_null())
    days = days.filter(pl.len().over("user") >= 2 * params.min_days).sort("user", "day")
    if days.is_empty():
        return NotEvaluated(f"nobody has {2 * params.min_days} active days")
    steps = _steps(days, params.min_days)
    levels = _levels(days.join(steps, on="user"), params.min_days)
    lasting = (pl.col("log_change").abs() >= pl.lit(params.change).log()) & (
        pl.col("log_latest") * pl.col("log_change").sign() >= STAYED * pl.col("log_change").abs()
    )
    found = steps.join(levels, on="user").filter(lasting & (pl.col("q") < params.false_discovery))
    if found.is_empty():
        return detection(found, [])
    known = found.join(_nearest(found, tables, params), on="user", how="left")
    return detection(_told(known, params), METRICS)


def _steps(days: pl.DataFrame, min_days: int) -> pl.DataFrame:
    """Return each person's most likely change: the first day of the new level, and q over people."""
    place, n = pl.col("_place"), pl.col("_n")
    ranked = days.select(
        "user",
        "day",
        pl.int_range(1, pl.len() + 1).over("user").alias("_place"),
        pl.len().over("user").alias("_n"),
        pl.col("own").rank("average").over("user").alias("_rank"),
    )
    u = 2 * pl.col("_rank").cum_sum().over("user") - place * (n + 1)
    scored = ranked.with_columns(u.abs().alias("_u"), pl.col("day").shift(-1).over("user").alias("step_day"))
    inside = scored.filter((place >= min_days) & (n - place >= min_days))
    best = inside.sort("user", "_u", "day", descending=[False, True, False]).group_by("user", maintain_order=True)
    steps = best.agg(pl.col("step_day").first(), pl.col("_u").first(), pl.col("_n").first().cast(pl.Float64))
    n = pl.col("_n")
    p = (2 * (-6 * pl.col("_u") ** 2 / (n**3 + n**2)).exp()).clip(0, 1)
    tested = steps.with_columns(p.alias("p"))
    return tested.select(
        "user", "step_day", pl.col("_n").cast(pl.Int64).alias("n"), false_discovery(tested["p"]).alias("q")
    )


def _levels(days: pl.DataFrame, min_days: int) -> pl.DataFrame:
    after = pl.col("day") >= pl.col("step_day")
    own, fresh, tasks = pl.col("own"), pl.col("fresh"), pl.col("tasks")
    before = own.filter(~after).median()
    latest = own.tail(min_days).median()
    ratio = (tasks.filter(after).mean() + 0.5) / (tasks.filter(~after).mean() + 0.5)
    return (
        days.sort("user", "day")
        .group_by("user", maintain_order=True)
        .agg(
            pl.col("team").drop_nulls().first(),
            (own.filter(after).median() - before).alias("log_change"),
            (latest - before).alias("log_latest"),
            fresh.filter(~after).median().round().cast(pl.Int64).alias("tokens_before"),
            fresh.filter(after).median().round().cast(pl.Int64).alias("tokens_after"),
            (~after).sum().cast(pl.Int64).alias("days_before"),
            after.sum().cast(pl.Int64).alias("days_after"),
            ratio.alias("tasks_ratio"),
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
        )
    )


def _nearest(found: pl.DataFrame, tables: Tables, params: Params) -> pl.DataFrame:
    """Return the event nearest to each person's step: event, event_day, event_days_before (negative: after it)."""
    people = found.select("user", "team", "step_day")
    events = pl.concat([_calendar(people, tables.context), _taken_up(people, tables, params.near_days)])
    away = (pl.col("step_day") - pl.col("event_day")).dt.total_days()
    near = events.join(people.select("user", "step_day"), on="user").with_columns(away.alias("event_days_before"))
    near = near.filter(pl.col("event_days_before").abs() <= params.near_days)
    ordered = near.sort("user", pl.col("event_days_before").abs(), "event_day", "event")
    return ordered.group_by("user", maintain_order=True).first().drop("step_day")


def _calendar(people: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return what the calendar and the people file hold for each person: (user, event, event_day)."""
    parts = [pl.DataFrame(schema={"user": pl.String, "event": pl.String, "event_day": pl.Date})]

    def add(who: pl.Expr, name: pl.Expr, day: pl.Expr) -> None:
        parts.append(
            people.filter(who.fill_null(value=False)).select("user", name.alias("event"), day.alias("event_day"))
        )

    for review in context.reviews:
        teams = pl.col("team").is_in(sorted(review.teams)) if review.teams else pl.lit(value=True)
        add(teams, pl.lit(f"review: {review.name}"), pl.lit(review.day))
    for event in context.planned:
        everybody = not event.teams and not event.users
        who = pl.lit(everybody) | pl.col("team").is_in(sorted(event.teams)).fill_null(value=False)
        who = who | pl.col("user").is_in(sorted(event.users))
        add(who, pl.lit(f"planned: {event.name}"), pl.lit(event.start))
        add(who, pl.lit(f"end of planned: {event.name}"), pl.lit(event.end + timedelta(days=1)))
    starts = people.join(context.people.select("user", "start_date"), on="user").filter(
        pl.col("start_date").is_not_null()
    )
    parts.append(
        starts.select("user", pl.lit("start in the job").alias("event"), pl.col("start_date").alias("event_day"))
    )
    return pl.concat(parts)


def _taken_up(people: pl.DataFrame, tables: Tables, near_days: int) -> pl.DataFrame:
    """Return models and apps that a person took up around the step, with the day of their first call."""
    columns = ["user", "day", "model", "app"]
    calls = tables.calls.lazy().select(*columns, "ok").filter("ok").join(people.lazy(), on="user").collect()
    parts = []
    for kind in ("model", "app"):
        after = pl.col("day") >= pl.col("step_day")
        total_after, total_before = after.sum().over("user"), (~after).sum().over("user")
        around = pl.col("day") >= pl.col("step_day") - pl.duration(days=near_days)
        counted = calls.with_columns(total_after.alias("_after"), total_before.alias("_before"))
        used = counted.filter(pl.col(kind).is_not_null()).group_by("user", kind, "step_day").agg(
            (after.sum() / pl.col("_after").first()).alias("late"),
            ((~after).sum() / pl.col("_before").first()).alias("early"),
            pl.col("day").filter(around).min().alias("event_day"),
        )  # fmt: skip
        new = used.filter((pl.col("late") >= MAIN) & (pl.col("early") < NEW) & pl.col("event_day").is_not_null())
        parts.append(new.select("user", pl.format(f"new {kind}: {{}}", kind).alias("event"), "event_day"))
    return pl.concat(parts)


def _told(found: pl.DataFrame, params: Params) -> pl.DataFrame:
    rose = pl.col("log_change") > 0
    change = pl.col("log_change").abs().exp()
    followed = (rose & (pl.col("tasks_ratio") > TASKS_FOLLOWED * change)).fill_null(value=False)
    tasks = pl.format("tasks per day changed {} times", pl.col("tasks_ratio").round(1))
    changed = found.with_columns(change.alias("change"))
    return changed.with_columns(
        pl.col("change").alias("value"),
        pl.lit(params.change).alias("threshold"),
        strength(pl.col("change"), params.change, params.top).alias("strength"),
        pl.lit("low").alias("confidence"),
        pl.when(rose).then(pl.lit("rose")).otherwise(pl.lit("fell")).alias("direction"),
        pl.concat_list(pl.when(followed).then(tasks)).list.drop_nulls().alias("against"),
        pl.format("the person's {} active days before", "days_before").alias("compared_with"),
    )
