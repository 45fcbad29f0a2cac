"""Where people stand whom no finding names: prompts for each task, answers used, and the same of their team."""

from __future__ import annotations

from typing import Final

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.empty_use import MOST, PROMPTS, typed_people, uneven_distances, with_effort, with_use
from tokenscan.detectors.common.regardless import regardless_distances
from tokenscan.sums import ordered_sum

MIN_DAYS: Final = 5
MIN_MARKS: Final = 20
MIN_PEERS: Final = 5
MIN_TEAM: Final = 4  # members of whom something is known
# Unused answers have honest reasons, such as research: they count half. Used ones speak for a person in full.
UNUSED_WEIGHT: Final = 0.5
# Use that falls apart, by conversation and by length of the answer: what is sent on top of work does that.
UNEVEN: Final = ("session", "length")
USUAL: Final = 0.75  # standard deviations: what lies closer to colleagues is as usual as theirs

STANDING = pl.Schema(
    {
        "user": pl.String,
        "more": pl.Float64,
        "unused": pl.Float64,
        "uneven": pl.Float64,
        "regardless": pl.Float64,
        "team_mean": pl.Float64,
        "standing": pl.Float64,
    }
)


def standings(tables: Tables) -> pl.DataFrame:
    """Return STANDING, one row a person who can be compared with at least 5 colleagues, sorted by name.

    ``more``, ``unused``, ``uneven``, ``regardless``: see ``own_sums``. ``team_mean`` is the mean of the other members'
    own sums (null with fewer than 4 members), for a team that inflates together shows in no member alone. ``standing``
    is the own sum + team_mean - ``USUAL``; 0 for all who are below. It is evidence of nothing: honest people stand high
    for honest reasons, so it only orders those whom no finding names.
    """
    summed = own_sums(tables)
    members = pl.len().over("team")
    others = (ordered_sum(pl.col("own")).over("team") - pl.col("own")) / (members - 1)
    return summed.with_columns(
        team_mean=pl.when(pl.col("team").is_not_null() & (members >= MIN_TEAM)).then(others)
    ).select(
        *(name for name in STANDING.names() if name != "standing"),
        standing=(pl.col("own") + pl.col("team_mean").fill_null(0.0) - USUAL).clip(0.0),
    )


def own_sums(tables: Tables) -> pl.DataFrame:
    """Return what ``empty_use.with_effort`` has of everybody who can be compared, sorted by name, and ``own``.

    ``more``, ``unused``, ``uneven`` and ``regardless`` are distances from comparable colleagues in robust standard
    deviations: of prompts for each task, of answers left unused, of use that differs between conversations and lengths
    of the answer (the mean of both), and of prompts sent regardless of the work there is; null where tasks or marks are
    not known. Each counts at most 3 either way, regardless only where it is more than colleagues'; ``own`` is more +
    half of unused (all of it where it speaks for the person) + uneven + regardless.
    """
    typed = tables.typed.filter(~pl.col("planned"))
    people = typed_people(tables, typed, MIN_DAYS)
    compared = with_effort(with_use(people, PROMPTS, MIN_MARKS, MIN_PEERS), PROMPTS, MIN_PEERS)
    apart = uneven_distances(people, typed, MIN_MARKS, MIN_PEERS, UNEVEN)
    steady = regardless_distances(people, typed, tables.days, MIN_PEERS)
    joined = compared.join(apart, on="user", how="left").join(steady, on="user", how="left")
    known = joined.with_columns(
        *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in ("more", "unused")),
        uneven=pl.mean_horizontal(pl.col(f"{name}_z").fill_nan(None).clip(-MOST, MOST) for name in UNEVEN),
    ).filter(pl.col("more").is_not_null() | pl.col("unused").is_not_null())
    more, unused, uneven = (pl.col(name).clip(-MOST, MOST).fill_null(0.0) for name in ("more", "unused", "uneven"))
    against = pl.when(unused > 0).then(UNUSED_WEIGHT * unused).otherwise(unused)
    steady_part = pl.col("regardless").clip(0.0, MOST).fill_null(0.0)
    return known.with_columns(own=more + against + uneven + steady_part).sort("user")
