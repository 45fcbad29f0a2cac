"""V01: days far above the person's own normal."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import corroborate
from tokenscan.detectors.common.own_history import against_own_history
from tokenscan.detectors.common.results import results_of
from tokenscan.sums import ordered_mean

TASKS_ROSE = 0.4  # of the day's rise in volume, as for everything that clears
LESS, MUCH_LESS = 0.75, 0.5  # of the person's usual use of answers, or of tasks per prompt
OWN_APPS = 0.5  # of the tokens: below, it was hardly the person's everyday work that grew
BOTH_LESS, FEWER_TASKS, UNEXPLAINED = 0.8, 0.4, 0.2
MIN_PROMPTS = 100  # on the heavy days, for missing tasks alone to say something
AT_MOST_ALONE = 0.65  # one or two days are no pattern
METRICS = ["day", "fresh_tokens", "ratio", "ratio_to_mean", "z", "spike_days", "heavy_days", "typical_ratio",
           "everyone_that_day", "tasks_that_day", "heavy_prompts", "heavy_tasks", "task_share", "answers_marked",
           "answers_used", "answers_expected_share"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/personal-spike.toml``."""

    ratio: float
    min_z: float
    several_ratio: float
    several_days: int
    min_tokens: int
    history_days: int
    min_history: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare each day with the median of the person's previous active days, the common mode removed.

    The day itself is not in its own baseline, and the baseline is a median: a mean would let a person's own bursts
    hide the next one. Where enough days follow, the day must stand out from these too: a new level that stays, such as
    a first coding agent, is no spike. One huge day is unusual only for a person whose days do not swing (``min_z``);
    several heavy days count whatever the swing, but only where it shows that nothing came of them.
    """
    longest = tables.people["active_days"].max() or 0
    if not isinstance(longest, int) or longest <= params.min_history:
        return NotEvaluated(f"nobody has more than {params.min_history} active days of history")
    days = against_own_history(tables.days, params.history_days, params.min_history)
    stands_out = pl.min_horizontal("ratio", "ratio_after")
    usable = (pl.col("fresh") >= params.min_tokens) & (pl.col("history") >= params.min_history) & ~pl.col("planned")
    lowest = min(params.ratio, params.several_ratio)
    heavy = days.filter(usable & (stands_out >= lowest)).with_columns(
        ((stands_out >= params.ratio) & (pl.col("z") >= params.min_z)).alias("spike"),
        (stands_out >= params.several_ratio).alias("several"),
    )
    alone = _alone(tables, heavy.filter("spike"), params)
    several = _several(tables, heavy.filter("several"), params)
    together = several.join(alone.filter("cleared"), on="user", how="anti")
    kinds = pl.concat([together, alone.join(together, on="user", how="anti")], how="diagonal")
    if kinds.is_empty():
        return detection(kinds, [])
    counted = heavy.join(kinds.select("user", "pattern"), on="user").filter(
        pl.when("pattern").then("several").otherwise("spike")
    )
    rows = _per_person(counted, days).join(kinds, on="user")
    return detection(_told(rows, params), METRICS, _claims(tables.calls, _without_results(counted, tables.days)))


def _alone(tables: Tables, spikes: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Judge huge days by themselves: user, strength, confidence, cleared, against."""
    if spikes.is_empty():
        return _nobody()
    verdict = corroborate(tables, spikes.select("user", "day"))
    sums = spikes.group_by("user").agg(pl.len().alias("days"), pl.col("ratio").max().alias("highest"))
    raw = 0.5 + 0.1 * (pl.col("days") - 1) + 0.15 * (pl.col("highest") / params.ratio).log()
    unused = pl.col("factor") == 1.0
    factor = pl.when(unused | pl.col("cleared")).then("factor").otherwise(UNEXPLAINED)
    return sums.join(verdict, on="user").select(
        "user",
        (raw.clip(0.5, AT_MOST_ALONE) * factor).alias("strength"),
        pl.when(unused).then(pl.lit("medium")).otherwise(pl.lit("low")).alias("confidence"),
        "cleared",
        "against",
        pl.lit(value=False).alias("pattern"),
    )


def _several(tables: Tables, heavy: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Judge people with several heavy days of which nothing came; nobody else is returned, except cleared."""
    often = heavy.filter(pl.len().over("user") >= params.several_days)
    if often.is_empty():
        return _nobody()
    marked = often.select("user", "day")
    cleared = corroborate(tables, marked).select("user", "cleared", "against")
    results = results_of(tables, marked)
    expected = pl.min_horizontal("use_expected", "use_daily")
    unused = ((pl.col("verdict") == "unused") & (pl.col("use_upper") < MUCH_LESS * expected)).fill_null(value=False)
    wanted = (pl.col("verdict") == "wanted").fill_null(value=False)
    own = (pl.col("own_app_share") >= OWN_APPS).fill_null(value=False)
    less_used = (pl.col("use_upper") < LESS * expected).fill_null(value=False) & ~wanted
    fewer = own & (pl.col("task_share") < LESS).fill_null(value=False)
    hardly = own & (pl.col("task_share") < MUCH_LESS).fill_null(value=False) & (pl.col("prompts_on") >= MIN_PROMPTS)
    factor = (
        pl.when(unused).then(1.0)
        .when(less_used & fewer).then(BOTH_LESS)
        .when(hardly & ~wanted).then(FEWER_TASKS)
        .otherwise(0.0)
    )  # fmt: skip
    sums = often.group_by("user").agg(
        pl.len().alias("days"), ordered_mean(pl.col("ratio").log()).exp().alias("typical")
    )
    raw = 0.5 + 0.1 * (pl.col("days") - params.several_days) + 0.15 * (pl.col("typical") / params.several_ratio).log()
    judged = sums.join(results, on="user").join(cleared, on="user").with_columns(factor.alias("factor"))
    return judged.filter(pl.col("factor") > 0).select(
        "user",
        (raw.clip(0.5, 1.0) * pl.col("factor")).alias("strength"),
        _confidence(unused & fewer).alias("confidence"),
        "cleared",
        "against",
        pl.lit(value=True).alias("pattern"),
        pl.col("prompts_on").cast(pl.Int64).alias("heavy_prompts"),
        pl.col("tasks_on").alias("heavy_tasks"),
        "task_share",
        pl.col("use_known").alias("answers_marked"),
        pl.col("use_true").cast(pl.Int64).alias("answers_used"),
        expected.alias("answers_expected_share"),
    )


def _confidence(sure: pl.Expr) -> pl.Expr:
    """Return high where marks and tasks agree, low where only tasks are missing: an incident is often one task."""
    only_tasks = pl.col("factor") == FEWER_TASKS
    return pl.when(sure).then(pl.lit("high")).when(only_tasks).then(pl.lit("low")).otherwise(pl.lit("medium"))


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={
        "user": pl.String, "strength": pl.Float64, "confidence": pl.String, "cleared": pl.Boolean,
        "against": pl.List(pl.String), "pattern": pl.Boolean, "heavy_prompts": pl.Int64, "heavy_tasks": pl.Float64,
        "task_share": pl.Float64, "answers_marked": pl.Int64, "answers_used": pl.Int64,
        "answers_expected_share": pl.Float64,
    })  # fmt: skip


def _per_person(counted: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """One row a person: the highest day, and how many."""
    ordered = counted.sort("user", "ratio", "day", descending=[False, True, False])
    best = ordered.group_by("user", maintain_order=True).agg(
        pl.col("team").first(),
        pl.col("ratio").first(),
        pl.col("day").first(),
        pl.col("fresh").first().alias("fresh_tokens"),
        pl.col("ratio_to_mean").first(),
        pl.col("z").first(),
        pl.col("common").first().exp().alias("everyone_that_day"),
        pl.col("tasks").first().alias("tasks_that_day"),
        pl.len().cast(pl.Int64).alias("heavy_days"),
        ordered_mean(pl.col("ratio").log()).exp().alias("typical_ratio"),
        pl.col("day").sort().cast(pl.String).str.join(", ").alias("spike_days"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    return best.join(days.group_by("user").agg(pl.len().cast(pl.Int64).alias("n")), on="user", how="left")


def _told(rows: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add what a candidate needs; metrics of a pattern are null for single days."""
    empty = _nobody().schema
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in empty.items() if name not in rows.columns]
    threshold = pl.when("pattern").then(params.several_ratio).otherwise(params.ratio)
    return rows.with_columns(
        *missing,
        pl.col("ratio").alias("value"),
        threshold.alias("threshold"),
        pl.format("the median of the {} active days before", pl.lit(params.history_days)).alias("compared_with"),
    )


def _without_results(counted: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Leave out days on which tasks rose with the tokens: these paid."""
    usual = days.group_by("user").agg(pl.col("tasks").mean().alias("usual_tasks"))
    rose = (pl.col("tasks") + 0.5) / (pl.col("usual_tasks") + 0.5) > TASKS_ROSE * pl.col("ratio")
    return counted.join(usual, on="user", how="left").filter(~rose.fill_null(value=False))


def _claims(calls: pl.DataFrame, spikes: pl.DataFrame) -> pl.DataFrame:
    """Claim what each spike day held above the person's median, but of no call whose answer was used."""
    share = (1 - pl.col("normal") / pl.col("fresh")).clip(0, 1)
    excess = spikes.select("user", "day", share.alias("share"))
    unused = calls.filter(pl.col("ok") & ~pl.col("used").fill_null(value=False))
    return unused.join(excess, on=["user", "day"]).select("user", "row_id", pl.lit("day").alias("level"), "share")
