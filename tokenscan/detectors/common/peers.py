"""Who is comparable: the same function (or team) and the same way of working, the person always left out."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.common.statistics import median_of_others


def with_peers(people: pl.DataFrame, value: str, min_peers: int) -> pl.DataFrame:
    """Add ``peer_median`` of ``value``, ``peers`` (their number, 0 = none) and ``peer_group`` (in words).

    Peers share function, else team, and channel class (agentic or chat); with fewer than ``min_peers`` others, the
    whole channel class stands in.
    """
    role = pl.coalesce("function", "team").fill_null("")
    narrow = median_of_others(people.with_columns(role.alias("_role")), value, ["_role", "channel"])
    narrow = narrow.rename({"others_median": "_near", "others_n": "_near_n"})
    wide = median_of_others(narrow, value, ["channel"])
    near = (pl.col("_near_n") >= min_peers) & (pl.col("_role") != "")
    far = pl.col("others_n") >= min_peers
    return wide.with_columns(
        pl.when(near).then("_near").when(far).then("others_median").alias("peer_median"),
        pl.when(near).then("_near_n").when(far).then("others_n").otherwise(0).alias("peers"),
        pl.when(near).then(pl.format("{}, {}", "_role", "channel")).otherwise(pl.format("all {} users", "channel"))
        .alias("peer_group"),
    ).drop("_role", "_near", "_near_n", "others_median", "others_n")  # fmt: skip
