"""The waste ledger: every call is counted once, however many findings blame it.

Order of claims: single rows first (the union over findings), then what a day held beyond normal, on the tokens still
unclaimed, then what a window did, on what is left. The first legitimate occurrence is never claimed; detectors see to
that. Low = row claims of high confidence, expected = claims of at least medium confidence, high = all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

LEVELS = ("row", "day", "window")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Waste once per call, and each finding's by itself.

    ``rows``: row_id, user, team and, for low, expected and high, ``<kind>_tokens`` and ``<kind>_cost`` (nano-dollars,
    null where a call has no price). ``impacts``: finding, requests, tokens, cost; these do not add up.
    """

    rows: pl.DataFrame
    impacts: pl.DataFrame


def settle(claims: pl.DataFrame, calls: pl.DataFrame) -> Ledger:
    """Settle claims (finding, row_id, level, share, confidence) over calls.

    ``calls`` needs row_id, user, team, day, tokens, fresh and cost_nanousd.
    """
    claims = claims.with_columns(pl.col("share").fill_nan(0.0).fill_null(0.0).clip(0, 1))
    confidence, level = pl.col("confidence"), pl.col("level")
    kinds = {
        "low": claims.filter((confidence == "high") & (level == "row")),
        "expected": claims.filter(confidence != "low"),
        "high": claims,
    }
    rows = calls.select("row_id", "user", "team", "tokens", "cost_nanousd")
    rows = rows.join(claims.select("row_id").unique(), on="row_id", how="semi")
    for kind, some in kinds.items():
        rows = rows.join(_net_share(some, calls).rename({"share": kind}), on="row_id", how="left")
    # A doubtful claim on one row can push a day's excess off another; the high figure keeps what is expected there.
    rows = rows.with_columns(pl.max_horizontal("expected", "high").alias("high"))
    parts = [
        _part(column, pl.col(kind).fill_null(0.0)).alias(f"{kind}_{name}")
        for kind in kinds
        for column, name in (("tokens", "tokens"), ("cost_nanousd", "cost"))
    ]
    return Ledger(rows=rows.select("row_id", "user", "team", *parts).sort("row_id"), impacts=_impacts(claims, calls))


def _part(column: str, share: pl.Expr) -> pl.Expr:
    """Return the claimed part of a call as an integer, so that sums do not depend on their order."""
    return (pl.col(column) * share).round().cast(pl.Int64)


def _net_share(claims: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return per claimed call (row_id) the share that all levels take together."""
    gross = [
        pl.col("share").filter(pl.col("level") == name).max().fill_null(0.0).alias(f"by_{name}") for name in LEVELS
    ]
    wide = claims.group_by("row_id").agg(gross)
    netted = wide.join(calls.select("row_id", "user", "day", "fresh"), on="row_id").sort("row_id")
    # A day's claim names what is above normal; what rows already took comes off the excess, not off the normal part.
    key = ["user", "day"]
    on_day = pl.col("by_day") > 0
    taken = (pl.col("by_row") * pl.col("fresh")).filter(on_day).sum().over(key)
    excess = (pl.col("by_day") * pl.col("fresh")).sum().over(key)
    available = ((1 - pl.col("by_row")) * pl.col("fresh")).filter(on_day).sum().over(key)
    rest = pl.when(available > 0).then(((excess - taken) / available).clip(0, 1)).otherwise(0.0)
    of_day = pl.when(on_day).then((1 - pl.col("by_row")) * rest).otherwise(0.0)
    touched = pl.col("by_row") + of_day
    return netted.select("row_id", (touched + pl.col("by_window") * (1 - touched)).clip(0, 1).alias("share"))


def _impacts(claims: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    each = claims.group_by("finding", "row_id").agg(pl.col("share").max())
    named = each.join(calls.select("row_id", "tokens", "cost_nanousd"), on="row_id").sort("finding", "row_id")
    share = pl.col("share")
    return (
        named.group_by("finding")
        .agg(
            pl.len().cast(pl.Int64).alias("requests"),
            _part("tokens", share).sum().alias("tokens"),
            pl.when(pl.col("cost_nanousd").is_not_null().any()).then(_part("cost_nanousd", share).sum()).alias("cost"),
        )
        .sort("finding")
    )
