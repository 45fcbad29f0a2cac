"""What `cluster_prompts` makes of a list of prompts, seen once for each distinct normalised text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.real_prompts.exact import Ints
from tokenscan.prompts import cluster_prompts
from tokenscan.prompts.normalise import normal_forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Distinct normalised texts, and for each its cluster, its representative's row and the similarity to it."""

    texts: pl.Series
    cluster: Ints
    leader: Ints
    similarity: NDArray[np.float64]

    @classmethod
    def of(cls, prompts: pl.Series, threshold: float) -> Clusters:
        """Cluster prompts just as they are; nulls are left out."""
        prompts = prompts.drop_nulls()
        normal = normal_forms(prompts)
        found = cluster_prompts(prompts, threshold=threshold)
        found = found.with_columns(text=normal, leader=normal.gather(found["representative"]))
        found = found.unique("text", keep="first", maintain_order=True)
        at = found.select("text").with_row_index("at")
        row = found.join(at, left_on="leader", right_on="text", how="left", validate="m:1", maintain_order="left")["at"]
        return cls(
            texts=found["text"],
            cluster=found["cluster_id"].to_numpy().astype(np.int64),
            leader=row.to_numpy().astype(np.int64),
            similarity=found["similarity"].to_numpy(),
        )

    @property
    def leads(self) -> NDArray[np.bool_]:
        """Mark the representatives, those of a cluster of one among them."""
        return np.asarray(self.leader == np.arange(len(self.leader)))

    def pairs(self) -> tuple[Ints, Ints]:
        """All pairs of texts that are in one cluster, left < right."""
        rows = pl.DataFrame({"cluster": self.cluster}).with_row_index("row")
        both = rows.join(rows, on="cluster").filter(pl.col("row") < pl.col("row_right")).sort("row", "row_right")
        return both["row"].to_numpy().astype(np.int64), both["row_right"].to_numpy().astype(np.int64)
