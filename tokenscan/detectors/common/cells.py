"""Compare prompts with those that colleagues type in the same app and model, the person left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tokenscan.detectors.common.statistics import median_of_others

MIN_PROMPTS = 8  # of a person in an app and model, to say what is usual for them there
PLACE = ("app", "model")


def against_peers(prompts: pl.DataFrame, values: Mapping[str, pl.Expr], min_peers: int) -> pl.DataFrame:
    """Return how far each person's ``values`` lie from the median of peers' in the same app and model.

    ``prompts`` needs user, function, app, model; ``values`` are aggregations over the prompts of one person in one app
    and model. Peers are people of the same function; with fewer than ``min_peers`` others, everybody who uses the same
    app and model stands in, and with too few of these the prompts are not compared. One row a person: the values as
    differences, averaged over apps and models by prompts; ``prompts`` compared, ``peers`` (the fewest in a comparison)
    and ``places`` (apps and models compared).
    """
    cells = _cells(prompts, values, PLACE)
    for name in values:
        cells = _with_usual(cells, name, PLACE, min_peers)
    compared = cells.filter(pl.all_horizontal(pl.col(f"usual_{name}").is_not_null() for name in values))
    weight = pl.col("_n") / pl.col("_n").sum()
    return (
        compared.group_by("user", maintain_order=True)
        .agg(
            *(((pl.col(name) - pl.col(f"usual_{name}")) * weight).sum().alias(name) for name in values),
            pl.col("_n").sum().alias("prompts"),
            pl.col("_peers").min().alias("peers"),
            pl.len().cast(pl.Int64).alias("places"),
        )
        .sort("user")
    )


def with_usual(prompts: pl.DataFrame, name: str, min_peers: int) -> pl.DataFrame:
    """Add ``usual``: the median of peers' medians of ``name`` in the same app, model and part of a session.

    ``prompts`` also needs ``opener``. Null where a person or their peers have too few prompts of the kind.
    """
    by = (*PLACE, "opener")
    cells = _with_usual(_cells(prompts, {name: pl.col(name).median()}, by), name, by, min_peers)
    usual = cells.select("user", "function", *by, pl.col(f"usual_{name}").alias("usual"))
    return prompts.join(usual, on=["user", "function", *by], how="left", nulls_equal=True, maintain_order="left")


def _cells(prompts: pl.DataFrame, values: Mapping[str, pl.Expr], by: Sequence[str]) -> pl.DataFrame:
    counted = prompts.group_by("user", "function", *by).agg(pl.len().cast(pl.Int64).alias("_n"), **values)
    return counted.filter(pl.col("_n") >= MIN_PROMPTS).sort("user", "function", *by)


def _with_usual(cells: pl.DataFrame, name: str, by: Sequence[str], min_peers: int) -> pl.DataFrame:
    plain = cells.drop("_peers", strict=False)
    near = median_of_others(plain, name, ["function", *by]).rename({"others_median": "_near", "others_n": "_near_n"})
    wide = median_of_others(near, name, by)
    close = (pl.col("_near_n") >= min_peers) & pl.col("function").is_not_null()
    far = pl.col("others_n") >= min_peers
    return wide.with_columns(
        pl.when(close).then("_near").when(far).then("others_median").alias(f"usual_{name}"),
        pl.when(close).then("_near_n").when(far).then("others_n").alias("_peers"),
    ).drop("_near", "_near_n", "others_median", "others_n")
