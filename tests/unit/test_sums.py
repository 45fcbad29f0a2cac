"""Floats added smallest first end in the same bits in whatever order they come."""

from __future__ import annotations

from itertools import permutations

import polars as pl

from tokenscan.sums import ordered_mean, ordered_sum

VALUES = [1e16, 1.0, 1.0, 0.1, None]  # added as they stand, the ones are lost


def test_every_order_gives_the_same_sum_and_mean() -> None:
    x = pl.col("x")
    frames = [pl.DataFrame({"x": order}, schema={"x": pl.Float64}) for order in permutations(VALUES)]
    found = {frame.select(a=ordered_sum(x), b=ordered_mean(x)).row(0) for frame in frames}
    assert found == {(0.1 + 1.0 + 1.0 + 1e16, (0.1 + 1.0 + 1.0 + 1e16) / 4)}
    assert len({frame["x"].sum() for frame in frames}) > 1


def test_nothing_sums_to_nothing_and_has_no_mean() -> None:
    nothing = pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64})
    assert nothing.select(a=ordered_sum(pl.col("x")), b=ordered_mean(pl.col("x"))).row(0) == (0.0, None)
