"""V04: how person-days spread over the founding documents' bands of tokens a day. Context about everybody."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import strength

MOSTLY = 0.5  # of a person's days
METRICS = ["percent_inflated", "percent_light", "percent_normal", "percent_between", "percent_in_band",
           "percent_beyond", "percent_with_cache", "person_days", "people", "people_with_such_days", "people_mostly",
           "percent_of_tokens", "percent_of_agent_users", "median_day"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/daily-volume-band.toml``."""

    normal_from: int
    normal_to: int
    inflated_from: int
    inflated_to: int
    share: float
    top: float
    min_person_days: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count person-days in each band of uncached tokens; one finding for the organisation, nobody is named.

    The bands are absolute, and many honest people work above them every day: how many do is worth knowing, who does
    says nothing.
    """
    days = tables.days.join(tables.people.select("user", "channel"), on="user", how="left")
    people = days["user"].n_unique()
    smallest = tables.context.min_group_size
    if people < smallest or days.height < params.min_person_days:
        return NotEvaluated(f"fewer than {smallest} people or {params.min_person_days} active person-days")
    inflated = pl.col("fresh") >= params.inflated_from
    row = _counts(days, params).filter(pl.col("share") >= params.share)
    if row.is_empty():
        return detection(row, [])
    per_person = days.group_by("user").agg(inflated.mean().alias("share"))
    rows = row.with_columns(
        pl.lit("organisation").alias("subject"),
        (100 * pl.col("share")).alias("value"),
        pl.lit(100 * params.share).alias("threshold"),
        pl.col("person_days").alias("n"),
        strength(pl.col("share"), params.share, params.top).alias("strength"),
        pl.lit("high").alias("confidence"),
        pl.lit(f"{params.normal_from:,} to {params.normal_to:,} tokens a day").alias("compared_with"),
        pl.lit(people, pl.Int64).alias("people"),
        pl.lit((per_person["share"] > 0).sum(), pl.Int64).alias("people_with_such_days"),
        pl.lit((per_person["share"] >= MOSTLY).sum(), pl.Int64).alias("people_mostly"),
    )
    return detection(rows, METRICS, by="subject")


def _counts(days: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return one row: percentages of person-days by band, and whose they are."""
    fresh = pl.col("fresh")
    light, inflated = fresh < params.normal_from, fresh >= params.inflated_from
    normal = fresh.is_between(params.normal_from, params.normal_to)
    beyond = fresh > params.inflated_to
    between = ~light & ~normal & ~inflated
    agents = (pl.col("channel") == "agentic").fill_null(value=False)
    return days.select(
        inflated.mean().alias("share"),
        (100 * inflated.mean()).alias("percent_inflated"),
        (100 * light.mean()).alias("percent_light"),
        (100 * normal.mean()).alias("percent_normal"),
        (100 * between.mean()).alias("percent_between"),
        (100 * (inflated & ~beyond).mean()).alias("percent_in_band"),
        (100 * beyond.mean()).alias("percent_beyond"),
        (100 * (pl.col("tokens") >= params.inflated_from).mean()).alias("percent_with_cache"),
        (100 * fresh.filter(inflated).sum() / pl.max_horizontal(fresh.sum(), pl.lit(1))).alias("percent_of_tokens"),
        (100 * agents.filter(inflated).mean()).alias("percent_of_agent_users"),
        fresh.median().round().cast(pl.Int64).alias("median_day"),
        pl.len().cast(pl.Int64).alias("person_days"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
