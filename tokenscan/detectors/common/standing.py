"""Where people stand whom no finding names: more prompts for each finished task than colleagues, fewer answers used."""

from __future__ import annotations

from typing import Final

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.empty_use import MOST, PROMPTS, typed_people, with_effort, with_use

MIN_DAYS: Final = 5
MIN_MARKS: Final = 20
MIN_PEERS: Final = 5
# Unused answers have honest reasons, such as research: they count half. Used ones speak for a person in full.
UNUSED_WEIGHT: Final = 0.5
USUAL: Final = 0.5  # standard deviations: what lies closer to colleagues is as usual as theirs

STANDING = pl.Schema({"user": pl.String, "more": pl.Float64, "unused": pl.Float64, "standing": pl.Float64})


def standings(tables: Tables) -> pl.DataFrame:
    """Return STANDING, one row a person who can be compared with at least 5 colleagues, sorted by name.

    ``more`` and ``unused`` are distances from comparable colleagues in robust standard deviations: of prompts for each
    task, and of answers left unused (null where tasks or marks are not known). ``standing`` is more + half of unused
    (all of it where it speaks for the person), each at most 3 either way, less ``USUAL``; 0 for all who are below. It
    is evidence of nothing: honest people stand high for honest reasons, so it only orders those whom no finding names.
    """
    typed = tables.typed.filter(~pl.col("planned"))
    people = typed_people(tables, typed, MIN_DAYS)
    compared = with_effort(with_use(people, PROMPTS, MIN_MARKS, MIN_PEERS), PROMPTS, MIN_PEERS)
    more, unused = (pl.col(name).fill_nan(None).clip(-MOST, MOST).fill_null(0.0) for name in ("more", "unused"))
    score = more + pl.when(unused > 0).then(UNUSED_WEIGHT * unused).otherwise(unused) - USUAL
    return (
        compared.filter(pl.col("more").is_not_null() | pl.col("unused").is_not_null())
        .select(
            "user",
            pl.col("more").cast(pl.Float64),
            pl.col("unused").cast(pl.Float64),
            score.clip(0.0).alias("standing"),
        )
        .sort("user")
    )
