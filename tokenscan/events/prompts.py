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
    # Equal but for what one text of a prompt shows and another, in other letter case, does not.
    most = every.sort("prompt_id", "secrets", "trivial", descending=[False, True, True], nulls_last=True)
    return most.unique("prompt_id", keep="first", maintain_order=True)
