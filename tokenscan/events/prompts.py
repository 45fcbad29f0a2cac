"""Distinct prompts from several places: texts, or what is left of them where text is not kept."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def merged_prompts(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return one row a prompt, sorted by ``prompt_id``; all ``parts`` have the schema TEXTS, or all IMPRINTS."""
    every = pl.concat(parts)
    if "text" in every.columns:
        # The smallest text, not the first: what is kept must not depend on the order of the files.
        return every.group_by("prompt_id").agg(pl.col("text").min()).sort("prompt_id")
    return every.unique("prompt_id", keep="any").sort("prompt_id")
