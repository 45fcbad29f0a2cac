"""Who has passages in common with the same few, far more often than the rest of what they write explains.

Colleagues share words: names of customers, of a project, the idioms of a trade; teams most of all. How often two people
happen to is told by how often each of them does with everybody else. That several of different teams share rare
passages, within days, week after week, and each of them with each, is how reworded prompts are passed round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tokenscan.detectors.common.partners import MOST_SENDERS, in_a_circle, weeks_of

_LEAST_OTHERS = 3  # times as many people as the circle has, to know what is usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """``calls``: those with a passage that the sender shares with a partner, with ``born`` and ``people``, the circle.

    ``partners``: pairs (user, other), both ways round, the ``days`` on which they share passages, how many are
    ``expected`` by chance, and the probability of so many (``by_chance``).
    """

    calls: pl.DataFrame
    partners: pl.DataFrame


def circles(
    calls: pl.DataFrame, passages: pl.DataFrame, *, life_days: int, partners: int, weeks: int, chance: float
) -> Circles:
    """Find circles among people by the ``passages`` (prompt_id, passage) of their ``calls``.

    A passage is rare if 2 to 15 people write it within ``life_days`` days and never again. Two people, not of one team,
    are partners if they share rare passages that came up in at least ``weeks`` weeks, and on so many days that chance
    explains it with a probability below ``chance``: a Poisson count with the mean u v / w, where u and v are how often
    each shares one with a person who is no partner of theirs, and w is everybody's average. A circle is at least
    ``partners`` partners who are partners of each other too, and at most a third of the people.
    """
    people = calls.group_by("user").agg(pl.col("team").drop_nulls().first()).sort("user")
    sent = calls.select("user", "day", "prompt_id").unique()
    known = passages.join(_rare(sent, passages, life_days), on="passage")
    shared = _shared(sent.join(known, on="prompt_id"))
    likely = _beyond_chance(_pairs(shared, people), people, weeks, chance)
    edges = in_a_circle(likely.select("user", "other"), partners)
    size = edges.group_by("user").agg(pl.len().cast(pl.Int64).alias("people") + 1)
    few = size.filter((pl.col("people") <= MOST_SENDERS) & (_LEAST_OTHERS * pl.col("people") <= len(people)))
    edges = edges.join(few, on="user").join(few.select(other="user"), on="other", how="semi")
    theirs = shared.select("passage", other="user")
    mine = shared.join(edges, on="user").join(theirs, on=["passage", "other"], how="semi")
    prompts = known.select("prompt_id", "passage").join(mine, on="passage")
    found = calls.join(prompts.select("user", "prompt_id", "born", "people").unique(), on=["user", "prompt_id"])
    named = likely.join(edges, on=["user", "other"], how="semi").sort("user", "other")
    return Circles(calls=found.sort("user", "row_id", "born"), partners=named)


def _rare(sent: pl.DataFrame, passages: pl.DataFrame, life_days: int) -> pl.DataFrame:
    """Return the passages that are written within a few days only (passage, born)."""
    lives = sent.group_by("prompt_id").agg(
        pl.col("day").min().alias("born"),
        pl.col("day").max().alias("last"),
        pl.col("user").n_unique().alias("people"),
        pl.len().alias("sendings"),
    )
    lived = passages.join(lives, on="prompt_id").group_by("passage").agg(
        pl.col("born").min(), pl.col("last").max(), pl.col("people").max(), pl.col("sendings").sum()
    )  # fmt: skip
    brief = (pl.col("last") - pl.col("born")).dt.total_days() < life_days
    # What a whole company sends in a week must not be listed by person: that one prompt is known to too many will do.
    few = (pl.col("sendings") >= 2) & (pl.col("people") <= MOST_SENDERS)
    return lived.filter(brief & few).select("passage", "born")


def _shared(sent: pl.DataFrame) -> pl.DataFrame:
    """Return who wrote each passage of 2 to 15 people (user, passage, born)."""
    people = pl.col("user").n_unique().over("passage")
    return sent.select("user", "passage", "born").unique().filter(people.is_between(2, MOST_SENDERS))


def _pairs(shared: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return for two people (both ways round) on how many days and in how many weeks a passage of both came up.

    Not for two of one team: they work on the same things.
    """
    both = shared.join(shared.select("passage", other="user"), on="passage").filter(pl.col("user") != pl.col("other"))
    pairs = both.group_by("user", "other").agg(pl.col("born").n_unique().alias("days"), weeks_of("born").alias("week"))
    named = pairs.join(people, on="user").join(people.select(other="user", theirs="team"), on="other")
    return named.filter((pl.col("team") != pl.col("theirs")).fill_null(value=True)).drop("team", "theirs")


def _beyond_chance(pairs: pl.DataFrame, people: pl.DataFrame, weeks: int, chance: float) -> pl.DataFrame:
    """Return the pairs that share more than others and chance explain: user, other, days, expected, by_chance."""
    from scipy import stats

    near = pl.col("week") >= weeks
    own = pairs.group_by("user").agg(
        pl.col("days").filter(~near).sum().alias("elsewhere"), near.sum().cast(pl.Int64).alias("partners")
    )
    mates = pl.when(pl.col("team").is_null()).then(1).otherwise(pl.len().over("team"))
    others = (len(people) - mates - pl.col("partners").fill_null(0)).clip(1)
    # Half a day more, so that who shares nothing elsewhere has some chance of it.
    usual = (pl.col("elsewhere").fill_null(0) + 0.5) / others
    # In order, so that the same sum comes out to the last bit.
    known = people.join(own, on="user", how="left", maintain_order="left").select("user", usual.alias("usual"))
    close = pairs.filter(near).join(known, on="user").join(known.select(other="user", theirs="usual"), on="other")
    close = close.with_columns(expected=pl.col("usual") * pl.col("theirs") / (known["usual"].mean() or 1.0))
    by_chance = stats.poisson.sf(close["days"].to_numpy() - 1, close["expected"].to_numpy())
    judged = close.with_columns(by_chance=pl.Series(np.asarray(by_chance), dtype=pl.Float64))
    return judged.filter(pl.col("by_chance") < chance).select("user", "other", "days", "expected", "by_chance")
