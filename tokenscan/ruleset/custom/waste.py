"""What a rule's findings waste: counted from the calls that they claim, or as the rule's query states it."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.base import STATED


def wasted(claims: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return (STATED) the calls, tokens and cost that each candidate claims, shares taken."""
    share = pl.col("share")
    priced = pl.col("cost_nanousd").is_not_null().any()
    named = claims.join(calls.select("row_id", "tokens", "cost_nanousd"), on="row_id").sort("candidate", "row_id")
    sums = named.group_by("candidate").agg(
        pl.len().alias("requests"),
        (pl.col("tokens") * share).round().sum().alias("tokens"),
        pl.when(priced).then((pl.col("cost_nanousd") * share).round().sum()).alias("cost_nanousd"),
    )
    return _typed(sums)


def stated_waste(rows: pl.DataFrame) -> pl.DataFrame:
    """Return (STATED) what the rows of a result say about waste; dollars become whole nano-dollars."""
    there = rows.columns
    nothing = pl.lit(None, pl.Int64)
    cost = pl.col("waste_nanousd") if "waste_nanousd" in there else nothing
    if "waste_usd" in there:
        dollars = pl.col("waste_usd").cast(pl.Float64)
        cost = pl.when(dollars.is_finite()).then((dollars * 1e9).round())
    said = rows.select(
        "candidate",
        (pl.col("requests") if "requests" in there else pl.lit(0)).alias("requests"),
        (pl.col("waste_tokens") if "waste_tokens" in there else pl.lit(0)).alias("tokens"),
        cost.alias("cost_nanousd"),
    )
    return _typed(said)


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    typed = rows.select(pl.col(name).cast(dtype, strict=False) for name, dtype in STATED.items())
    counts = pl.col("requests", "tokens").fill_null(0).clip(0)
    return typed.with_columns(counts, pl.col("cost_nanousd").clip(0)).sort("candidate")
