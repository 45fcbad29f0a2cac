"""The same request in other words: what of it a comparison of letters can see."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from bench.real_prompts.exact import Reference
from bench.real_prompts.sets import Reworded
from bench.real_prompts.tables import share, table
from tokenscan.prompts import describe, normalised

HEADER: Final = (
    "set",
    "pairs of",
    "in one cluster",
    "same template_id",
    "exact J >= 0.6",
    "J median",
    "J p90",
    "J max",
)


def compare(sets: dict[str, Reworded]) -> str:
    """Give a Markdown table: reworded pairs, and for control each original with the next one in the file."""
    return table(HEADER, [row for name, pairs in sets.items() for row in _rows(name, pairs)])


def _rows(name: str, pairs: Reworded) -> list[list[object]]:
    texts = pl.concat([pairs.original.rename("text"), pairs.reworded.rename("text")]).to_frame()
    known = describe(texts.with_row_index("prompt_id"))
    cluster, template = known["cluster_id"].to_numpy(), known["template_id"].to_numpy()
    reference = Reference.of(texts.select(normalised(pl.col("text")))["text"].to_list())
    count = len(pairs.original)
    first = np.arange(count)
    rows: list[list[object]] = []
    for kind, left, right in (
        ("an original and its rewording", first, first + count),
        ("two different originals", first[:-1], first[1:]),
    ):
        similarity = reference.jaccard(left, right)
        middle, high, top = np.quantile(similarity, [0.5, 0.9, 1.0])
        together = int((cluster[left] == cluster[right]).sum())
        alike = int((template[left] == template[right]).sum())
        near = int((similarity >= 0.6).sum())
        shares = [share(part, len(left)) for part in (together, alike, near)]
        rows.append([name, kind, *shares, f"{middle:.3f}", f"{high:.3f}", f"{top:.3f}"])
    return rows
