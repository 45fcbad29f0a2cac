"""Which prompts are somebody's working tools: templates a group shares, and batches with a fresh value in each slot."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import polars as pl

from tokenscan.detectors.common.statistics import beta_bound
from tokenscan.detectors.common.tables import used_base

USED_SOMETIMES = 0.2
USED_MOSTLY = 0.5
FRESH_SLOTS = 0.8  # from this share of distinct wordings on, a template is filled, not repeated
MIN_BATCH = 10


def standing_templates(text: pl.DataFrame, users: int, days: int) -> pl.DataFrame:
    """Return templates (template_id) that many people use over many days and whose answers are used, or unmarked."""
    return (
        text.group_by("template_id")
        .agg(pl.col("user").n_unique().alias("u"), pl.col("day").n_unique().alias("d"), pl.col("used").mean())
        .filter((pl.col("u") >= users) & (pl.col("d") >= days) & (pl.col("used") >= USED_SOMETIMES).fill_null(True))
        .select("template_id")
    )


def batch_templates(text: pl.DataFrame, has: AbstractSet[str], people: pl.DataFrame) -> pl.DataFrame:
    """Return (user, template_id) that look like honest batch work.

    Answers mostly used; or a fresh value in most slots, unless the answers are known to lie unused.
    """
    base = used_base(people)
    templates = text.group_by("user", "template_id").agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("prompt_id").n_unique().alias("wordings"),
        pl.col("used").is_not_null().sum().cast(pl.Int64).alias("known"),
        pl.col("used").sum().cast(pl.Int64).alias("true"),
    )
    upper = beta_bound(templates["true"], templates["known"], 0.95)
    used = (pl.col("true") / pl.col("known") >= USED_MOSTLY).fill_null(False) & (pl.col("known") > 0)
    filled = (pl.col("wordings") / pl.col("n") >= FRESH_SLOTS) & (pl.col("n") >= MIN_BATCH)
    unused = (pl.col("upper") < USED_MOSTLY * base) if "used" in has and base is not None else pl.lit(False)
    return templates.with_columns(upper.alias("upper")).filter(used | (filled & ~unused)).select("user", "template_id")
