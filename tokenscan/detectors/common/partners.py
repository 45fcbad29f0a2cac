"""Who passes prompts round among a few: rare prompts that the same colleagues share over and over.

Two people hit on the same words once in a while, and a team works on the same incident for a week. That the same few
share prompts that nobody else knows, week after week, is agreed on.
"""

from __future__ import annotations

import polars as pl

MOST_SENDERS = 15  # a prompt of more people is no secret of a few; it also bounds the pairs


def passed_round(keyed: pl.DataFrame, life_days: int, partners: int, weeks: int) -> pl.DataFrame:
    """Return the calls (as in ``keyed``) that share a rare prompt with a partner, and their number of ``people``.

    ``keyed`` has user, day, key and whatever else is wanted back. A prompt is rare if 2 to 15 people send it within
    ``life_days`` days and never again. Partners share rare prompts that came up in at least ``weeks`` different weeks
    (``born`` says when each did), and a person needs ``partners`` of them who are partners of each other too: a circle,
    not a pair of friends.
    """
    born = pl.col("day").min()
    keys = keyed.group_by("key").agg(
        pl.col("user").n_unique().cast(pl.Int64).alias("people"),
        (pl.col("day").max() - born).dt.total_days().alias("_life"),
        born.alias("born"),
    )
    rare = keys.filter(pl.col("people").is_between(2, MOST_SENDERS) & (pl.col("_life") < life_days)).drop("_life")
    senders = keyed.select("user", "key").unique().join(rare, on="key")
    pairs = senders.join(senders.select("key", other="user"), on="key").filter(pl.col("user") != pl.col("other"))
    together = pairs.group_by("user", "other").agg(weeks_of("born")).filter(pl.col("born") >= weeks)
    circle = in_a_circle(together.select("user", "other"), partners)
    with_partner = pairs.join(circle, on=["user", "other"], how="semi").select("user", "key", "people", "born").unique()
    return keyed.join(with_partner, on=["user", "key"])


def weeks_of(day: str) -> pl.Expr:
    """Return in how many weeks the days fall, on whatever day a week begins: a Friday and the next Monday are in one.

    A course of two days with a weekend between them must not count as two weeks.
    """
    days = pl.col(day).dt.epoch("d").cast(pl.Int64)
    return pl.min_horizontal(((days + first) // 7).n_unique() for first in range(7)).cast(pl.Int64).alias(day)


def in_a_circle(edges: pl.DataFrame, partners: int) -> pl.DataFrame:
    """Keep the edges (user, other; both directions) of people with enough partners who know each other."""
    if partners < 2:
        return edges
    third = edges.join(edges.rename({"user": "other", "other": "third"}), on="other")
    closed = third.join(edges.rename({"other": "third"}), on=["user", "third"], how="semi").select("user", "other")
    inner = closed.unique()
    enough = inner.group_by("user").agg(pl.col("other").n_unique()).filter(pl.col("other") >= partners)
    return inner.join(enough.select("user"), on="user", how="semi")
