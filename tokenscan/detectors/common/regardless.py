"""Prompts sent regardless of the work there is: on days with few of them, hardly any task is finished.

Who works with an assistant finishes about half the tasks on a day with half the prompts. Who sends some prompts
whatever there is to do finishes far fewer, because these are the larger part of a quiet day. Marks of use, which
anybody can set, have no say in it.
"""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.common.peers import against_peers

LEAST = 3  # days, or weeks, to tell how far they differ beyond chance
ALIKE = 1e-9  # information that is left of rounding where all days are alike
FLOOR = 0.1  # by which the exponents of people of the same work differ anyway


def regardless_distances(people: pl.DataFrame, typed: pl.DataFrame, days: pl.DataFrame, min_peers: int) -> pl.DataFrame:
    """Return (user, ``regardless``): how much faster tasks fall than prompts, against colleagues.

    It is the larger of what shows from day to day and from week to week, for tasks are often booked some days later, in
    robust standard deviations (see ``peers.against_peers``); null where tasks or colleagues are not known. Colleagues
    make up for what holds for everybody, such as tasks that are counted in lumps.
    """
    daily = prompts_and_tasks(typed, days)
    week = pl.col("day").dt.truncate("1w")
    weekly = daily.group_by("user", week, maintain_order=True).agg(pl.col("n", "tasks").sum())
    distances = []
    for counts in (daily, weekly):
        frame = people.join(exponents(counts), on="user", how="left", maintain_order="left")
        variance = pl.col("excess_variance")
        distances.append(against_peers(frame, "excess", variance=variance, floor=FLOOR, min_peers=min_peers)["z"])
    return people.select("user", pl.max_horizontal(*distances).alias("regardless"))


def prompts_and_tasks(typed: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return the prompts (``n``) and ``tasks`` of each user and day on which the tasks are known, in order."""
    sent = typed.group_by("user", "day").agg(pl.len().cast(pl.Float64).alias("n"))
    known = sent.join(days.select("user", "day", "tasks"), on=["user", "day"])
    return known.filter(pl.col("tasks").is_not_null()).sort("user", "day")


def exponents(counts: pl.DataFrame) -> pl.DataFrame:
    """Return per person ``excess``, by how much the exponent of tasks over prompts exceeds 1, and ``excess_variance``.

    ``counts`` has user, ``n`` prompts and ``tasks``, one row a day (or week). Tasks are taken as Poisson with the mean
    r n^(1 + excess): 0 where they are proportional, more where quiet days bring fewer. It is the first step of Fisher's
    scoring from 0, which needs sums only: U / I with U the sum of k (ln n - m) and I the sum of r n (ln n - m)^2, where
    k are tasks, r is tasks for each prompt and m the mean of ln n weighted by n. Its variance is 1 / I, times how far
    days differ beyond Poisson (Pearson). People without a task, or whose days are all alike, are left out.
    """
    n, k, log = pl.col("n"), pl.col("tasks"), pl.col("n").log()
    mean = ((n * log).sum() / n.sum()).over("user")
    expected = (n * (k.sum() / n.sum()).over("user")).alias("expected")
    centred = counts.with_columns((log - mean).alias("x"), expected)
    x, expected = pl.col("x"), pl.col("expected")
    sums = centred.group_by("user", maintain_order=True).agg(
        (k * x).sum().alias("score"),
        (expected * x**2).sum().alias("information"),
        ((k - expected) ** 2 / expected).sum().alias("squares"),
        pl.len().cast(pl.Int64).alias("days"),
    )
    told = sums.filter((pl.col("days") >= LEAST) & (pl.col("information") > ALIKE))
    beyond = (pl.col("squares") / (pl.col("days") - 2)).clip(1.0)
    return told.select(
        "user",
        (pl.col("score") / pl.col("information")).alias("excess"),
        (beyond / pl.col("information")).alias("excess_variance"),
    )
