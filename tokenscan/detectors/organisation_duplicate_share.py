"""How much of what the whole organisation types repeats itself, and why."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.programs import without_programs
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.templates import FRESH_SLOTS, standing_templates

TEAMS_NAMED = 10
MIN_BATCH = 10  # fillings of one template by one person that make a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/organisation/organisation-duplicate-share.toml``."""

    share: float
    top: float
    near: float
    resend_seconds: int
    shared_users: int
    shared_days: int
    min_prompts: int
    min_people: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count prompts that repeat an earlier one of anybody, after what repeats itself for good reasons is left out.

    Left out are prompts sent again within seconds, templates that many people use all the time, streams of programs
    whose answers are not known to lie unused, and batches (the last two stay in the number that the share is taken of).
    A repeat is the same prompt again, or one ``near`` to another of its cluster that is no other filling of a template.
    """
    text = tables.calls.filter("text").select(_COLUMNS)
    people = text["user"].n_unique()
    if people < max(params.min_people, tables.context.min_group_size) or text.height < params.min_prompts:
        return NotEvaluated(
            f"{text.height} prompts of at least 4 words by {people} people; it takes {params.min_prompts} by "
            f"{max(params.min_people, tables.context.min_group_size)}"
        )
    once = text.filter(~_sent_again(params.resend_seconds).fill_null(value=False))
    standing = standing_templates(once, params.shared_users, params.shared_days)
    own = once.join(standing, on="template_id", how="anti", maintain_order="left")
    typed = without_programs(own.with_columns(pl.col("template_id").alias("family")), used_base(tables.people))
    program = ~pl.col("row_id").is_in(typed["row_id"].implode())
    batch = pl.struct("user", "template_id").is_in(_batches(own).implode())
    marked = _repeats(own.with_columns((program | batch).alias("work")), params.near)
    rows = _row(text, once, own, marked, params).join(_teams(tables, marked, params.share), how="cross")
    bound = beta_bound(rows["repeats"], rows["prompts"], 0.05)
    found = rows.with_columns(bound.alias("lower_bound")).filter(pl.col("lower_bound") >= params.share)
    return detection(
        found.with_columns(strength(pl.col("lower_bound"), params.share, params.top).alias("strength")),
        METRICS,
        by="subject",
    )


# Calls come sorted by user and time.
_COLUMNS = ["row_id", "user", "team", "day", "timestamp", "app", "used", "prompt_id", "template_id", "cluster_id",
            "similarity"]  # fmt: skip


def _sent_again(seconds: int) -> pl.Expr:
    """Say whether a client sent the prompt again: the person's own last prompt was the same, seconds ago."""
    same = (pl.col("user") == pl.col("user").shift()) & (pl.col("prompt_id") == pl.col("prompt_id").shift())
    return same & (pl.col("timestamp").diff().dt.total_milliseconds() <= 1000 * seconds)


def _batches(own: pl.DataFrame) -> pl.Series:
    """Return the (user, template_id) of batches: one person fills one template with ever new values."""
    counts = own.group_by("user", "template_id").agg(pl.len(), pl.col("prompt_id").n_unique().alias("wordings"))
    found = counts.filter((pl.col("len") >= MIN_BATCH) & (pl.col("wordings") >= FRESH_SLOTS * pl.col("len")))
    return found.select(pl.struct("user", "template_id")).to_series()


def _repeats(sent: pl.DataFrame, near: float) -> pl.DataFrame:
    """Add what a prompt is: ``own`` (the person sent it before), ``shared`` (a colleague did), ``alike`` (nearly)."""
    typed = sent.sort("timestamp", "row_id").with_columns(pl.lit(False).alias("alike"))
    asked = typed.filter(~pl.col("work"))
    again = ~pl.col("prompt_id").is_first_distinct()
    mine = ~pl.struct("user", "prompt_id").is_first_distinct()
    # Of each cluster the first prompt of every template; other fillings of a template ask something else.
    wording = asked.filter(~again & (pl.col("similarity") >= near)).filter(pl.col("template_id").is_first_distinct())
    alike = wording.filter(~pl.col("cluster_id").is_first_distinct())["row_id"]
    marked = asked.with_columns(
        mine.alias("own"), (again & ~mine).alias("shared"), pl.col("row_id").is_in(alike.implode()).alias("alike")
    )
    work = typed.filter("work").with_columns(pl.lit(False).alias("own"), pl.lit(False).alias("shared"))
    return pl.concat([marked, work.select(marked.columns)])


METRICS = [
    "percent", "prompts", "repeats", "lower_bound", "people", "own_percent", "shared_percent", "near_percent",
    "literal_percent", "sent_again", "standing_templates", "programs_and_batches", "teams_above", "teams",
]  # fmt: skip


def _row(
    text: pl.DataFrame, once: pl.DataFrame, own: pl.DataFrame, marked: pl.DataFrame, params: Params
) -> pl.DataFrame:
    parts = {"own_percent": "own", "shared_percent": "shared", "near_percent": "alike"}
    repeat = pl.any_horizontal("own", "shared", "alike")
    literal = 1 - text["prompt_id"].n_unique() / text.height
    return marked.select(
        pl.lit("organisation").alias("subject"),
        pl.len().cast(pl.Int64).alias("prompts"),
        repeat.sum().cast(pl.Int64).alias("repeats"),
        repeat.mean().fill_null(0.0).alias("value"),
        (repeat.mean().fill_null(0.0) * 100).alias("percent"),
        *((pl.col(column).mean() * 100).alias(name) for name, column in parts.items()),
        pl.col("work").sum().cast(pl.Int64).alias("programs_and_batches"),
        pl.lit(text["user"].n_unique()).cast(pl.Int64).alias("people"),
        pl.lit(literal * 100).alias("literal_percent"),
        pl.lit(text.height - once.height).cast(pl.Int64).alias("sent_again"),
        pl.lit(once.height - own.height).cast(pl.Int64).alias("standing_templates"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.lit(params.share).alias("threshold"),
        pl.lit(text["timestamp"].min()).alias("first_seen"),
        pl.lit(text["timestamp"].max()).alias("last_seen"),
        pl.lit("prompts that nobody in the organisation had sent before").alias("compared_with"),
    )


def _teams(tables: Tables, marked: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return the shares of teams that are large enough, the highest first, in words, and how many are too high."""
    share = pl.any_horizontal("own", "shared", "alike").mean()
    counts = marked.filter(pl.col("team").is_not_null()).group_by("team").agg(
        share.alias("share"), pl.col("user").n_unique().alias("members")
    )  # fmt: skip
    large = counts.filter(pl.col("members") >= tables.context.min_group_size)
    ordered = large.sort("share", "team", descending=[True, False]).with_columns(
        (pl.col("share") * 100).round(0).cast(pl.Int64)
    )
    words = pl.format("{} {}%", "team", "share").head(TEAMS_NAMED).str.join(", ")
    above = (pl.col("share") >= 100 * threshold).sum().cast(pl.Int64)
    return ordered.select(words.alias("teams"), above.alias("teams_above"))
