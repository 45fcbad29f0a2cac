"""Statistics of a generated file: `python -m bench.near_duplicates.describe FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from bench.near_duplicates.edits import SHINGLE
from tokenscan.prompts import normalised

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_SAMPLE = 20_000


def jaccard(one: bytes, other: bytes) -> float:
    """Share of common byte 5-grams."""
    left, right = ({text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))} for text in (one, other))
    return len(left & right) / len(left | right)


def near_similarity(frame: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Compare near-duplicates, at most 20,000 of them, with the base of their cluster, the nearest where several."""
    texts = frame.filter(pl.col("kind") != "repeat").with_columns(normalised(pl.col("prompt")))
    near = texts.filter(kind="near").with_row_index("near").head(_SAMPLE)
    pairs = near.join(texts.filter(kind="base"), on="cluster", suffix="_base")
    found = [jaccard(a.encode(), b.encode()) for a, b in pairs.select("prompt", "prompt_base").iter_rows()]
    nearest = pairs.select("near", found=pl.Series(found)).group_by("near").agg(pl.col("found").max())
    return nearest["found"].to_numpy()


def describe(path: Path) -> str:
    """Report kinds, lengths, distinct texts and how near the near-duplicates are."""
    frame = pl.read_parquet(path)
    size = np.sort(frame["prompt"].str.len_bytes().to_numpy())
    distinct = frame.select(normalised(pl.col("prompt"))).to_series().n_unique()
    near = near_similarity(frame)
    quantiles = ", ".join(f"p{share * 100:.0f} {np.quantile(near, share):.2f}" for share in SHARES)
    above = ", ".join(f">= {cut}: {(near >= cut).mean():.1%}" for cut in (0.8, 0.7, 0.6))
    return "\n".join(
        (
            f"rows {len(frame):,}; text {size.sum() / 1e6:.0f} MB; clusters {frame['cluster'].n_unique():,}",
            f"kinds {dict(sorted(frame['kind'].value_counts().iter_rows()))}",
            f"bytes: least {size[0]}, median {size[len(size) // 2]}, mean {size.mean():.0f}, most {size[-1]}",
            f"distinct: {frame['prompt'].n_unique():,} raw, {distinct:,} normalised",
            f"similarity of near-duplicates to their base: {quantiles}; {above}",
        )
    )


if __name__ == "__main__":
    print(describe(Path(sys.argv[1])))
