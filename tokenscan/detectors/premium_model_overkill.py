"""C08: what small work on premium models costs. A question of money, never of conduct."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import strength
from tokenscan.pricing.tiers import PRICES, TIERS
from tokenscan.sums import ordered_sum

DAYS_PER_MONTH = 30
USD = 10**9  # nano-dollars
MODELS_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/premium-model-overkill.toml``."""

    usd_per_month: float
    top: float
    from_tier: str
    to_tier: str
    short_answer: int
    little_input: int
    min_calls: int
    min_days: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Sum up what small calls on dear models cost beyond the price of the recommended tier at the same tokens.

    Small: little fresh input, and an answer of a few tokens or a prompt that needs no assistant. Calls of programs
    count too. One finding for the organisation, and one for each team that is large enough to be compared.
    """
    order = list(TIERS)
    if params.from_tier not in order or params.to_tier not in order:
        return NotEvaluated(f"from_tier and to_tier are among {', '.join(order)}")
    dear = order[order.index(params.from_tier) :]
    models = tables.models.filter(pl.col("tier").is_in(dear) & (pl.col("target") == params.to_tier))
    if models.is_empty():
        return NotEvaluated(f"no {params.from_tier} model of known price with a smaller one of its vendor")
    days = _days(tables)
    if days < params.min_days:
        return NotEvaluated(f"the log spans {days} days; a cost per month needs {params.min_days}")
    small = _small(tables, models, params)
    monthly = DAYS_PER_MONTH / days
    found = pl.concat([_sums(small, pl.lit(None, pl.String), monthly), _teams(tables, small, monthly)])
    enough = (pl.col("saving_usd_month") >= params.usd_per_month) & (pl.col("calls") >= params.min_calls)
    return detection(_rows(found.filter(enough), params, days), METRICS, by="unit")


def _days(tables: Tables) -> int:
    """Return the days from the first to the last call of anybody."""
    day = pl.concat([tables.calls.select("day"), tables.programs.select("day")])["day"]
    return (day.max() - day.min()).days + 1 if day.len() else 0  # type: ignore[operator, union-attr]


def _small(tables: Tables, models: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return small calls on dear models with their ``saving`` in dollars."""
    columns = ["row_id", "team", "timestamp", "model", "provider", "ok", "single", "trivial", "input_tokens",
               "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_nanousd"]  # fmt: skip
    calls = pl.concat([tables.calls.select(columns), tables.programs.select(columns)]).filter("ok", "single")
    read, write = pl.col("cache_read_tokens").fill_null(0), pl.col("cache_write_tokens").fill_null(0)
    parts = {
        "input": (pl.col("input_tokens") - read - write).clip(0),
        "cache_read": read,
        "cache_write": write,
        "output": pl.col("output_tokens"),
    }
    dearer = sum(
        (parts[name] * (pl.col(f"{name}_usd") - pl.col(f"recommended_{name}_usd")) for name in PRICES), pl.lit(0.0)
    )
    saving = (dearer / 1e6).clip(0)
    # What a call really cost, less by contract or nothing from a cache, is all that it can save.
    real = pl.min_horizontal(saving, pl.col("cost_nanousd") / USD)
    trivial = (pl.col("trivial").fill_null("") != "").fill_null(value=False)
    short = pl.col("output_tokens") <= params.short_answer
    joined = calls.filter(pl.col("input_tokens") <= params.little_input).join(
        models, on=["model", "provider"], nulls_equal=True
    )
    return joined.filter(trivial | short).with_columns(
        trivial.alias("trivial"), real.alias("saving"), (pl.col("cost_nanousd") / USD).alias("cost")
    )


def _teams(tables: Tables, small: pl.DataFrame, monthly: float) -> pl.DataFrame:
    sizes = tables.people.filter(pl.col("team").is_not_null()).group_by("team").len()
    large = sizes.filter(pl.col("len") >= tables.context.min_group_size)["team"].implode()
    return _sums(small.filter(pl.col("team").is_in(large)), pl.col("team"), monthly)


def _sums(small: pl.DataFrame, team: pl.Expr, monthly: float) -> pl.DataFrame:
    """Add up small calls by ``team``, which is null for all of them."""
    by_model = small.with_columns(team.alias("team")).group_by("team", "model", "recommended").agg(
        pl.len().cast(pl.Int64).alias("calls"),
        pl.col("trivial").sum().cast(pl.Int64).alias("trivial_calls"),
        ordered_sum(pl.col("saving", "cost")),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )  # fmt: skip
    instead = pl.format("{} instead of {} ({} calls)", "recommended", "model", "calls")
    ordered = by_model.sort("team", "saving", "model", "recommended", descending=[False, True, False, False])
    sums = ordered.group_by("team", maintain_order=True).agg(
        pl.col("calls", "trivial_calls", "saving", "cost").sum(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
        instead.head(MODELS_NAMED).str.join("; ").alias("recommended"),
    )
    return sums.with_columns((pl.col("saving") * monthly).alias("saving_usd_month"))


METRICS = ["saving_usd_month", "saving_usd", "cost_usd", "calls", "trivial_calls", "days", "recommended", "where"]


def _rows(found: pl.DataFrame, params: Params, days: int) -> pl.DataFrame:
    whole = pl.col("team").is_null()
    where = pl.when(whole).then(pl.lit("the organisation")).otherwise(pl.format("team {}", "team"))
    return found.with_columns(
        where.alias("unit"),
        where.alias("where"),
        pl.when(whole).then(pl.lit("organisation")).otherwise(pl.lit("team")).alias("subject"),
        pl.col("saving_usd_month").round(2),
        pl.col("saving").round(2).alias("saving_usd"),
        pl.col("cost").round(2).alias("cost_usd"),
        pl.lit(days).alias("days"),
        pl.col("saving_usd_month").round(2).alias("value"),
        pl.lit(params.usd_per_month).alias("threshold"),
        pl.col("calls").alias("n"),
        strength(pl.col("saving_usd_month"), params.usd_per_month, params.top).alias("strength"),
        pl.lit("medium").alias("confidence"),
        pl.format("the price of the {} tier at the same tokens", pl.lit(params.to_tier)).alias("compared_with"),
    )
