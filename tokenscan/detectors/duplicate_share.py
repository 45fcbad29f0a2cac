"""C02: how much of a person's prompting repeats itself."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.templates import USED_MOSTLY, batch_templates, standing_templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/duplicate-share.toml``."""

    share: float
    top: float
    min_prompts: int
    claim_repeats: int
    shared_users: int
    shared_days: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count repeats of the person's own prompts.

    Prompts a whole team uses all the time and batch work do not count. Asking again with another number is a repeat
    only where the answers are known to lie unused; else it is another question. Whether the share is above the
    threshold is judged by the 5 % bound of its Beta(1, 30) posterior, so a few repeats on a short history are not
    enough.
    """
    text = tables.calls.filter("text")
    standing = standing_templates(text, params.shared_users, params.shared_days)
    own = _with_unit(text.join(standing, on="template_id", how="anti", maintain_order="left"), used_base(tables.people))
    eligible = own.join(
        batch_templates(own, tables.has, tables.people), on=["user", "template_id"], how="anti", maintain_order="left"
    )
    people = _per_person(eligible, own)
    enough = people.filter(pl.col("n") >= params.min_prompts)
    if enough.is_empty():
        return NotEvaluated(f"nobody sent {params.min_prompts} prompts of at least 4 words of their own")
    bound = beta_bound(enough["repeats"], enough["n"], 0.05, prior=(1, 30))
    fired = enough.with_columns(bound.alias("lower_bound")).filter(pl.col("lower_bound") >= params.share)
    sure = pl.col("lower_bound") >= 2 * params.share
    rows = fired.with_columns(
        (pl.col("repeats") / pl.col("n")).alias("value"),
        (pl.col("repeats") / pl.col("n") * 100).alias("percent"),
        pl.lit(params.share).alias("threshold"),
        strength(pl.col("lower_bound"), params.share, params.top).alias("strength"),
        pl.when(sure).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        pl.lit("their own earlier prompts").alias("compared_with"),
        pl.col("n").alias("prompts"),
    )
    metrics = ["percent", "lower_bound", "prompts", "repeats", "most_repeated", "distinct_repeated"]
    return detection(rows, metrics, _claims(eligible, params.claim_repeats))


def _with_unit(own: pl.DataFrame, base: float | None) -> pl.DataFrame:
    """Add ``unit``: what counts as the same prompt, its template where nobody used the answers, else its wording."""
    known = pl.col("used").is_not_null().sum().cast(pl.Int64)
    marks = own.group_by("user", "template_id").agg(known.alias("known"), pl.col("used").sum().alias("true"))
    upper = beta_bound(marks["true"], marks["known"], 0.95)
    unused = marks.filter(upper < USED_MOSTLY * (base or 0.0)).select(
        "user", "template_id", pl.lit(True).alias("unused")
    )
    joined = own.join(unused, on=["user", "template_id"], how="left", maintain_order="left")
    return joined.with_columns(pl.when("unused").then("template_id").otherwise("prompt_id").alias("unit"))


def _per_person(eligible: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return repeats and all eligible prompts of each person; batch work stays in the denominator."""
    counts = eligible.group_by("user", "template_id", "unit").agg(pl.len().cast(pl.Int64).alias("sent"))
    sent = pl.col("sent")
    repeats = counts.group_by("user").agg(
        (sent - 1).sum().alias("repeats"),
        sent.max().alias("most_repeated"),
        (sent > 1).sum().alias("distinct_repeated"),
    )
    totals = own.group_by("user").agg(
        pl.col("team").first(),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    return totals.join(repeats, on="user", how="left").with_columns(pl.col("repeats").fill_null(0))


def _claims(eligible: pl.DataFrame, repeats: int) -> pl.DataFrame:
    """Claim every repeat after the first of a prompt sent often whose answers were not mostly used."""
    key = ["user", "template_id", "unit"]
    unused = (pl.col("used").mean().over(key) < 0.5).fill_null(True)
    often = pl.len().over(key) >= repeats
    nth = pl.int_range(pl.len()).over(key)
    claimed = eligible.filter(often & unused & (nth > 0))
    return claimed.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
