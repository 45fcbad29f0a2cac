"""Which prompts are a group's working tools, and from when on a template is filled rather than repeated."""

from __future__ import annotations

import polars as pl

USED_SOMETIMES = 0.2
FRESH_SLOTS = 0.8  # from this share of distinct wordings on, a template is filled, not repeated


def standing_templates(text: pl.DataFrame, users: int, days: int) -> pl.DataFrame:
    """Return templates (template_id) that many people use over many days and whose answers are used, or unmarked."""
    return (
        text.group_by("template_id")
        .agg(pl.col("user").n_unique().alias("u"), pl.col("day").n_unique().alias("d"), pl.col("used").mean())
        .filter((pl.col("u") >= users) & (pl.col("d") >= days) & (pl.col("used") >= USED_SOMETIMES).fill_null(True))
        .select("template_id")
    )
